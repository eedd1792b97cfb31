"""How long output may wait for a client that does not take it."""

from __future__ import annotations

import math
from typing import Generic, Protocol, TypeVar

from ..prepared import Prepared
from ..reasons import TRANSPORT_ERROR, Reason
from ..timers import Timed, Timers
from .config import Config

EventT = TypeVar("EventT")

TOO_SLOW = "client did not take what waits for it in time"
TOO_MANY_BYTES = Reason(TRANSPORT_ERROR, "too many bytes wait for a slow client")
TOO_MANY_MESSAGES = Reason(TRANSPORT_ERROR, "too many messages wait for a slow client")
LENIENCE = 10
"""How many times `max_queue_messages` wait for a client that has just not come to fetch them."""


def past_limits(config: Config, count: int, size: int, *, full: bool) -> Reason | None:
    """Return why a client has to go for which `count` messages of `size` bytes wait, or None.

    One whose socket is `full` has had its time, and so has one that did not come for ten times as
    many; another one may not have had the chance to fetch any.
    """
    if size > config.max_queue_bytes:
        return TOO_MANY_BYTES
    if count >= config.max_queue_messages * (1 if full else LENIENCE):
        return TOO_MANY_MESSAGES
    return None


class Home(Protocol[EventT]):
    """What the watch needs of the server."""

    config: Config
    timers: Timers[EventT]


class Watched(Protocol[EventT]):
    """What it needs of the session."""

    outbox: list[Prepared]

    @property
    def outbound_full(self) -> bool: ...
    def end(self, now: float, reason: Reason) -> list[EventT]: ...


class SlowClientWatch(Timed, Generic[EventT]):
    """Watches one session that has much in its outbox, until the client takes that.

    The outbox is always taken as a whole: while the same message is the first one, the client
    has taken nothing.
    """

    __slots__ = ("_first", "_outbox", "_server", "_session")

    def __init__(self, server: Home[EventT], session: Watched[EventT]) -> None:
        super().__init__()
        self._server = server
        self._session = session
        self._outbox: list[Prepared] | None = None
        self._first: Prepared | None = None

    def begin(self, now: float = -math.inf) -> None:
        """Watch from `now` on; without it, from the next `handle_timeout` on, which is due.

        A client that is watched goes on being watched, unless it has taken something since: then
        the time begins anew.
        """
        if self.due is not None and (self._outbox is None or self._has_taken_nothing):
            return
        if now > -math.inf:
            self._note(now)
        else:
            self._outbox = None
            self._server.timers.set(self, now)

    def deadline_passed(self, now: float) -> list[EventT]:
        """Begin, go on if the client has taken something meanwhile, or end the session."""
        session = self._session
        if self._has_taken_nothing:
            return session.end(now, Reason(TRANSPORT_ERROR, TOO_SLOW))
        if session.outbound_full:
            self._note(now)
        return []

    def stop(self) -> None:
        """Stop watching: the session is over."""
        self._server.timers.cancel(self)

    @property
    def _has_taken_nothing(self) -> bool:
        """True if what was the first message when the watch began still is."""
        outbox = self._session.outbox
        return self._outbox is outbox and bool(outbox) and outbox[0] is self._first

    def _note(self, now: float) -> None:
        self._outbox = self._session.outbox
        self._first = self._outbox[0]
        self._server.timers.set(self, now + self._server.config.slow_client_timeout)
