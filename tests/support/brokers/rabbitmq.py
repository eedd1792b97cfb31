"""RabbitMQ, as Debian packages it, with nothing outside its own folder."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import ClassVar

from tests.support.brokers.broker import Broker, greets

# Two threads that do not spin: it starts in four seconds of one core in place of six.
ERLANG = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"
SETTINGS = """\
listeners.tcp.1 = 127.0.0.1:{port}
log.console = true
log.file = false
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 1MB
"""
HELLO = b"AMQP\x00\x00\x09\x01"
START = b"\x01\x00\x00"  # a frame of the connection itself


class RabbitMQ(Broker):
    """One node of RabbitMQ, with the user and password `guest` and no plugin."""

    component = "rabbitmq"
    needs_ports = 3  # AMQP's, Erlang's and that of its daemon
    ends_by: ClassVar[signal.Signals] = signal.SIGKILL  # it takes seconds to say goodbye

    @property
    def url(self) -> str:
        """What a manager is given: the second slash is the virtual host."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def launch(self) -> None:
        """Start the daemon that Erlang wants, which would outlive it otherwise, and the node."""
        port, among, daemon = self.ports
        for name, text in (
            ("rabbitmq.conf", SETTINGS.format(port=port)),
            ("advanced.config", "[]."),
            ("plugins", "[]."),
            ("environment", ""),
        ):
            (self.directory / name).write_text(text)
        env = {
            "HOME": str(self.directory),
            "RABBITMQ_NODENAME": f"sio{port}@localhost",
            "RABBITMQ_BASE": str(self.directory),
            "RABBITMQ_MNESIA_BASE": str(self.directory / "data"),
            "RABBITMQ_LOG_BASE": str(self.directory / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.directory / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.directory / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.directory / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(self.directory / "environment"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG,
            "RABBITMQ_DIST_PORT": str(among),
            "ERL_EPMD_PORT": str(daemon),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        self.spawn(shutil.which("epmd") or "epmd", env=env)
        self.spawn(self.program, env=env)

    def limit_memory(self, most: str) -> None:
        """Let it have `most` bytes of memory: it blocks whoever publishes when it has more."""
        port, _, daemon = self.ports
        command = [str(Path(self.program).with_name("rabbitmqctl")), "-n", f"sio{port}@localhost"]
        subprocess.run(
            [*command, "set_vm_memory_high_watermark", "absolute", most],
            env={**os.environ, "HOME": str(self.directory), "ERL_EPMD_PORT": str(daemon)},
            check=True,
            capture_output=True,
        )

    def ready(self) -> bool:
        """Tell whether it opens a conversation."""
        return greets(self.port, HELLO, START)

    def cut_clients(self) -> None:
        """End every connection of a client."""
        self.cut([self.port])
