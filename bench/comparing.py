"""All sides take turns at one scenario, on the same core.

The servers stay up between their turns, for an idle one uses next to no CPU; only a scenario that
is `fresh` gets a process a turn. A side that fails is left out of the rest of the scenario, and the
others go on.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from contenders import Contender
from figures import FIGURES, Sample
from measuring import Options, deliveries, prepare, take_turn
from quiet import disturbance, disturbed, quietest
from scenarios import SCENARIOS, Scenario
from serving import Server
from sides import BenchError


@dataclass(slots=True)
class Comparison:
    """What the sides measured in one scenario, a mapping a repetition; and why some did not."""

    name: str
    labels: tuple[str, ...]
    turns: list[dict[str, Sample]] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def scenario(self) -> Scenario:
        """The row of `SCENARIOS`."""
        return SCENARIOS[self.name]


Tell = Callable[[str], None]

RATES_TAKEN = 2
"""Turns by which the rate is found that a server takes; the greater one counts."""


def compare(name: str, sides: Sequence[Contender], options: Options, tell: Tell) -> Comparison:
    """Return the result of one scenario; `tell` gets a line after each turn."""
    result = Comparison(name, tuple(side.label for side in sides))
    settings = options.settings(result.scenario)
    servers = [Server(side, options.server_cpu, settings, options.certificate) for side in sides]
    try:
        pace = found_pace(result.scenario, servers, options, tell)
        for server in servers:
            with _running(result, server, tell):
                prepare(server, result.scenario)
        for number in range(1, options.reps + 1):
            samples: dict[str, Sample] = {}
            result.turns.append(samples)
            for server in servers:
                if server.label in result.failures:
                    continue
                with _running(result, server, tell):
                    turn = partial(take_turn, server, result.scenario, options, pace)
                    cores, used = options.cores, server.cpu_seconds
                    samples[server.label] = quietest(turn, options.tries, cores, used)
                    line = f"  {name} {number}/{options.reps} {server.label}:"
                    tell(f"{line} {brief(samples[server.label])}")
    finally:
        for server in servers:
            server.stop()
    return result


def found_pace(
    scenario: Scenario, servers: Sequence[Server], options: Options, tell: Tell
) -> float:
    """Return the messages a second to send in every turn, 0 for as many as come back.

    Where it is half of what Node's server takes, that is found here; without Node, of what the
    first side takes.
    """
    if not scenario.half_of:
        return scenario.rate
    full = SCENARIOS[scenario.half_of]
    for meter in sorted(servers, key=lambda server: server.label != "node"):
        try:
            prepare(meter, full)
            rate = max(take_turn(meter, full, options)["rate"] for _ in range(RATES_TAKEN))
        except BenchError as error:
            tell(f"  {scenario.half_of} failed: {error}")
        else:
            tell(f"  {scenario.half_of}: {meter.label} takes {rate:.0f} a second")
            return rate / 2 / deliveries(full, full.clients)
        finally:
            meter.stop()
    raise BenchError(f"no side says what {scenario.half_of} can be half of")


@contextmanager
def _running(result: Comparison, server: Server, tell: Tell) -> Iterator[None]:
    """Take a side that fails out of the comparison, and end its server."""
    with noting(result, server.label, tell):
        try:
            yield
        except BenchError:
            server.stop()
            raise


@contextmanager
def noting(result: Comparison, label: str, tell: Tell) -> Iterator[None]:
    """Take a side that fails out of the comparison."""
    try:
        yield
    except BenchError as error:
        result.failures[label] = str(error)
        tell(f"  {result.name} failed: {error}")


SHOWN = (
    *("cpu_us", "rate", "p99_ms", "stall_ms", "connection_kib", "beat_us", "client_kib"),
    *("clients", "import_ms", "start_ms"),
)
"""The figures that the line after a turn has."""


def brief(sample: Sample) -> str:
    """Return one turn as a few words."""
    words = [
        f"{FIGURES[key].title} {sample[key]:{FIGURES[key].form}}" for key in SHOWN if key in sample
    ]
    if "generator" in sample:
        words.append(f"generator {sample['generator']:.0%} busy")
    if disturbed(sample):
        words.append(f"others took {disturbance(sample):.0%} of a core")
    return ", ".join(words)
