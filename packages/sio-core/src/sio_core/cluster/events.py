"""What a node reports, in the order in which it happened, and what is in it."""

from __future__ import annotations

import enum
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..prepared import Prepared
from ..socketio import Emit

# Not frozen at run time: see sio_core.engineio.session.


@dataclass(frozen=True, slots=True)
class AckAddress:
    """Where the acknowledgement of an event goes that came from another node: see `Node.ack`.

    `tag` is None where the event came in the form of python-socketio; `room` is what is to be sent
    back then.
    """

    host_id: str
    tag: str | None
    namespace: str
    number: int
    room: Any = None


@dataclass(frozen=True, slots=True)
class FindAddress:
    """Where the answer to `FindAsked` goes: see `Node.answer_find`."""

    tag: str
    number: int


class Refusal(enum.StrEnum):
    """Why a message from the broker was refused."""

    TOO_LARGE = "too large"
    PICKLE = "pickle"
    NOT_JSON = "not JSON"
    NOT_A_MESSAGE = "not a message"
    OTHER_SERIALIZER = "other serializer"
    OWN_ID = "own id"


@dataclass(slots=True)
class EmitReceived:
    """An event is to be sent to local clients.

    With `message`, that is what they get: hand it to `Server.finish_send` as
    `Delivery(emit, None, message)`; `emit` then has no arguments. Without it, send `emit`; where
    `ack` is not None with a token, and give each acknowledgement to `Node.ack`. Of the one client
    that it is for, say to `Node.no_ack` that it is not there, or leaves first.
    """

    emit: Emit
    message: Prepared | None = None
    ack: AckAddress | None = None


@dataclass(slots=True)
class RemoteAckReceived:
    """A client elsewhere acknowledged the event that was sent with `token`."""

    token: Any
    args: Sequence[Any] = field(repr=False)


@dataclass(slots=True)
class RemoteAckGivenUp:
    """Nothing more will be reported of `token`.

    Its time is over, the one client or its node is gone, or too many were pending.
    """

    token: Any


@dataclass(slots=True)
class DisconnectAsked:
    """A client is to be disconnected, if it is connected here."""

    sid: str
    namespace: str


@dataclass(slots=True)
class EnterAsked:
    """A client is to be put into `room`, if it is connected here."""

    sid: str
    namespace: str
    room: Hashable


@dataclass(slots=True)
class LeaveAsked:
    """A client is to be taken out of `room`, if it is connected here."""

    sid: str
    namespace: str
    room: Hashable


@dataclass(slots=True)
class CloseAsked:
    """All local clients are to be taken out of `room`."""

    namespace: str
    room: Hashable


@dataclass(slots=True)
class FindAsked:
    """Another node asks whether a client is connected here: answer with `Node.answer_find`."""

    sid: str
    namespace: str
    address: FindAddress


@dataclass(slots=True)
class Found:
    """The answer to `Node.find`: whether the client is connected to any node."""

    token: Any
    found: bool


@dataclass(slots=True)
class Told:
    """What another node tells all others by `Node.tell`; `tag` is its own.

    Whoever knows the `topic` checks `value`, which is what JSON can carry.
    """

    topic: str
    value: Any
    tag: str


@dataclass(slots=True)
class HealthChanged:
    """What is published comes back from the broker, or no longer; `detail` is for the log."""

    healthy: bool
    detail: str


@dataclass(slots=True)
class RoutingChanged:
    """Messages go only to the nodes that they concern from now on, or to all of them."""

    on: bool
    detail: str


@dataclass(slots=True)
class MessageRefused:
    """Messages from the broker were refused, `count` for this reason since this was last said.

    It is said once a minute at most for each reason. `detail` is fixed text for the log.
    """

    reason: Refusal
    detail: str
    count: int


@dataclass(slots=True)
class PublicationsDropped:
    """Messages were dropped before the broker had them; said once a second at most."""

    count: int
    detail: str


NodeEvent: TypeAlias = (
    EmitReceived
    | RemoteAckReceived
    | RemoteAckGivenUp
    | DisconnectAsked
    | EnterAsked
    | LeaveAsked
    | CloseAsked
    | FindAsked
    | Found
    | Told
    | HealthChanged
    | RoutingChanged
    | MessageRefused
    | PublicationsDropped
)
