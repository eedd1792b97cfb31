"""The ``statechart`` directive: a diagram drawn from one of the core's transition tables.

    ```{statechart} sio_core.engineio.state.LINK
    ```

States stand side by side, each with a line that goes down from it. Every row is one input: a dot
at each state that accepts it, and an arrow to the state that follows, which may
be the same. The drawing is inline SVG in
the colours of the page, so it follows the light and the dark theme.
"""

from __future__ import annotations

import enum
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

Table = Mapping[enum.Enum, Mapping[enum.Enum, enum.Enum]]

# Pixels. A character of the diagram's font is at most this wide.
CHARACTER = 7
BOX_HEIGHT = 32
ROW_HEIGHT = 44
MARGIN = 8
GAP = 22
# A page that is narrower than this scrolls the diagram instead of shrinking it on.
NARROWEST = 640


@dataclass(frozen=True)
class Row:
    """One input, the columns of the states that accept it and of the one that follows."""

    label: str
    sources: tuple[int, ...]
    target: int

    @property
    def left(self) -> int:
        return min(*self.sources, self.target)

    @property
    def right(self) -> int:
        return max(*self.sources, self.target)


def load(path: str) -> Table:
    """Return the table at a dotted path. Raises ImportError or AttributeError without one."""
    module, _, name = path.rpartition(".")
    table: Table = getattr(importlib.import_module(module), name)
    return table


def rows_of(table: Table) -> list[Row]:
    """Group the transitions of a table by input and following state, in the table's order."""
    column = {state: index for index, state in enumerate(table)}
    found: dict[tuple[enum.Enum, enum.Enum], list[int]] = {}
    for state, accepted in table.items():
        for what, following in accepted.items():
            found.setdefault((what, following), []).append(column[state])
    return [
        Row(str(what.value), tuple(sources), column[following])
        for (what, following), sources in found.items()
    ]


def describe(table: Table) -> str:
    """Return the table in words, for those who cannot see the drawing."""
    return "; ".join(
        f"{state.value}, on {what.value}: {following.value}"
        for state, accepted in table.items()
        for what, following in accepted.items()
    )


def place(labels: list[str], rows: list[Row]) -> list[float]:
    """Return the middle of each column, so far apart that boxes and rows' labels have room."""
    width = [len(label) * CHARACTER + 28 for label in labels]
    middle = [MARGIN + width[0] / 2]
    for index in range(1, len(labels)):
        least = middle[-1] + (width[index - 1] + width[index]) / 2 + GAP
        for row in rows:
            # The label of an input that changes nothing needs the room behind its state.
            if row.left < row.right == index or row.left == row.right == index - 1:
                least = max(least, middle[row.left] + len(row.label) * CHARACTER + 20)
        middle.append(least)
    return middle


def draw(table: Table) -> str:
    """Return the diagram of a table as an SVG element."""
    states = list(table)
    labels = [str(state.value) for state in states]
    rows = rows_of(table)
    middle = place(labels, rows)
    last = len(labels[-1]) * CHARACTER + 28
    width = middle[-1] + last / 2 + MARGIN
    bottom = MARGIN + BOX_HEIGHT + ROW_HEIGHT * len(rows) + 14
    parts = [
        f'<svg class="statechart" role="img" viewBox="0 0 {width:.0f} {bottom:.0f}" '
        f'style="width: {width:.0f}px; min-width: {min(width, NARROWEST):.0f}px" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(describe(table))}</title>",
    ]
    for x, label, state in zip(middle, labels, states, strict=True):
        parts += _state(x, label, bottom, first=state is states[0], final=not table[state])
    for index, row in enumerate(rows):
        parts += _row(row, middle, MARGIN + BOX_HEIGHT + ROW_HEIGHT * (index + 1) - 6)
    return "\n".join([*parts, "</svg>"])


def _state(x: float, label: str, bottom: float, *, first: bool, final: bool) -> list[str]:
    half = (len(label) * CHARACTER + 28) / 2
    kind = "first" if first else "final" if final else "state"
    top = MARGIN + BOX_HEIGHT
    parts = [
        f'<line class="life" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom - 4:.1f}"/>',
        f'<rect class="{kind}" x="{x - half:.1f}" y="{MARGIN}" width="{half * 2:.1f}" '
        f'height="{BOX_HEIGHT}" rx="{BOX_HEIGHT / 2}"/>',
    ]
    if final:
        parts.append(
            f'<rect class="ring" x="{x - half + 3:.1f}" y="{MARGIN + 3}" '
            f'width="{half * 2 - 6:.1f}" height="{BOX_HEIGHT - 6}" rx="{BOX_HEIGHT / 2 - 3}"/>'
        )
    y = MARGIN + BOX_HEIGHT / 2 + 4.5
    parts.append(f'<text class="name" x="{x:.1f}" y="{y}">{escape(label)}</text>')
    return parts


def _row(row: Row, middle: list[float], y: float) -> list[str]:
    target = middle[row.target]
    if row.left == row.right:
        return _loop(row, target, y)
    far = max(row.sources, key=lambda source: abs(source - row.target))
    forward = middle[far] < target
    tip = target - 3 if forward else target + 3
    wing = tip - 8 if forward else tip + 8
    parts = [
        f'<line class="move" x1="{middle[far]:.1f}" x2="{wing:.1f}" y1="{y}" y2="{y}"/>',
        f'<path class="tip" d="M{tip:.1f} {y} L{wing:.1f} {y - 4.5} L{wing:.1f} {y + 4.5} Z"/>',
    ]
    for source in row.sources:
        parts.append(f'<circle class="dot" cx="{middle[source]:.1f}" cy="{y}" r="4"/>')
    x = middle[row.left] + 10
    parts.append(f'<text class="input" x="{x:.1f}" y="{y - 8}">{escape(row.label)}</text>')
    return parts


def _loop(row: Row, x: float, y: float) -> list[str]:
    """Draw an input after which the state is the same: a hook back to the state's line."""
    tip, low = x + 3, y + 14
    return [
        f'<path class="move" fill="none" d="M{x:.1f} {y} H{x + 26:.1f} V{low} H{tip + 8:.1f}"/>',
        f'<path class="tip" d="M{tip:.1f} {low} L{tip + 8:.1f} {low - 4.5} '
        f'L{tip + 8:.1f} {low + 4.5} Z"/>',
        f'<circle class="dot" cx="{x:.1f}" cy="{y}" r="4"/>',
        f'<text class="input" x="{x + 10:.1f}" y="{y - 8}">{escape(row.label)}</text>',
    ]


class Statechart(Directive):
    """Draws the table that its argument names."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the drawing."""
        try:
            table = load(self.arguments[0])
        except (ImportError, AttributeError, ValueError) as error:
            raise self.error(f"no transition table: {error}") from error
        html = f'<div class="statechart-frame" tabindex="0">\n{draw(table)}\n</div>'
        return [nodes.raw("", html, format="html")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and its style sheet."""
    app.add_directive("statechart", Statechart)
    app.add_css_file("statecharts.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
