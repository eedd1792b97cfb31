"""The JSON record of a run: every figure of every turn, the medians and the ratios."""

import dataclasses
import datetime
from collections.abc import Sequence
from typing import Any

from comparing import Comparison
from contenders import Contender
from figures import COLUMNS, JUDGED, median, ratio
from measuring import Options
from sides import pairs
from targets import target


def record(
    results: Sequence[Comparison], sides: Sequence[Contender], options: Options, loop: str
) -> dict[str, Any]:
    """Return the whole run as data."""
    return {
        "date": datetime.date.today().isoformat(),
        "loop": loop,
        "reps": options.reps,
        "duration_s": options.duration,
        "pinned": options.server_cpu is not None,
        "sides": {side.label: {"title": side.title, "versions": side.versions} for side in sides},
        "scenarios": {result.name: _scenario(result) for result in results},
    }


def _scenario(result: Comparison) -> dict[str, Any]:
    columns = COLUMNS[result.scenario.kind]
    return {
        "title": result.scenario.title,
        "ratios": _ratios(result),
        "medians": {
            label: {figure: median(result.turns, label, figure) for figure in columns}
            for label in result.labels
        },
        "turns": result.turns,
        "failures": result.failures,
    }


def _ratios(result: Comparison) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for own, peer in pairs(result.labels):
        for figure in JUDGED[result.scenario.kind]:
            value = ratio(result.turns, own, peer, figure)
            if value:
                wanted = target(result.name, figure, (own, peer))
                about = dataclasses.asdict(value) | {"target": wanted}
                found.setdefault(f"{peer}/{own}", {})[figure] = about
    return found
