"""The lines of a driver, and the earliest of their deadlines, as both drivers have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic

from sio_core import socketio
from sio_core.socketio import ClientEvent

from ..attempts.attempt import Attempt
from .line import Line, LineDriver, PipeT

NEVER = float("inf")


class Lines(Generic[PipeT]):
    """The line in use, and those whose connection is let go of but not over yet."""

    def __init__(self) -> None:
        self.current: Line[PipeT] | None = None
        """The line of the newest attempt, also when it is over."""
        self._all: list[Line[PipeT]] = []

    def __iter__(self) -> Iterator[Line[PipeT]]:
        return iter(tuple(self._all))

    def __bool__(self) -> bool:
        return bool(self._all)

    def begin(self, driver: LineDriver[PipeT], attempt: Attempt, now: float) -> None:
        """Go over to a new line, which carries `attempt`."""
        self.current = line = Line(driver, attempt)
        self._all.append(line)
        line.carry_out(now)

    def forget(self, line: Line[PipeT]) -> None:
        """Forget a line that is finished; it stays `current` until there is another."""
        if line in self._all:
            self._all.remove(line)

    def clear(self) -> None:
        """Forget every line."""
        self.current = None
        self._all.clear()

    def next_deadline(self, core: socketio.Client) -> float:
        """The earliest deadline of the core and the attempts; `NEVER` if there is none."""
        due = core.next_deadline()
        earliest = NEVER if due is None else due
        for line in self._all:
            due = line.engine.next_deadline()
            if due is not None and due < earliest:
                earliest = due
        return earliest

    def handle_timeout(self, core: socketio.Client, now: float) -> list[ClientEvent]:
        """Have the core and the attempts act on every deadline up to `now`."""
        events = core.handle_timeout(now)
        for line in self:
            events += line.attempt.handle_timeout(now)
        return events
