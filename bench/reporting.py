"""Ratios and tables from the runs of one scenario.

A ratio is ours divided by theirs within one repetition; what is reported is the median over the
repetitions, because wall-clock and CPU speed of a shared machine drift between them.
"""

import dataclasses
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from measuring import Sample, Scenario

Run = tuple[Sample, Sample]  # ours, theirs
Figure = Callable[[Sample], float]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours divided by theirs: the median over the repetitions, the least and the greatest."""

    median: float
    least: float
    greatest: float

    def __str__(self) -> str:
        return f"{self.median:.3f} ({self.least:.3f} to {self.greatest:.3f})"


def ratio(runs: Sequence[Run], figure: Figure) -> Ratio | None:
    """Return the ratio of one figure over all repetitions, None when theirs is not above 0."""
    if not all(figure(theirs) > 0 for _, theirs in runs):
        return None
    values = [figure(ours) / figure(theirs) for ours, theirs in runs]
    return Ratio(statistics.median(values), min(values), max(values))


def cost(sample: Sample) -> float:
    """Return server CPU in microseconds a message."""
    return sample.cpu_us


def rate(sample: Sample) -> float:
    """Return messages a second."""
    return sample.rate


def memory(sample: Sample) -> float:
    """Return memory in KiB a connection."""
    return sample.connection_kib


COLUMNS: list[tuple[str, Figure, str]] = [
    ("CPU us/msg", cost, ".2f"),
    ("kernel us/msg", lambda s: s.kernel_us, ".2f"),
    ("msgs/s", rate, ".0f"),
    ("p50 ms", lambda s: s.p50_ms, ".2f"),
    ("p99 ms", lambda s: s.p99_ms, ".2f"),
    ("RSS MiB", lambda s: s.rss_mib, ".0f"),
]
MEMORY_COLUMNS: list[tuple[str, Figure, str]] = [
    ("KiB/connection", memory, ".1f"),
    ("RSS MiB", lambda s: s.rss_mib, ".0f"),
]


def table(scenario: Scenario, runs: Sequence[Run]) -> str:
    """Return a Markdown table of the medians of each side."""
    columns = MEMORY_COLUMNS if scenario.memory else COLUMNS
    rows = [["", *(name for name, _, _ in columns)]]
    for index, label in enumerate(("ours", "theirs")):
        samples = [run[index] for run in runs]
        medians = [(statistics.median(map(figure, samples)), form) for _, figure, form in columns]
        rows.append([label, *(format(value, form) for value, form in medians)])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    rule = [":" + "-" * (widths[0] - 1), *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = []
    for row in [rows[0], rule, *rows[1:]]:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def ratio_lines(name: str, scenario: Scenario, runs: Sequence[Run]) -> list[str]:
    """Return the lines with the ratios of one scenario, the figure to watch first."""
    if scenario.memory:
        lines = [(ratio(runs, memory), "memory per connection", "lower")]
    else:
        lines = [
            (ratio(runs, cost), "CPU per message", "lower"),
            (ratio(runs, rate), "messages per second", "higher"),
        ]
    return [
        f"{name}: {what}, ours/theirs: {value}, {better} is better"
        if value
        else f"{name}: {what}: no ratio, theirs measured 0"
        for value, what, better in lines
    ]


def record(scenario: Scenario, runs: Sequence[Run]) -> dict[str, Any]:
    """Return the runs and ratios of one scenario as data for a JSON file."""
    figures = {"memory": memory} if scenario.memory else {"cpu": cost, "rate": rate}
    ratios = {key: ratio(runs, figure) for key, figure in figures.items()}
    return {
        "title": scenario.title,
        "ratios": {key: dataclasses.asdict(value) for key, value in ratios.items() if value},
        "runs": [
            {"ours": dataclasses.asdict(ours), "theirs": dataclasses.asdict(theirs)}
            for ours, theirs in runs
        ],
    }
