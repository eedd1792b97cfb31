"""What every broker of the tests can do, whatever its kind."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from tests.support.brokers import connections, family
from tests.support.brokers.family import PATIENCE
from tests.support.components import require
from tests.support.ports import free_port


class Broker(ABC):
    """A broker in a folder of its own. `start` it first; who made it stops it."""

    kind: str = ""
    """Its name in `kinds.py`, which `make_broker` gives it."""
    component: ClassVar[str]
    """Its program, by the name that `tests/support/components.py` has for it."""
    needs_ports: ClassVar[int] = 1
    ends_by: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, directory: Path) -> None:
        self.program = require(self.component)
        self.directory = directory
        self.ports: list[int] = []
        self._output = directory.with_name(f"{directory.name}.log")
        self._processes: list[subprocess.Popen[bytes]] = []

    # ------------------------------------------------------------ what a kind says

    @property
    @abstractmethod
    def url(self) -> str:
        """What a manager is given."""

    @abstractmethod
    def launch(self) -> None:
        """`spawn` the processes, in the empty folder `directory`."""

    @abstractmethod
    def ready(self) -> bool:
        """Tell whether it serves clients. An OSError says no."""

    def cut_clients(self) -> None:
        """End every connection of a client."""
        self.cut(self.ports)

    def new_channel(self) -> str:
        """Return the name of a channel that nobody uses, and that clients can use at once."""
        return f"channel-{uuid.uuid4().hex[:12]}"

    # ------------------------------------------------------------ what tests do with it

    @property
    def port(self) -> int:
        """The port that its clients connect to."""
        return self.ports[0]

    def start(self) -> None:
        """Start it on free ports, and wait until it serves clients."""
        for _ in range(3):  # another process may take a free port first
            self.ports = [free_port() for _ in range(self.needs_ports)]
            if self._launched():
                return
            self.kill()
            if "use" not in self.log():
                break
        pytest.fail(f"{self.component} did not start:\n{self.log()}", pytrace=False)

    def restart(self) -> None:
        """Start it anew on the same ports, with nothing in its memory; end it first if it runs."""
        self.kill()
        if not self._launched():
            pytest.fail(f"{self.component} did not come back:\n{self.log()}", pytrace=False)

    def kill(self) -> None:
        """End it as a crash does."""
        self._end(self.pids())

    def pause(self) -> None:
        """Stop it where it is. Connections stay open, and nothing answers."""
        family.pause(self.pids())

    def resume(self) -> None:
        """Let it go on after `pause`."""
        family.tell(self.pids(), signal.SIGCONT)

    def stop(self) -> None:
        """End it: asked first, then whatever is left is killed. May be called again."""
        pids = self.pids()
        family.tell(pids, signal.SIGCONT)
        for process in reversed(self._processes):
            process.send_signal(self.ends_by)
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
        self._end(pids)
        shutil.rmtree(self.directory, ignore_errors=True)

    def alive(self) -> bool:
        """Tell whether all its processes run."""
        return bool(self._processes) and all(p.poll() is None for p in self._processes)

    def pids(self) -> list[int]:
        """The numbers of its processes, and of those that these have started."""
        return family.members(p.pid for p in self._processes if p.poll() is None)

    def log(self) -> str:
        """What its processes printed since they were started last."""
        return self._output.read_text(errors="replace") if self._output.exists() else ""

    # ------------------------------------------------------------ what kinds are made of

    def spawn(
        self,
        *command: str | Path,
        env: Mapping[str, str] | None = None,
        user: int | None = None,
    ) -> None:
        """Start a process of the broker, in a group of its own."""
        self._processes.append(self._run(command, env, user))

    def run(self, *command: str | Path, user: int | None = None) -> bool:
        """Run a program to its end, before the broker starts. Returns: whether it succeeded."""
        return self._run(command, None, user).wait(PATIENCE) == 0

    def kill_process(self, index: int) -> None:
        """End one of its processes as a crash does, by its number in the order of `launch`."""
        process = self._processes[index]
        family.kill(family.members([process.pid]))
        process.wait(PATIENCE)

    def cut(self, ports: Collection[int] = (), paths: Collection[str] = ()) -> None:
        """End the connections that clients have to ports or Unix sockets, all at once.

        The broker stands still meanwhile. Else the first client would be back, and would hear
        from the last one, before that one's connection ends.
        """
        self.pause()
        try:
            connections.cut(self.pids(), ports, paths)
        finally:
            self.resume()

    def wait(self, until: Callable[[], bool]) -> bool:
        """Wait for a condition; an OSError is no. Returns false if it never comes."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                if until():
                    return True
            time.sleep(0.02)
        return False

    def _run(
        self, command: Sequence[str | Path], env: Mapping[str, str] | None, user: int | None
    ) -> "subprocess.Popen[bytes]":
        with self._output.open("ab") as file:
            return subprocess.Popen(
                [str(part) for part in command],
                cwd=self.directory,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )

    def _launched(self) -> bool:
        self._output.unlink(missing_ok=True)
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.launch()
        return self.wait(lambda: not self.alive() or self.ready()) and self.alive()

    def _end(self, pids: Sequence[int]) -> None:
        family.kill(pids)
        for process in self._processes:
            process.wait(PATIENCE)
        self._processes.clear()


def greets(port: int, says: bytes, expected: bytes) -> bool:
    """Tell whether what listens on `port` answers to `says` with what begins as `expected`.

    Raises OSError where nobody listens.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as sock:
        sock.sendall(says)
        return sock.recv(len(expected), socket.MSG_WAITALL) == expected
