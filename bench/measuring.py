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

from figures import Sample
from scenarios import Kind, Scenario
from serving import Server, environment, pinned
from sides import HERE, SERVERS, BenchError

RUN_LIMIT_S = 150.0  # the generator ends itself after 120 s
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


def prepare(server: Server, scenario: Scenario) -> None:
    """Do what must come before the first turn of `take_turn`."""
    if not scenario.fresh:
        server.start()
    elif scenario.kind is Kind.START:
        # the first process of all compiles the modules
        server.start()
        server.stop()


def take_turn(server: Server, scenario: Scenario, options: Options) -> Sample:
    """Return the figures of one turn; raises BenchError when it goes wrong.

    The server must have been through `prepare`.
    """
    try:
        started = server.start() if scenario.fresh else 0.0
        if scenario.kind is Kind.START:
            server.stop()  # it would compete with the import for the core
            return {"start_ms": started * 1000} | imports(server)
        return drive(server, scenario, options)
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


def drive(server: Server, scenario: Scenario, options: Options) -> Sample:
    """Run the load generator once against a running server."""
    memory = scenario.kind is Kind.MEMORY
    seconds = 1.0 if memory else options.duration
    assert options.generator
    command = [str(options.generator), *scenario.arguments.split(), "-n", str(scenario.clients)]
    command += ["-t", str(seconds), "-u", str(options.warmup), "-p", str(server.port)]
    command += ["-P", ",".join(map(str, server.pids()))]
    if options.generator_cpu is not None and not memory:
        command.append("-B")
    with pinned(options.generator_cpu):
        run = subprocess.run(command, capture_output=True, text=True, timeout=RUN_LIMIT_S)
    if run.returncode:
        reason = run.stderr.strip() or f"the load generator ended with status {run.returncode}"
        raise BenchError(f"{server.label}: {reason}")
    return _sample(json.loads(run.stdout), server.label, memory)


def _sample(data: dict[str, Any], label: str, memory: bool) -> Sample:
    if data["errors"]:
        raise BenchError(f"{label}: {data['errors']} connections failed or were closed")
    sample = {"rss_mib": data["rss_kb"] / 1024}
    if memory:
        return sample | {"connection_kib": data["per_conn_kb"]}
    if not data["msgs"]:
        raise BenchError(f"{label}: no message got through")
    if data["cpu_s"] <= 0:
        raise BenchError(f"{label}: too short to measure CPU time; give a longer --duration")
    return sample | {
        "messages": data["msgs"],
        "rate": data["rate"],
        "p50_ms": data["p50_us"] / 1000,
        "p99_ms": data["p99_us"] / 1000,
        "cpu_us": data["cpu_us_per_msg"],
        "kernel_us": data["cpu_sys_s"] * 1e6 / data["msgs"],
        "generator": data["gen_cpu"],
    }
