"""One measured server: a process group of its own, pinned to a core.

What it used is read from /proc. Linux only.
"""

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from certificate import trust
from contenders import Contender
from sides import SERVERS, BenchError

START_LIMIT_S = 30.0
PORTS_TRIED = 3
TAKEN = re.compile(r"address already in use|EADDRINUSE|connection in use", re.IGNORECASE)
ANSWER = (
    b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n"
    b"Host: 127.0.0.1\r\nConnection: close\r\n\r\n"
)


@contextmanager
def pinned(cpu: int | None) -> Iterator[None]:
    """Start the block's child processes on one core; None leaves them where they are."""
    before = os.sched_getaffinity(0)
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def environment() -> dict[str, str]:
    """Return the variables that every server gets.

    What is set for the interpreters here is left out: PYTHONPATH could give both Python sides the
    same socketio, and PYTHONDONTWRITEBYTECODE would have one of them compile at each start.
    """
    mine = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "NODE"))
    }
    return mine | {"PYTHONPATH": str(SERVERS), "NODE_ENV": "production"}


def free_port() -> int:
    """Return a loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """The measured application of one contender."""

    def __init__(
        self,
        contender: Contender,
        cpu: int | None,
        settings: Mapping[str, str] | None = None,
        certificate: Path | None = None,
    ) -> None:
        """`settings` are environment variables, `certificate` is a folder for TLS."""
        self.contender = contender
        self.label = contender.label
        self.cpu = cpu
        self.port = 0
        self._settings = dict(settings or {})
        self._trust = None if certificate is None else trust(certificate)
        self._process: subprocess.Popen[bytes] | None = None
        self._log: Any = None

    def start(self) -> float:
        """Start the process and wait until it answers.

        Returns the seconds that this took; raises BenchError when it does not answer. A port that
        another program takes in the meantime is given up for another one.
        """
        for _ in range(PORTS_TRIED):
            self.port = free_port()
            begin = time.monotonic()
            self._spawn()
            if self._wait(begin):
                return time.monotonic() - begin
            said = self._tail()
            self.stop()
            if not TAKEN.search(said):
                raise BenchError(f"{self.label}: the server ended at once:\n{said}")
        raise BenchError(
            f"{self.label}: {PORTS_TRIED} free ports in a row were taken by other programs "
            f"before the server had them, the last one {self.port}"
        )

    def _spawn(self) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        with pinned(self.cpu):
            self._process = subprocess.Popen(
                [*self.contender.serve, str(self.port)],
                cwd=SERVERS,
                env=environment() | self._settings,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                start_new_session=True,
            )

    def _wait(self, begin: float) -> bool:
        """Return whether the server answers, False when it has ended."""
        assert self._process is not None
        while self._process.poll() is None:
            if self._answers():
                return True
            if time.monotonic() > begin + START_LIMIT_S:
                said = self._tail()
                raise BenchError(f"{self.label}: no answer in {START_LIMIT_S:.0f} s: {said}")
            time.sleep(0.002)
        return False

    def _answers(self) -> bool:
        try:
            with self._connect() as connection:
                connection.sendall(ANSWER)
                return b" 200" in connection.recv(4096)[:16]
        except OSError:
            return False

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), 5)
        if self._trust is None:
            return connection
        try:
            return self._trust.wrap_socket(connection, server_hostname="127.0.0.1")
        except BaseException:
            connection.close()
            raise

    def pids(self) -> list[int]:
        """Return the ids of the processes in the server's session, workers included."""
        if self._process is None:
            return []
        found = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            fields = _stat(path)
            if fields and int(fields[3]) == self._process.pid:
                found.append(int(path.parent.name))
        return found

    def cpu_seconds(self) -> float:
        """Return the CPU time that all processes of the server have used so far."""
        ticks = 0
        for pid in self.pids():
            fields = _stat(Path(f"/proc/{pid}/stat"))
            ticks += int(fields[11]) + int(fields[12]) if fields else 0
        return ticks / os.sysconf("SC_CLK_TCK")

    def settle(self, limit: float = 5.0) -> None:
        """Wait until the server has dealt with the clients that left, at most `limit` seconds.

        Its clean-up would otherwise be charged to the next side's turn on the same core.
        """
        end = time.monotonic() + limit
        while self._process is not None and time.monotonic() < end:
            before = self.cpu_seconds()
            time.sleep(0.1)
            if self.cpu_seconds() - before <= 0.011:  # one tick of /proc
                break

    def stop(self) -> None:
        """End the process group; does nothing when it is not running."""
        process, self._process = self._process, None
        if process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            # the group outlives its leader while a worker does
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                break
            with suppress(subprocess.TimeoutExpired):
                process.wait(3)
        process.wait()
        self._log.close()

    def _tail(self) -> str:
        self._log.seek(0)
        text: str = self._log.read()[-800:].decode(errors="replace").strip()
        return text


def _stat(path: Path) -> list[str]:
    try:
        # the name of the program stands in parentheses and may hold spaces
        return path.read_text().rpartition(")")[2].split()
    except OSError:
        return []
