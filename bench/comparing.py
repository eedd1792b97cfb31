"""All sides take turns at one scenario, on the same core.

The servers stay up between their turns, for an idle one uses next to no CPU; only a scenario that
is `fresh` gets a process a turn. A side that fails is left out of the rest of the scenario, and the
others go on.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from contenders import Contender
from figures import FIGURES, Sample
from measuring import Options, prepare, take_turn
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


def compare(name: str, sides: Sequence[Contender], options: Options, tell: Tell) -> Comparison:
    """Return the result of one scenario; `tell` gets a line after each turn."""
    result = Comparison(name, tuple(side.label for side in sides))
    servers = [Server(side, options.server_cpu) for side in sides]
    try:
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
                    samples[server.label] = take_turn(server, result.scenario, options)
                    line = f"  {name} {number}/{options.reps} {server.label}:"
                    tell(f"{line} {brief(samples[server.label])}")
    finally:
        for server in servers:
            server.stop()
    return result


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


def brief(sample: Sample) -> str:
    """Return one turn as a few words."""
    shown = ("cpu_us", "rate", "connection_kib", "client_kib", "clients", "import_ms", "start_ms")
    words = [
        f"{FIGURES[key].title} {sample[key]:{FIGURES[key].form}}" for key in shown if key in sample
    ]
    if "generator" in sample:
        words.append(f"generator {sample['generator']:.0%} busy")
    return ", ".join(words)
