"""One connection as Socket.IO sees it: a session, its decoder and its namespaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Final, Protocol

from ..engineio.older_session import OlderTextSession
from ..engineio.session import Event as EngineEvent
from ..engineio.session import Session
from ..reasons import PARSE_ERROR, TRANSPORT_ERROR, Reason
from ..timers import Timed
from ..utf8 import utf8_size
from ..values import Frame
from .dialects import OLDER, TODAY, Dialect, OlderDecoder
from .events import Event
from .parsers.json_parser import JSONParser
from .parsers.parser import Decoder, Parser
from .socket import Socket


class Home(Protocol):
    """The `Server` of a connection, as the connection sees it."""

    @property
    def parser(self) -> Parser: ...
    def process(self, events: Iterable[EngineEvent], now: float) -> list[Event]: ...
    def request_timed_out(self, socket: Socket, now: float) -> list[Event]: ...


class Connection(Timed):
    """The namespaces of one connection; its deadline is that of a namespace or of attachments."""

    __slots__ = ("_counted", "_server", "decoder", "session", "sockets")

    dialect: ClassVar[Dialect] = TODAY
    """What its client speaks."""

    def __init__(self, server: Home, session: Session, decoder: Decoder) -> None:
        super().__init__()
        self.session = session
        self.decoder = decoder
        self.sockets: dict[str, Socket] = {}
        self._server = server
        self._counted = 0

    def count(self, frame: Frame) -> None:
        """Count the bytes of a packet that has not come whole; text begins one."""
        if isinstance(frame, str):
            self._counted = 1  # the type of the message, which `frame` is without
        self._counted += utf8_size(frame)

    def size_of(self, frame: Frame) -> int:
        """Return the bytes of the packet whose last frame is `frame`."""
        self.count(frame)
        size, self._counted = self._counted, 0
        return size

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


class OlderConnection(Connection):
    """The namespaces of a client of Socket.IO 1 or 2."""

    __slots__ = ()

    dialect = OLDER

    def __init__(self, server: Home, session: Session, decoder: Decoder) -> None:
        super().__init__(server, session, OlderDecoder(decoder))
        if isinstance(session, OlderTextSession):
            session.sends_json = type(server.parser) is JSONParser


CONNECTIONS: Final[Mapping[int, type[Connection]]] = {4: Connection, 3: OlderConnection}
"""By the number of the Engine.IO revision that a session speaks."""
