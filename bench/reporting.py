"""What a comparison prints for one scenario: a table of the sides, and their ratios."""

from collections.abc import Sequence

from comparing import Comparison
from figures import COLUMNS, FIGURES, JUDGED, median, ratio
from quiet import disturbance, disturbed
from sides import pairs

NONE = "-"


def render(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table; the first is the header, the first column is text."""
    widths = [max(3, *(len(row[i]) for row in rows)) for i in range(len(rows[0]))]
    rule = [":" + "-" * (widths[0] - 1), *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = []
    for row in [rows[0], rule, *rows[1:]]:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def cell(result: Comparison, label: str, figure: str) -> str:
    """Return the median of a side's figure as text."""
    value = median(result.turns, label, figure)
    return NONE if value is None else format(value, FIGURES[figure].form)


def figures_table(result: Comparison) -> str:
    """Return the medians of each side."""
    columns = COLUMNS[result.scenario.kind]
    rows = [["", *(FIGURES[figure].title for figure in columns)]]
    for label in result.labels:
        rows.append([label, *(cell(result, label, figure) for figure in columns)])
    return render(rows)


def ratio_lines(result: Comparison) -> list[str]:
    """Return a line for each ratio: how many times as much the peer uses."""
    lines = []
    for own, peer in pairs(result.labels):
        for figure in JUDGED[result.scenario.kind]:
            found = ratio(result.turns, own, peer, figure)
            if found:
                lines.append(f"{result.name}: {FIGURES[figure].title}, {peer}/{own}: {found}")
    return lines


def doubts(results: Sequence[Comparison]) -> list[str]:
    """Return a line for each scenario that other programs or the hypervisor have disturbed."""
    lines = []
    for result in results:
        samples = [sample for turn in result.turns for sample in turn.values()]
        worst = [disturbance(sample) for sample in samples if disturbed(sample)]
        if worst:
            lines.append(
                f"{result.name}: in {len(worst)} of {len(samples)} turns others took the cores, "
                f"at most {max(worst):.0%} of one: repeat it on a quiet machine"
            )
    return lines


def section(result: Comparison) -> str:
    """Return all that is printed of one scenario."""
    failed = [f"failed: {reason}" for reason in result.failures.values()]
    parts = [f"{result.name}: {result.scenario.title}", figures_table(result)]
    lists = (ratio_lines(result), doubts([result]), failed)
    parts += ["\n".join(lines) for lines in lists if lines]
    return "\n\n".join(parts)
