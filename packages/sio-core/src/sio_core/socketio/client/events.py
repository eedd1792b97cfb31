"""What a Socket.IO client reports, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ...engineio.client.events import TransportUpgraded
from ...reasons import Reason
from .socket import ClientSocket

# Not frozen at run time: see sio_core.engineio.session.


@dataclass(slots=True)
class AttemptDue:
    """Call `Client.attempt`, or `Client.attempt_failed` when that cannot be done.

    `number` is 0 for the first connection, and counts from 1 the attempts in a
    row to connect again.
    """

    number: int


@dataclass(slots=True)
class Connected:
    """The server accepted a namespace."""

    socket: ClientSocket


@dataclass(slots=True)
class ConnectRefused:
    """The server refused a namespace; `data` is what it said, text or a `dict`."""

    socket: ClientSocket
    data: Any = field(repr=False)


@dataclass(slots=True)
class AttemptSucceeded:
    """The attempt succeeded: every namespace that was asked for is connected."""


@dataclass(slots=True)
class Failure:
    """A `Failure` says why an attempt failed.

    Either the connection did (`reason`, and `cause`, `status`, `body` as far as
    there are), or some namespaces did: `namespaces` has what the server said
    of each, None for those in `unanswered`, which were not answered in time.
    `server` is for whoever knows its host and port to fill in, for messages.
    """

    reason: Reason
    cause: Any = None
    status: int | None = None
    body: bytes = field(default=b"", repr=False)
    namespaces: Mapping[str, Any] = field(default_factory=dict)
    unanswered: tuple[str, ...] = ()
    server: str = ""


@dataclass(slots=True)
class AttemptFailed:
    """An attempt failed; `retry_in` are the seconds to the next one, None if there is none.

    `asked` are the namespaces that were asked for.
    """

    failure: Failure
    asked: tuple[str, ...]
    retry_in: float | None


@dataclass(slots=True)
class ServerEventReceived:
    """The server sent an event; with `ack_id` it wants `Client.ack` to be called once.

    `size` is how many bytes came for it, a character of text being one; 0 where nobody counted.
    """

    socket: ClientSocket
    name: Any
    args: list[Any] = field(repr=False)
    ack_id: int | None
    size: int = field(default=0, compare=False, repr=False)


@dataclass(slots=True)
class ServerAckReceived:
    """The server acknowledged the event that was sent with `token`."""

    socket: ClientSocket
    token: Any
    args: list[Any] = field(repr=False)


@dataclass(slots=True)
class ServerAckTimedOut:
    """The acknowledgement of `token` did not come in time; it never will."""

    socket: ClientSocket
    token: Any


@dataclass(slots=True)
class ServerAckAborted:
    """The namespace was left before the event sent with `token` was acknowledged."""

    socket: ClientSocket
    token: Any


@dataclass(slots=True)
class NamespaceLeft:
    """A namespace that was connected was left, for `reason`."""

    socket: ClientSocket
    reason: Reason


@dataclass(slots=True)
class Reconnecting:
    """The connection broke, because of `reason`; the next attempt is `delay` seconds away."""

    delay: float
    reason: Reason


@dataclass(slots=True)
class Ended:
    """The client has no connection, and makes none until `Client.connect` is called again."""

    reason: Reason


ClientEvent: TypeAlias = (
    AttemptDue
    | Connected
    | ConnectRefused
    | AttemptSucceeded
    | AttemptFailed
    | ServerEventReceived
    | ServerAckReceived
    | ServerAckTimedOut
    | ServerAckAborted
    | NamespaceLeft
    | Reconnecting
    | TransportUpgraded
    | Ended
)
