"""What a node waits for when its broker is back: the other nodes, which come back one by one.

A broker forgets what is published while nobody hears it. So what was kept for the others, and what
is said next, is held back until each node that was there has been heard of again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..timers import Timed, Timers

if TYPE_CHECKING:
    from .events import NodeEvent
    from .outbox import Outbox

SECONDS = 2.0
"""Seconds for which the others are waited for, from the time when this node hears again."""


class Reunion(Timed):
    """The nodes that were there when the connection was lost, and have not been heard of since."""

    __slots__ = ("_absent", "_outbox", "_timers")

    def __init__(self, timers: Timers[NodeEvent], outbox: Outbox) -> None:
        super().__init__()
        self._timers = timers
        self._outbox = outbox
        self._absent: set[str] = set()

    def lost(self, tags: Iterable[str]) -> None:
        """Note that the connection is lost, and which nodes there are."""
        self._absent.update(tags)
        self._timers.cancel(self)
        self._outbox.held = bool(self._absent)

    def begin(self, now: float) -> None:
        """Note that this node hears again, and has asked who else is there."""
        if self._absent:
            self._timers.set(self, now + SECONDS)

    def heard(self, tag: str) -> None:
        """Note that a node has said that it is there, or that it is gone."""
        if self._absent:
            self._absent.discard(tag)
            if not self._absent:
                self.end()

    def end(self) -> None:
        """Hold nothing back any more."""
        self._absent.clear()
        self._timers.cancel(self)
        self._outbox.held = False

    def deadline_passed(self, now: float) -> list[NodeEvent]:
        """Wait no longer for those who did not come back."""
        self.end()
        return []
