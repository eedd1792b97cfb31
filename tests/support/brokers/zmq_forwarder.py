"""The forwarder of sio_zmq, which stands for a broker, over TCP or over Unix sockets."""

import socket
import sys
from pathlib import Path
from tempfile import mkdtemp

from tests.support.brokers.broker import Broker, greets

GREETING = b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f"  # what ZMTP 3 begins with


class ZeroMQ(Broker):
    """A process that managers push to on one port, and subscribe to on another."""

    component = "pyzmq"
    needs_ports = 2

    @property
    def url(self) -> str:
        """What a manager is given: the port to push to, and the one to subscribe to."""
        return f"zmq+tcp://127.0.0.1:{self.ports[0]}+{self.ports[1]}"

    @property
    def addresses(self) -> tuple[str, str]:
        """The same for ZeroMQ's own sockets."""
        pushed, published = self.ports
        return f"tcp://127.0.0.1:{pushed}", f"tcp://127.0.0.1:{published}"

    def launch(self) -> None:
        """Start the forwarder."""
        self.spawn(sys.executable, "-m", "sio_zmq.forwarder", self.url)

    def ready(self) -> bool:
        """Tell whether it listens at both."""
        return all(greets(port, b"", GREETING[:1]) for port in self.ports)


class ZeroMQUnix(ZeroMQ):
    """A process that managers push to at one path, and subscribe to at another."""

    needs_ports = 0

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        # A path of at most a hundred characters, which pytest's folders may exceed.
        self.directory = Path(mkdtemp(prefix="sio-"))

    @property
    def url(self) -> str:
        """What a manager is given: the path to push to, and what stands for its last part."""
        return f"zmq+ipc://{self.directory}/in+out"

    @property
    def addresses(self) -> tuple[str, str]:
        """The same for ZeroMQ's own sockets."""
        return f"ipc://{self.directory}/in", f"ipc://{self.directory}/out"

    def ready(self) -> bool:
        """Tell whether it listens at both."""
        for address in self.addresses:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.connect(address.removeprefix("ipc://"))
        return True

    def cut_clients(self) -> None:
        """End every connection of a client."""
        self.cut(paths=[address.removeprefix("ipc://") for address in self.addresses])
