"""The figures of a turn, and what two sides come to when they are divided.

A ratio is taken within one repetition, one side's turn right after the other's, and what is
reported is the median over the repetitions: the speed of a shared machine drifts between them.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scenarios import Kind

Sample = dict[str, float]
"""What one side's turn measured; the keys are those of `FIGURES`."""

Turns = Mapping[str, Sample]
"""The samples of one repetition by the label of the side."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity and how it is written."""

    title: str
    form: str


FIGURES = {
    "cpu_us": Figure("CPU us/msg", ".2f"),
    "kernel_us": Figure("kernel us/msg", ".2f"),
    "rate": Figure("msgs/s", ".0f"),
    "p50_ms": Figure("p50 ms", ".2f"),
    "p99_ms": Figure("p99 ms", ".2f"),
    "p999_ms": Figure("p99.9 ms", ".2f"),
    "longest_ms": Figure("longest ms", ".1f"),
    "stall_ms": Figure("stall of the loop ms", ".1f"),
    "asked": Figure("asked msgs/s", ".0f"),
    "rss_mib": Figure("RSS MiB", ".0f"),
    "connection_kib": Figure("KiB/connection", ".1f"),
    "kernel_kib": Figure("kernel KiB/connection", ".1f"),
    "beat_us": Figure("CPU us/heartbeat", ".1f"),
    "import_ms": Figure("import ms", ".0f"),
    "lean_import_ms": Figure("lean import ms", ".0f"),
    "start_ms": Figure("start ms", ".0f"),
    "client_kib": Figure("KiB/client", ".1f"),
    "clients": Figure("clients", ".0f"),
}

COLUMNS = {
    Kind.LOAD: ("cpu_us", "kernel_us", "rate", "p50_ms", "p99_ms", "rss_mib"),
    Kind.MEMORY: ("connection_kib", "kernel_kib", "beat_us", "rss_mib"),
    Kind.LATENCY: (
        "p50_ms",
        "p99_ms",
        "p999_ms",
        "longest_ms",
        "stall_ms",
        "cpu_us",
        "rate",
        "asked",
    ),
    Kind.START: ("import_ms", "lean_import_ms", "start_ms"),
    Kind.CLIENT: ("cpu_us", "kernel_us", "rate", "rss_mib"),
    Kind.CLIENTS: ("cpu_us", "kernel_us", "rate", "client_kib", "clients", "rss_mib"),
}
"""The figures that are shown of each sort of scenario."""

JUDGED = {
    Kind.LOAD: ("cpu_us",),
    Kind.MEMORY: ("connection_kib", "beat_us"),
    Kind.LATENCY: ("p50_ms", "p99_ms", "p999_ms", "stall_ms"),
    Kind.START: ("import_ms", "lean_import_ms", "start_ms"),
    Kind.CLIENT: ("cpu_us",),
    Kind.CLIENTS: ("cpu_us", "client_kib"),
}
"""Those that sides are compared by; of each, less is better."""

BESIDE = {Kind.MEMORY: ("kernel_kib",)}
"""Those that are shown beside them, but do not depend on the side."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A peer's figure divided by ours: the median over the repetitions, the least, the greatest."""

    median: float
    least: float
    greatest: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f} to {self.greatest:.2f})"


def ratio(turns: Sequence[Turns], own: str, peer: str, figure: str) -> Ratio | None:
    """Return how many times as much `peer` uses as `own`, None when one was not measured."""
    values = [
        samples[peer][figure] / samples[own][figure]
        for samples in turns
        if _above_zero(samples, own, figure) and _above_zero(samples, peer, figure)
    ]
    return Ratio(statistics.median(values), min(values), max(values)) if values else None


def _above_zero(samples: Turns, label: str, figure: str) -> bool:
    return samples.get(label, {}).get(figure, 0.0) > 0


def median(turns: Sequence[Turns], label: str, figure: str) -> float | None:
    """Return the median of one side's figure, None when it was not measured."""
    values = [samples[label][figure] for samples in turns if figure in samples.get(label, {})]
    return statistics.median(values) if values else None
