"""All scenarios at a glance: the ratios beside what was aimed at, and the medians behind them.

`document` is the text of docs/performance.md.
"""

import datetime
from collections.abc import Sequence

from comparing import Comparison
from contenders import Contender
from figures import BESIDE, FIGURES, JUDGED, ratio
from measuring import Options
from reporting import NONE, cell, doubts, render
from sides import SIDES, pairs
from targets import target

# how the document calls the two that meet most
SHORT = {
    "theirs": "python-socketio",
    "ours": "this project",
    "fast": "this project [fast]",
    "plain": "this project under plain uvicorn",
    "node": "Node",
    "bare": "a bare application",
    "bare-own": "a bare one on this project's class",
    "theirs-async": "python-socketio",
    "ours-async": "AsyncClient",
    "theirs-blocking": "python-socketio",
    "ours-blocking": "Client",
}


def ratio_table(results: Sequence[Comparison]) -> str:
    """Return how many times less this project uses, scenario by scenario, with the targets."""
    meeting = pairs(results[0].labels)
    figures = _figures(results)
    aimed = [pair for pair in meeting if any(target(r.name, f, pair) for r, f in figures)]
    header = ["scenario"]
    for own, peer in meeting:
        header += [f"{_short(peer)} / {_short(own)}", *["target"] * ((own, peer) in aimed)]
    rows = [header]
    for result, figure in figures:
        row = [_name(result, figure)]
        for pair in meeting:
            found = ratio(result.turns, *pair, figure)
            row.append(f"{found.median:.2f}" if found else NONE)
            if pair in aimed:
                wanted = target(result.name, figure, pair)
                row.append(f"{wanted:g}" if wanted else NONE)
        rows.append(row)
    return render(rows)


def median_table(results: Sequence[Comparison]) -> str:
    """Return the medians that the sides are compared by, and the kernel's memory beside them."""
    rows = [["scenario, figure", *results[0].labels]]
    for result in results:
        kind = result.scenario.kind
        for figure in (*JUDGED[kind], *BESIDE.get(kind, ())):
            title = f"{result.name}, {FIGURES[figure].title}"
            rows.append([title, *(cell(result, label, figure) for label in result.labels)])
    return render(rows)


def document(
    results: Sequence[Comparison], sides: Sequence[Contender], options: Options, loop: str
) -> str:
    """Return the tables in Markdown with the date, the versions and how it was measured."""
    lines = [
        f"Measured on {datetime.date.today().isoformat()} with "
        f"{_how(SIDES[sides[0].label].client, options, loop)}. "
        f"{_meaning(results[0].labels)}",
        "",
        ratio_table(results),
        "",
        "The medians behind them:",
        "",
        median_table(results),
        "",
        *(f"* {line}" for line in doubts(results)),
        *(f"* `{side.label}`: {SIDES[side.label].title}. {versions(side)}" for side in sides),
    ]
    return "\n".join(lines)


def _meaning(labels: Sequence[str]) -> str:
    if any(SIDES[label].bare for label in labels):
        return "The ratios are how many times as much is used as without Socket.IO."
    return "More than 1 means that this project uses less."


def _how(clients: bool, options: Options, loop: str) -> str:
    """Return the command and what it did."""
    choice = "--clients " if clients else "" if loop else "--wsgi "
    choice += "--tls " * (options.certificate is not None)
    turns = f"{options.reps} interleaved turn{'s' * (options.reps != 1)}"
    measured, other = ("client", "server") if clients else ("server", "load")
    cores = f"the {measured} on one core and the {other} on another"
    if options.server_cpu is None:
        cores = f"{measured} and {other} on the same core"
    loops = f", {'AsyncClient' if clients else 'both Python sides'} on {loop}" if loop else ""
    return (
        f"`python3 dev.py bench {choice}--markdown`: medians of {turns} of "
        f"{options.duration:g} s for each side, {cores}{loops}"
    )


def versions(side: Contender) -> str:
    """Return what a side is made of, in a line."""
    return ", ".join(f"{name} {version}" for name, version in side.versions.items())


def _short(label: str) -> str:
    return SHORT.get(label, label)


def _figures(results: Sequence[Comparison]) -> list[tuple[Comparison, str]]:
    return [(result, key) for result in results for key in JUDGED[result.scenario.kind]]


def _name(result: Comparison, figure: str) -> str:
    several = len(JUDGED[result.scenario.kind]) > 1
    return f"{result.name}, {FIGURES[figure].title}" if several else result.name
