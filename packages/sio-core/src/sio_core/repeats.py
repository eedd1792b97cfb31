"""Log lines that a peer can cause again and again: it must not fill the log with them.

The first line of a kind is written in full. Of those that follow within a minute
there is a short line for the 10th, the 100th and so on, and the next one in full
says how many there were. Time is an argument, as everywhere in this package.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

WINDOW_SECONDS = 60.0
MAX_KINDS = 1000
"""Kinds that are remembered at the same time; past it all are forgotten."""


@dataclass(slots=True)
class _Window:
    ends: float
    count: int
    next_mark: int


class Repeats:
    """What one server or client has written lately, by kind.

    It may be used by several threads: the worst that happens is a line more.
    """

    def __init__(self, seconds: float = WINDOW_SECONDS) -> None:
        self._seconds = seconds
        self._windows: dict[Hashable, _Window] = {}

    def log(
        self,
        write: Callable[..., None],
        kind: Hashable,
        now: float,
        message: str,
        *args: Any,
        **more: Any,
    ) -> None:
        """Write a line with `write(message, *args, **more)`, if it is one of the first.

        `kind` says which lines are alike; peers must not be able to invent it. `write`
        is a method of a logger, `now` a time in seconds, `more` may be `exc_info`.
        """
        window = self._windows.get(kind)
        if window is None or now >= window.ends:
            if len(self._windows) >= MAX_KINDS:
                self._windows.clear()
            self._windows[kind] = _Window(now + self._seconds, 1, 10)
            left_out = 0 if window is None else window.count - 1
            if left_out:
                message += " (and %d times more since this was last written)"
                args = (*args, left_out)
            write(message, *args, **more)
            return
        window.count += 1
        if window.count >= window.next_mark:
            window.next_mark *= 10
            write(message + " (%d times within %g s)", *args, window.count, self._seconds)
