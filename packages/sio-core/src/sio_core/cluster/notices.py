"""What is reported later than it happened, and not too often."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..timers import Timed, Timers
from .events import MessageRefused, PublicationsDropped, Refusal

if TYPE_CHECKING:
    from .events import NodeEvent

DROPPED_EVERY = 1.0
REFUSED_EVERY = 60.0
"""Seconds between two events of a kind."""


@dataclass(slots=True)
class Counters:
    """What a node has counted since it was made.

    `received` are messages from the broker, among them its `own`, `duplicates`, those that are
    `unconcerning`, since no local client is to get them, those of an `unknown` kind, and by reason
    those that were `refused`. `published` are messages that the broker took, `dropped` those that
    it did not get.
    """

    received: int = 0
    own: int = 0
    duplicates: int = 0
    unconcerning: int = 0
    unknown: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    published: int = 0
    dropped: int = 0

    def copy(self) -> Counters:
        """Return the counters as they are now."""
        return Counters(
            self.received,
            self.own,
            self.duplicates,
            self.unconcerning,
            self.unknown,
            dict(self.refused),
            self.published,
            self.dropped,
        )


class Notices(Timed):
    """Events that wait for the next `handle_timeout`, and how often others may come."""

    __slots__ = (
        "_detail",
        "_dropped",
        "_later",
        "_next_dropped",
        "_refused",
        "_timers",
        "counters",
    )

    def __init__(self, timers: Timers[NodeEvent]) -> None:
        super().__init__()
        self.counters = Counters()
        self._timers = timers
        self._later: list[NodeEvent] = []
        self._dropped = 0
        self._detail = ""
        self._next_dropped = float("-inf")
        # When the next event for a reason may come, and how many there were since the last.
        self._refused: dict[Refusal, tuple[float, int]] = {}

    def later(self, event: NodeEvent) -> None:
        """Report `event` at the next `handle_timeout`."""
        self._later.append(event)
        self._timers.set(self, float("-inf"))

    def dropped(self, why: str, now: float) -> None:
        """Count a publication that is dropped, and report it."""
        self.counters.dropped += 1
        self._dropped += 1
        self._detail = why
        if self.due is None:
            self._timers.set(self, max(now, self._next_dropped))

    def refused(self, reason: Refusal, detail: str, now: float) -> list[NodeEvent]:
        """Count a message that is refused. Returns the event that says so, when it is time."""
        self.counters.refused[reason] = self.counters.refused.get(reason, 0) + 1
        when, count = self._refused.get(reason, (now, 0))
        if now < when:
            self._refused[reason] = (when, count + 1)
            return []
        self._refused[reason] = (now + REFUSED_EVERY, 0)
        return [MessageRefused(reason, detail, count + 1)]

    def deadline_passed(self, now: float) -> list[NodeEvent]:
        """Report what waits."""
        events, self._later = self._later, []
        if self._dropped:
            if now < self._next_dropped:
                self._timers.set(self, self._next_dropped)
            else:
                events.append(PublicationsDropped(self._dropped, self._detail))
                self._dropped = 0
                self._next_dropped = now + DROPPED_EVERY
        return events
