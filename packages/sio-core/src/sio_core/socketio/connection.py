"""One connection as Socket.IO sees it: a session, its decoder and its namespaces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ..engineio.session import Event as EngineEvent
from ..engineio.session import Session
from ..reasons import PARSE_ERROR, TRANSPORT_ERROR, Reason
from ..timers import Timed
from .dialects import Dialect
from .events import Event
from .parsers.parser import Decoder
from .socket import Socket


class Home(Protocol):
    """The `Server` of a connection, as the connection sees it."""

    def process(self, events: Iterable[EngineEvent], now: float) -> list[Event]: ...
    def request_timed_out(self, socket: Socket, now: float) -> list[Event]: ...


class Connection(Timed):
    """The namespaces of one connection; its deadline is that of a namespace or of attachments."""

    __slots__ = ("_server", "decoder", "dialect", "session", "sockets")

    def __init__(self, server: Home, session: Session, decoder: Decoder, dialect: Dialect) -> None:
        super().__init__()
        self.session = session
        self.dialect = dialect
        self.decoder = decoder
        self.sockets: dict[str, Socket] = {}
        self._server = server

    def request_timed_out(self, socket: Socket, now: float) -> list[Event]:
        """Note that the connect request of `socket` was not answered in time."""
        return self._server.request_timed_out(socket, now)

    def deadline_passed(self, now: float) -> list[Event]:
        """Close the connection: no namespace, or no attachment, came in time."""
        if self.decoder.pending:
            reason = Reason(PARSE_ERROR, "attachments did not come in time")
        elif self.sockets:
            return []
        else:
            reason = Reason(TRANSPORT_ERROR, "no namespace was requested in time")
        return self._server.process(self.session.end(now, reason), now)
