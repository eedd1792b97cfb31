"""What both drivers are without colour: their core, the log of requests, and when a server is done.

Nothing here waits, and nothing here is locked: the drivers call it where they hold what they need.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

from sio_core import Reason, engineio
from sio_core.engineio import Exchange, Session, Sink
from sio_core.repeats import Repeats
from sio_core.slices import Slices

from ..log.journal import HANDLERS_FULL

EventT = TypeVar("EventT")

LONG = 65_536
"""Characters or bytes of a message, or of a request's body, beyond which it is decoded in slices:
as many as may take a few milliseconds."""
SHUTTING_DOWN = "server shutting down"
"""What the log and a disconnect handler's reason say of a session that ends with its server."""
ENDED_AT_ONCE = 500
"""Clients that are told of the end before others have their turn: each takes 15 µs or more."""
CUT_OFF = Reason("forced close", SHUTTING_DOWN)
"""Why a session ends that is left when the time of a shutdown is over."""


class Core(Protocol[EventT]):
    """A sans-I/O server: `sio_core.engineio.Server`, or one that is built on it.

    One that has timers of its own makes them with `Timers(engine.timers.moves)`: a driver looks
    at the deadlines only when that has counted.
    """

    @property
    def decodes_itself(self) -> bool: ...
    def decode(self, events: list[engineio.Event]) -> list[Any]: ...
    def decode_in_slices(self, events: list[engineio.Event]) -> Slices[list[Any]]: ...
    def process(self, events: Iterable[Any], now: float) -> list[EventT]: ...
    def next_deadline(self) -> float | None: ...
    def handle_timeout(self, now: float) -> list[EventT]: ...
    def take_ready(self) -> list[Sink]: ...


class RequestLog:
    """Writes what clients can cause again and again: each kind of line in full once a minute."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._repeats = Repeats()

    def refusal(self, exchange: Exchange, now: float) -> None:
        """Say why a request was refused, if it was."""
        refusal = exchange.refusal
        if refusal is not None:
            kind, text = refusal.context, refusal.explanation
            self._repeats.log(self._log.warning, kind, now, "request refused: %s", text)

    def handlers_full(self, now: float) -> None:
        """Say that a client has to wait for its handlers."""
        self._repeats.log(self._log.warning, HANDLERS_FULL, now, HANDLERS_FULL)


def sessions_of(engine: engineio.Server) -> list[Session]:
    """Return the sessions at the moment; another thread may open and end some meanwhile."""
    return list(engine.sessions.copy().values())


def some_await_their_end(engine: engineio.Server) -> bool:
    """Return true while some client that can be told of the server's end was not."""
    return any(not _was_told(session) for session in sessions_of(engine))


def _was_told(session: Session) -> bool:
    """Tell whether a client has got its end, or is on polling and has never fetched anything."""
    if session.link is None:
        return not session.polled
    connection = session.link.driver
    told: bool = connection is not None and connection.end_sent
    return told
