"""One turn of one server at one scenario.

The server's CPU time is read by the load generator at the edges of its measured window, so
starting, connecting and warming up are left out. Linux only.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from certificate import CHAIN
from figures import Sample
from scenarios import CONNECTIONS, Kind, Scenario, beat_interval
from serving import Server, environment, pinned
from sides import HERE, SERVERS, BenchError

RUN_LIMIT_S = 900.0  # the generator ends itself after 120 s and 13 ms a client
LONGEST_S = 8.0  # no longer window is tried where nothing got through in one
IMPORTS = 3  # processes a turn


@dataclass(frozen=True, slots=True)
class Options:
    """How a comparison is run; times in seconds, cores as the kernel numbers them.

    Where clients are measured, they are on the server's core and the server on the generator's.
    """

    reps: int
    duration: float
    warmup: float
    server_cpu: int | None
    generator_cpu: int | None
    generator: Path | None  # None where clients are measured
    connections: int = CONNECTIONS  # of a crowd
    parser: str = "default"
    certificate: Path | None = None  # its folder, where servers are met over TLS
    tries: int = 1  # turns in place of one in which others took the cores

    @property
    def cores(self) -> list[int]:
        """The cores that a turn has to itself, none where it is on any."""
        return [cpu for cpu in (self.server_cpu, self.generator_cpu) if cpu is not None]

    def clients(self, scenario: Scenario) -> int:
        """Return the number of clients."""
        return self.connections if scenario.crowd else scenario.clients

    def settings(self, scenario: Scenario) -> dict[str, str]:
        """Return the environment variables by which the servers' programs are told what to do."""
        found = {} if self.certificate is None else {"BENCH_TLS": str(self.certificate)}
        if self.parser != "default":
            found["BENCH_PARSER"] = self.parser
        if scenario.crowd:
            found["BENCH_PING_S"] = f"{beat_interval(self.connections):g}"
        return found


def build_generator(folder: Path, tls: bool = False) -> Path:
    """Compile the load generator into `folder`; raises BenchError when gcc is missing or fails."""
    target = folder / "loadgen"
    command = ["gcc", "-O2", "-o", str(target), str(HERE / "loadgen.c")]
    if tls:
        command += ["-DTLS", "-lssl", "-lcrypto"]
    try:
        run = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise BenchError(
            "gcc is not installed; the load generator is a C program. "
            "On Debian and Ubuntu: apt-get install gcc libc6-dev"
        ) from None
    if run.returncode:
        hint = "; for --tls: apt-get install libssl-dev" if "openssl/" in run.stderr else ""
        raise BenchError(f"gcc could not compile loadgen.c{hint}:\n{run.stderr.strip()}")
    return target


def prepare(server: Server, scenario: Scenario) -> None:
    """Do what must come before the first turn of `take_turn`."""
    if not scenario.fresh:
        server.start()
    elif scenario.kind is Kind.START:
        # the first process of all compiles the modules
        server.start()
        server.stop()


def take_turn(server: Server, scenario: Scenario, options: Options, pace: float = 0) -> Sample:
    """Return the figures of one turn; raises BenchError when it goes wrong.

    `pace` is the messages a second to send, 0 for as many as come back. The server must have been
    through `prepare`.
    """
    try:
        started = server.start() if scenario.fresh else 0.0
        if scenario.kind is Kind.START:
            server.stop()  # it would compete with the import for the core
            return {"start_ms": started * 1000} | imports(server)
        return drive(server, scenario, options, pace)
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{server.label}: no end after {error.timeout:.0f} s") from None
    finally:
        if scenario.fresh:
            server.stop()
        server.settle()


def imports(server: Server) -> Sample:
    """Return how long new processes take to import the library, in milliseconds, the least of some.

    One import is so short that a neighbour on the core can double it.
    """
    return {
        figure: min(_import_ms(server, program) for _ in range(IMPORTS))
        for figure, program in server.contender.imports.items()
    }


def _import_ms(server: Server, program: Sequence[str]) -> float:
    with pinned(server.cpu):
        run = subprocess.run(
            program,
            cwd=SERVERS,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_S,
        )
    if run.returncode:
        raise BenchError(f"{server.label}: the import failed:\n{run.stderr.strip()[-800:]}")
    return float(run.stdout)


def drive(server: Server, scenario: Scenario, options: Options, pace: float = 0) -> Sample:
    """Run the load generator against a running server.

    Where nothing got through, since the machine was busy with other programs, or so little that the
    server's CPU time is less than a tick, once more for longer.
    """
    if scenario.kind is Kind.MEMORY:  # one heartbeat of each client
        data = _generate(server, scenario, options, beat_interval(options.connections), pace)
        return _size(data) | _idle(data)
    seconds = options.duration
    data = _generate(server, scenario, options, seconds, pace)
    while not (data["msgs"] and (pace or data["cpu_s"] > 0)) and seconds < LONGEST_S:
        seconds *= 2
        data = _generate(server, scenario, options, seconds, pace)
    if not data["msgs"]:
        raise BenchError(f"{server.label}: no message got through")
    sample = _size(data) | _load(data)
    if pace:
        return sample | _paced(data, pace * deliveries(scenario, options.clients(scenario)))
    if data["cpu_s"] <= 0:
        raise BenchError(f"{server.label}: too short to measure CPU time; give a longer --duration")
    return sample


def _generate(
    server: Server, scenario: Scenario, options: Options, seconds: float, pace: float
) -> dict[str, Any]:
    """Run the load generator once. Returns what it found."""
    assert options.generator
    clients = options.clients(scenario)
    command = [str(options.generator), *scenario.arguments.split(), "-n", str(clients)]
    command += ["-t", str(seconds), "-u", str(options.warmup), "-p", str(server.port)]
    command += ["-P", ",".join(map(str, server.pids()))]
    if pace:
        command += ["-R", f"{pace:.3f}"]
    if options.parser != "default":
        command += ["-X", options.parser]
    if options.certificate is not None:
        command += ["-C", str(options.certificate / CHAIN)]
    if options.generator_cpu is not None:
        command.append("-B")
    with pinned(options.generator_cpu):
        run = subprocess.run(command, capture_output=True, text=True, timeout=RUN_LIMIT_S)
    if run.returncode:
        reason = run.stderr.strip() or f"the load generator ended with status {run.returncode}"
        raise BenchError(f"{server.label}: {reason}")
    data: dict[str, Any] = json.loads(run.stdout)
    if data["errors"]:
        raise BenchError(f"{server.label}: {data['errors']} connections failed or were closed")
    return data


def deliveries(scenario: Scenario, clients: int) -> int:
    """Return how many messages come back for one that is sent."""
    return clients if "-s fanout" in scenario.arguments else 1


def _size(data: dict[str, Any]) -> Sample:
    return {"rss_mib": data["rss_kb"] / 1024}


def _idle(data: dict[str, Any]) -> Sample:
    """Return what a connection costs; the kernel's memory only where it may be read."""
    sample = {"connection_kib": data["per_conn_kb"]}
    if data["kernel_kb"] >= 0:
        sample["kernel_kib"] = data["kernel_kb"]
    if data["beats"] and data["cpu_s"] > 0:
        sample["beat_us"] = data["cpu_s"] * 1e6 / data["beats"]
    return sample


def _paced(data: dict[str, Any], asked: float) -> Sample:
    return {
        "asked": asked,
        "p999_ms": data["p999_us"] / 1000,
        "longest_ms": data["max_us"] / 1000,
        "stall_ms": data["stall_ms"],
    }


def _load(data: dict[str, Any]) -> Sample:
    return {
        "messages": data["msgs"],
        "rate": data["rate"],
        "p50_ms": data["p50_us"] / 1000,
        "p99_ms": data["p99_us"] / 1000,
        "cpu_us": data["cpu_us_per_msg"],
        "kernel_us": data["cpu_sys_s"] * 1e6 / data["msgs"],
        "generator": data["gen_cpu"],
    }
