"""One client in one namespace."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar, Protocol

from ..engineio.session import Session
from ..prepared import Prepared
from ..timers import Owner, Timed
from .acks import PendingAck
from .dialects import Dialect
from .state import SocketState


class Home(Owner[Any], Protocol):
    """The `Connection` of a socket, as the socket sees it."""

    dialect: ClassVar[Dialect]
    session: Session
    sockets: dict[str, Socket]

    def request_timed_out(self, socket: Socket, now: float) -> list[Any]:
        """Note that the connect request of `socket` was not answered in time. Returns events."""
        ...


class Socket(Timed):
    """A `Socket` is a client in one namespace, from its connect request until `release`.

    Its deadline is that of the application's answer to the request.

    `sid` is public and differs from the secret id of `session`. `rooms` are
    the rooms joined beside the two that every socket is in: everyone, and its
    own. `data` and `driver` belong to the application's side; the core never
    looks at them.
    """

    __slots__ = (
        "acks",
        "connection",
        "data",
        "driver",
        "held",
        "namespace",
        "personal",
        "rooms",
        "session",
        "sid",
        "state",
    )

    def __init__(self, connection: Home, namespace: str, sid: str) -> None:
        super().__init__()
        self.sid = sid
        self.namespace = namespace
        self.connection = connection
        self.session: Session = connection.session
        self.state = SocketState.REQUESTED
        self.rooms: dict[Hashable, None] | None = None
        self.personal = True
        self.held: list[Prepared] | None = []
        self.acks: dict[int, PendingAck[Any, Any]] | None = None
        self.data: dict[str, Any] | None = None
        self.driver: Any = None

    def __repr__(self) -> str:
        return f"<Socket {self.namespace!r} {self.state.value}>"

    @property
    def connected(self) -> bool:
        """True between `accept` and the end of the namespace."""
        return self.state is SocketState.CONNECTED

    def deadline_passed(self, now: float) -> list[Any]:
        """Report that the application did not answer the connect request in time."""
        return self.connection.request_timed_out(self, now)

    def send(self, message: Prepared) -> None:
        """Send one message, or hold it back until the connect request is accepted."""
        if self.held is None:
            self.session.send(message)
        elif self.state is SocketState.REQUESTED and not message.volatile:
            self.held.append(message)
