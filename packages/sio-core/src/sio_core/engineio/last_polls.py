"""Polls that a close packet has overtaken: a client sent them before, on another connection."""

from __future__ import annotations

from ..timers import Timed, Timers
from .session import Event, Session

OVERTAKEN = 0.25
"""Seconds in which such a poll still comes."""


class LastPoll(Timed):
    """The poll of a `session` that is over, until it comes or its time has passed."""

    __slots__ = ("_expected", "session")

    def __init__(self, session: Session, expected: dict[str, LastPoll]) -> None:
        super().__init__()
        self.session = session
        self._expected = expected

    def deadline_passed(self, now: float) -> list[Event]:
        """Expect it no more."""
        del self._expected[self.session.sid]
        return []


class LastPolls:
    """The polls that are expected of sessions which their clients have closed."""

    def __init__(self, timers: Timers[Event]) -> None:
        self._timers = timers
        self._expected: dict[str, LastPoll] = {}

    def expect(self, session: Session, now: float) -> None:
        """Expect a poll of `session`, which is about to end, for a moment."""
        last = self._expected[session.sid] = LastPoll(session, self._expected)
        self._timers.set(last, now + OVERTAKEN)

    def take(self, sid: str) -> Session | None:
        """Return the session of a poll that has come; None if no poll is expected of it."""
        last = self._expected.pop(sid, None)
        if last is None:
            return None
        self._timers.cancel(last)
        return last.session
