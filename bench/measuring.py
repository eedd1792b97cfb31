"""What is measured and how: scenarios, a server process pinned to a core, one run of the generator.

The server's CPU time comes from /proc and is read by the load generator at the edges of its
measured window, so starting, connecting and warming up are left out. Linux only.
"""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
START_LIMIT_S = 30.0
RUN_LIMIT_S = 150.0  # the generator ends itself after 120 s


class BenchError(Exception):
    """A comparison cannot be made; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing to do to a server: `clients` connections driven as `arguments` say."""

    title: str
    arguments: str
    clients: int
    memory: bool = False  # its figure is memory a connection, not CPU a message


SCENARIOS = {
    "echo32": Scenario(
        "events of 32 bytes echoed with an acknowledgement, 50 clients, 10 outstanding each",
        "-s echo -w 10 -l 32",
        50,
    ),
    "echo1k": Scenario(
        "events of 1 KiB echoed with an acknowledgement, 50 clients, 10 outstanding each",
        "-s echo -w 10 -l 1024",
        50,
    ),
    "bcast100": Scenario(
        "a broadcast to 100 clients, one at a time",
        "-s fanout -k 1",
        100,
    ),
    "bcast1000": Scenario(
        "a broadcast to 1,000 clients, one at a time",
        "-s fanout -k 1",
        1000,
    ),
    "burst1000": Scenario(
        "10 broadcasts in a row to 1,000 clients",
        "-s fanout -k 10",
        1000,
    ),
    "rooms": Scenario(
        "emits to 50 random rooms of 10, 1,000 clients",
        "-s rooms -r 10 -k 50",
        1000,
    ),
    "bin1k": Scenario(
        "a binary broadcast of 1 KiB to 100 clients",
        "-s binfan -k 1 -b 1024",
        100,
    ),
    "connect": Scenario(
        "WebSocket connect, namespace and close, 20 at a time",
        "-s connect",
        20,
    ),
    "pollecho": Scenario(
        "events echoed over HTTP long polling, 50 clients",
        "-s pollecho -w 1",
        50,
    ),
    "idle": Scenario(
        "memory of one idle WebSocket, 2,000 connections",
        "-s idle",
        2000,
        memory=True,
    ),
}

# web server: the modules it needs besides socketio and the loop
KINDS = {
    "uvicorn-sansio": ("uvicorn", "websockets"),
    "uvicorn-websockets": ("uvicorn", "websockets"),
    "uvicorn-wsproto": ("uvicorn", "wsproto"),
    "granian": ("granian",),
    "hypercorn": ("hypercorn",),
}


@dataclass(frozen=True, slots=True)
class Options:
    """How a comparison is run; times in seconds, cores as the kernel numbers them."""

    server: str
    loop: str
    duration: float
    warmup: float
    server_cpu: int | None
    generator_cpu: int | None


@dataclass(frozen=True, slots=True)
class Sample:
    """The figures of one run of one scenario against one server."""

    messages: int
    rate: float  # messages a second
    p50_ms: float
    p99_ms: float
    cpu_us: float  # user and system CPU of the server, microseconds a message
    kernel_us: float  # the system part of it
    rss_mib: float
    connection_kib: float  # memory of one connection; idle only
    generator: float  # share of its core that the generator used


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


class Server:
    """The measured application in a process group of its own."""

    def __init__(self, label: str, python: str, options: Options) -> None:
        self.label = label
        self.port = 0
        self._python = python
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._log: Any = None

    def start(self) -> None:
        """Start the process and return when it answers; raises BenchError when it does not."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        command = [self._python, "asgi_app.py", str(self.port)]
        command += [self._options.server, self._options.loop]
        # an inherited PYTHONPATH could give both sides the same socketio
        environment = dict(os.environ, PYTHONPATH=str(HERE / "servers"))
        with pinned(self._options.server_cpu):
            self._process = subprocess.Popen(
                command,
                cwd=HERE / "servers",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                start_new_session=True,
            )
        end = time.monotonic() + START_LIMIT_S
        while not self._answers():
            if self._process.poll() is not None:
                raise BenchError(f"{self.label}: the server ended at once:\n{self._tail()}")
            if time.monotonic() > end:
                raise BenchError(
                    f"{self.label}: no answer in {START_LIMIT_S:.0f} s: {self._tail()}"
                )
            time.sleep(0.01)

    def _answers(self) -> bool:
        request = (
            b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n"
            b"Host: 127.0.0.1\r\nConnection: close\r\n\r\n"
        )
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                connection.sendall(request)
                return b" 200" in connection.recv(4096)[:16]
        except OSError:
            return False

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

        Its clean-up would otherwise be charged to the other side's turn on the same core.
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


def build_generator(folder: Path) -> Path:
    """Compile the load generator into `folder`; raises BenchError when gcc is missing or fails."""
    target = folder / "loadgen"
    command = ["gcc", "-O2", "-o", str(target), str(HERE / "loadgen.c")]
    try:
        run = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise BenchError(
            "gcc is not installed; the load generator is a C program. "
            "On Debian and Ubuntu: apt-get install gcc libc6-dev"
        ) from None
    if run.returncode:
        raise BenchError(f"gcc could not compile loadgen.c:\n{run.stderr.strip()}")
    return target


def measure(generator: Path, server: Server, name: str, options: Options) -> Sample:
    """Run one scenario once against a running server; raises BenchError when it goes wrong."""
    scenario = SCENARIOS[name]
    seconds = 1.0 if scenario.memory else options.duration
    command = [str(generator), *scenario.arguments.split(), "-n", str(scenario.clients)]
    command += ["-t", str(seconds), "-u", str(options.warmup), "-p", str(server.port)]
    command += ["-P", ",".join(map(str, server.pids()))]
    if options.generator_cpu is not None and not scenario.memory:
        command.append("-B")
    with pinned(options.generator_cpu):
        run = subprocess.run(command, capture_output=True, text=True, timeout=RUN_LIMIT_S)
    if run.returncode:
        reason = run.stderr.strip() or f"the load generator ended with status {run.returncode}"
        raise BenchError(f"{server.label}: {name}: {reason}")
    return _sample(json.loads(run.stdout), f"{server.label}: {name}", scenario.memory)


def _sample(data: dict[str, Any], where: str, memory: bool) -> Sample:
    if data["errors"]:
        raise BenchError(f"{where}: {data['errors']} connections failed or were closed")
    messages = data["msgs"]
    if not memory and not messages:
        raise BenchError(f"{where}: no message got through")
    if not memory and data["cpu_s"] <= 0:
        raise BenchError(f"{where}: too short to measure CPU time; give a longer --duration")
    return Sample(
        messages=messages,
        rate=data["rate"],
        p50_ms=data["p50_us"] / 1000,
        p99_ms=data["p99_us"] / 1000,
        cpu_us=data["cpu_us_per_msg"],
        kernel_us=data["cpu_sys_s"] * 1e6 / messages if messages else 0.0,
        rss_mib=data["rss_kb"] / 1024,
        connection_kib=data["per_conn_kb"],
        generator=data["gen_cpu"],
    )
