"""What a Socket.IO server reports, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from ..reasons import Reason

if TYPE_CHECKING:
    from ..engineio.session import Session
    from .socket import Socket

# Not frozen at run time: see sio_core.engineio.session.


@dataclass(slots=True)
class ConnectionOpened:
    """A client has a session; it has not asked for a namespace yet."""

    session: Session


@dataclass(slots=True)
class ConnectionUpgraded:
    """A connection went from polling to WebSocket; `sids` are those of its sockets."""

    session: Session
    sids: tuple[str, ...]


@dataclass(slots=True)
class ConnectionUpgradeFailed:
    """A connection stays on polling, since its WebSocket did not come about.

    `sids` are those of its sockets; `detail` is fixed text for the log.
    """

    session: Session
    sids: tuple[str, ...]
    detail: str


@dataclass(slots=True)
class ConnectionClosed:
    """The session of a client is over, for `reason`; `Disconnected` of its sockets came before."""

    session: Session
    reason: Reason


@dataclass(slots=True)
class ConnectRequested:
    """A client asks for a namespace: answer with `Server.accept` or `Server.refuse`, in time.

    `auth` is what the client sent with its request, a `dict` or None. The
    socket can already be joined to rooms and sent to; what it is sent waits
    for `accept`.
    """

    socket: Socket
    auth: dict[str, Any] | None = field(repr=False)


@dataclass(slots=True)
class ConnectTimedOut:
    """A connect request was not answered in time: the client was refused.

    Its `Disconnected` event comes next.
    """

    socket: Socket


@dataclass(slots=True)
class NamespaceRefused:
    """A client asked for a namespace that the server does not have, and was told so."""

    session: Session
    namespace: str


@dataclass(slots=True)
class EventReceived:
    """A client sent an event; with `ack_id` it wants `Server.ack` to be called once."""

    socket: Socket
    name: Any
    args: list[Any] = field(repr=False)
    ack_id: int | None


@dataclass(slots=True)
class AckReceived:
    """A client acknowledged the event that was sent with `token`; `ack_id` is its number."""

    socket: Socket
    token: Any
    args: list[Any] = field(repr=False)
    ack_id: int = field(default=0, compare=False)


@dataclass(slots=True)
class AckTimedOut:
    """The acknowledgement of `token` did not come in time; it never will."""

    socket: Socket
    token: Any


@dataclass(slots=True)
class AckAborted:
    """The client left before it acknowledged the event that was sent with `token`."""

    socket: Socket
    token: Any


@dataclass(slots=True)
class Disconnected:
    """A socket left its namespace: call `Server.release` once it is dealt with.

    Until then its sid still resolves and its rooms can be read. `accepted` is
    false when the connect request had not been answered yet.
    """

    socket: Socket
    reason: Reason
    accepted: bool


@dataclass(slots=True)
class RoomCreated:
    """The first socket joined `room`."""

    namespace: str
    room: Hashable


@dataclass(slots=True)
class RoomDeleted:
    """The last socket left `room`."""

    namespace: str
    room: Hashable


@dataclass(slots=True)
class Joined:
    """A socket joined `room`."""

    namespace: str
    room: Hashable
    sid: str


@dataclass(slots=True)
class Left:
    """A socket left `room`."""

    namespace: str
    room: Hashable
    sid: str


RoomEvent: TypeAlias = RoomCreated | RoomDeleted | Joined | Left

Event: TypeAlias = (
    ConnectionOpened
    | ConnectionUpgraded
    | ConnectionUpgradeFailed
    | ConnectionClosed
    | ConnectRequested
    | ConnectTimedOut
    | NamespaceRefused
    | EventReceived
    | AckReceived
    | AckTimedOut
    | AckAborted
    | Disconnected
)
