"""Polls that a close packet has overtaken: a client sent them before, on another connection."""

from __future__ import annotations

from ..timers import Timed, Timers
from .session import Event, Session

OVERTAKEN = 0.25
"""Seconds in which such a poll still comes; after twice as many none is expected any more."""


class LastPolls(Timed):
    """The polls that are expected of sessions which their clients have closed."""

    def __init__(self, timers: Timers[Event]) -> None:
        super().__init__()
        self._timers = timers
        # One deadline for all: those of before the last one, and those that came since.
        self._earlier: dict[str, Session] = {}
        self._recent: dict[str, Session] = {}

    def expect(self, session: Session, now: float) -> None:
        """Expect a poll of `session`, which is about to end, for a moment."""
        if not self._recent and not self._earlier:
            self._timers.set(self, now + OVERTAKEN)
        self._recent[session.sid] = session

    def take(self, sid: str) -> Session | None:
        """Return the session of a poll that has come; None if no poll is expected of it."""
        return self._recent.pop(sid, None) or self._earlier.pop(sid, None)

    def deadline_passed(self, now: float) -> list[Event]:
        """Expect those of before the last deadline no more."""
        self._earlier, self._recent = self._recent, {}
        if self._earlier:
            self._timers.set(self, now + OVERTAKEN)
        return []
