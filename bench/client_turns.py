"""Clients take turns at one scenario, each a process of its own, against one server for all.

The server is this project's, under uvicorn with its WebSocket class. A client reads its own CPU
time at the edges of its measured window, so that starting, connecting and warming up are left out.
"""

import json
import subprocess
from collections.abc import Sequence
from functools import partial

from comparing import Comparison, Tell, brief, noting
from contenders import Contender
from figures import Sample
from measuring import Options
from quiet import quietest
from scenarios import Kind, Scenario
from serving import Server, environment, pinned
from sides import CLIENTS, SIDES, BenchError

TURN_LIMIT_S = 150.0
BLOCKING_LIMIT = 1
"""The most clients that the program of the blocking client has."""


def compare_clients(
    name: str, sides: Sequence[Contender], server: Server, options: Options, tell: Tell
) -> Comparison:
    """Return the result of one scenario; `tell` gets a line after each turn.

    Scenarios of several clients are left to the sides that can have them.
    """
    result = Comparison(name, tuple(side.label for side in sides))
    able = [side for side in sides if _able(side, result.scenario)]
    for number in range(1, options.reps + 1):
        samples: dict[str, Sample] = {}
        result.turns.append(samples)
        for side in able:
            if side.label in result.failures:
                continue
            with noting(result, side.label, tell):
                turn = partial(take_turn, side, result.scenario, server, options)
                cores, used = options.cores, server.cpu_seconds
                samples[side.label] = quietest(turn, options.tries, cores, used)
                tell(f"  {name} {number}/{options.reps} {side.label}: {brief(samples[side.label])}")
            server.settle()
    return result


def _able(side: Contender, scenario: Scenario) -> bool:
    return scenario.clients <= BLOCKING_LIMIT or SIDES[side.label].server == "async_client.py"


def take_turn(side: Contender, scenario: Scenario, server: Server, options: Options) -> Sample:
    """Return the figures of one client's turn; raises BenchError when it goes wrong."""
    numbers = (scenario.clients, options.warmup, options.duration, server.port)
    command = [*side.serve, *scenario.arguments.split(), *map(str, numbers)]
    with pinned(options.server_cpu):
        try:
            run = subprocess.run(
                command,
                cwd=CLIENTS,
                env=environment() | {"PYTHONPATH": str(CLIENTS)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=TURN_LIMIT_S,
            )
        except subprocess.TimeoutExpired:
            raise BenchError(f"{side.label}: no end after {TURN_LIMIT_S:.0f} s") from None
    if run.returncode:
        raise BenchError(f"{side.label}: {run.stderr.strip()[-800:]}")
    return _sample(json.loads(run.stdout.splitlines()[-1]), scenario, side.label)


def _sample(data: dict[str, float], scenario: Scenario, label: str) -> Sample:
    if not data["messages"]:
        raise BenchError(f"{label}: no message got through in time; give a longer --duration")
    sample = {
        "messages": data["messages"],
        "rate": data["messages"] / data["seconds"],
        "cpu_us": data["cpu_s"] * 1e6 / data["messages"],
        "kernel_us": data["kernel_s"] * 1e6 / data["messages"],
        "rss_mib": data["rss_kib"] / 1024,
    }
    if scenario.kind is Kind.CLIENTS:
        sample |= {key: data[key] for key in ("client_kib", "clients")}
    return sample
