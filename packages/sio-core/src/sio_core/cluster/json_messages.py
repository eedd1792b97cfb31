"""The messages of python-socketio 5.14 and later: all nodes read them, and write them where needed.

They are JSON objects with a `method`. Nodes of this project add `sequence`, the number of the
message, and have a method of their own, `node`: others ignore both. Bytes are taken out of the
data, as they are of a packet, and follow as base64; here that is so in acknowledgements too, with
`binary`.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..codecs.json import JSON
from ..limits import Limits
from ..protocol_errors import DecodeError, LocalProtocolError
from ..socketio import Emit
from ..socketio.parsers.binary import deconstruct, reconstruct
from .channels import room_of
from .events import AckAddress, CloseAsked, DisconnectAsked, EmitReceived, EnterAsked, LeaveAsked
from .routed_messages import ANSWER, GONE, HIGHEST, PRESENCE, QUESTION, TOLD

WORDS = (PRESENCE, QUESTION, ANSWER, GONE, TOLD)
"""The kinds of messages of nodes of this project that travel as JSON, too."""


@dataclass(slots=True)
class Callback:
    """An acknowledgement for the host that asked for `number`."""

    number: int
    args: list[Any] = field(repr=False)
    sender: str | None = None
    """The host that it is from, if that is a node of this project."""


@dataclass(slots=True)
class Probe:
    """A message that a node sends to itself."""

    number: int


@dataclass(slots=True)
class Word:
    """What a node of this project tells another: `head` is a routed one without host and number."""

    head: list[Any]


Content: TypeAlias = (
    EmitReceived | DisconnectAsked | EnterAsked | LeaveAsked | CloseAsked | Callback | Probe | Word
)


@dataclass(slots=True)
class JSONMessage:
    """What a message says: who sent it, its number if a node of this project did, and the rest.

    The host of a `Callback` is the one that it is for.
    """

    host_id: str
    sequence: int | None
    content: Content


# Writing ------------------------------------------------------------------------


def greeting(host_id: str) -> dict[str, Any]:
    """Return a message of a process to itself, the id of which is `host_id`: it means nothing.

    For brokers that do not say when a subscription is made: publish it until it comes. Servers of
    python-socketio take it for an acknowledgement of another one's.
    """
    message: dict[str, Any] = {"method": "callback", "host_id": host_id, "sid": None}
    return {**message, "namespace": "/", "id": 0, "args": [], "probe": True}


class JSONMessages:
    """Writes and reads messages with one JSON codec; `limits` bound what is read."""

    __slots__ = ("_codec", "_limits")

    def __init__(self, codec: JSON, limits: Limits) -> None:
        self._codec = codec
        self._limits = limits

    def text(self, message: dict[str, Any]) -> bytes:
        """Return `message` as it travels. Raises `LocalProtocolError` where JSON cannot."""
        return self._codec.dumps(message).encode()

    def emit(
        self, emit: Emit, host_id: str, sequence: int, ack: int | None
    ) -> tuple[dict[str, Any], bytes]:
        """Return the message for `emit`, and its text; `ack` is the number of its acknowledgement.

        Raises `LocalProtocolError` for what JSON cannot carry.
        """
        room = None if emit.to is None else _one_or_all(emit.to)
        message: dict[str, Any] = {
            "method": "emit",
            "event": emit.event,
            "data": list(emit.args),
            "binary": False,
            "namespace": emit.namespace,
            "room": room,
            "skip_sid": _one_or_all(emit.skip) if emit.skip else None,
            "callback": None if ack is None else [room, emit.namespace, ack],
            "host_id": host_id,
            "sequence": sequence,
        }
        if emit.volatile:
            message["volatile"] = True
        if not emit.compress:
            message["compress"] = False
        return self._with_bytes(message, "data")

    def callback(
        self, address: AckAddress, args: Sequence[Any], sender: str, sequence: int
    ) -> tuple[dict[str, Any], bytes]:
        """Return the message that acknowledges, and its text. Raises as `emit` does."""
        message = {
            "method": "callback",
            "host_id": address.host_id,
            "sid": address.room,
            "namespace": address.namespace,
            "id": address.number,
            "args": list(args),
            "sequence": sequence,
            "sender": sender,
        }
        return self._with_bytes(message, "args")

    def word(
        self, host_id: str, sequence: int, head: Sequence[Any]
    ) -> tuple[dict[str, Any], bytes]:
        """Return the message with a word for other nodes, and its text."""
        message = {
            "method": "node",
            "host_id": host_id,
            "sequence": sequence,
            "head": list(head),
        }
        return message, self.text(message)

    def _with_bytes(self, message: dict[str, Any], key: str) -> tuple[dict[str, Any], bytes]:
        if self._codec.refuses_bytes:
            try:
                return message, self.text(message)
            except LocalProtocolError:
                pass
        data, attachments = deconstruct(message[key], self._limits.json_depth)
        if attachments:
            message["binary"] = True
            message[key] = [data, *[b64encode(each).decode("ascii") for each in attachments]]
        return message, self.text(message)

    # Reading ----------------------------------------------------------------------

    def parse(self, payload: bytes) -> dict[str, Any]:
        """Return the object whose JSON a message is. Raises `DecodeError`."""
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            raise DecodeError("neither JSON nor UTF-8") from None
        message = self._codec.loads(text, self._limits)
        if not isinstance(message, dict):
            raise DecodeError("JSON, but no object")
        return message

    def read(self, given: Mapping[str, Any]) -> JSONMessage | None:
        """Return what a message says; None for a method that is not known.

        Raises `DecodeError`.
        """
        message: dict[str, Any] = given if isinstance(given, dict) else dict(given)
        host_id = _text(message, "host_id")
        sequence = message.get("sequence")
        if sequence is not None and (type(sequence) is not int or not 0 < sequence < HIGHEST):
            raise DecodeError("message with an impossible number")
        reader = _READERS.get(_text(message, "method"))
        return None if reader is None else JSONMessage(host_id, sequence, reader(message))


def _text(message: dict[str, Any], key: str) -> str:
    value = message.get(key)
    if type(value) is not str:
        raise DecodeError("message without a text that belongs there")
    return value


def _namespace(message: dict[str, Any]) -> str:
    namespace = message.get("namespace")
    if namespace is None:
        return "/"
    if type(namespace) is not str:
        raise DecodeError("message with an impossible namespace")
    return namespace


def _room(message: dict[str, Any]) -> Hashable:
    room = room_of(message.get("room"))
    if room is None:
        raise DecodeError("message without a room")
    return room


def _one_or_all(rooms: Collection[Hashable]) -> Any:
    """Return rooms as python-socketio writes them, one without a list around it."""
    if len(rooms) == 1:
        (room,) = rooms
        if not isinstance(room, tuple):  # which looks like several
            return room
    return list(rooms)


def _rooms(value: Any) -> tuple[Hashable, ...]:
    """Several rooms, or one."""
    if isinstance(value, list):
        return tuple([room_of(room) for room in value])
    return () if value is None else (room_of(value),)


def _values(message: dict[str, Any], key: str) -> list[Any]:
    """What an event or an acknowledgement carries, with its bytes in their places."""
    data = message.get(key)
    if not isinstance(data, list):
        return [data]
    if not message.get("binary"):
        return data
    if not data or not isinstance(data[0], list):
        raise DecodeError("binary message without data")
    try:
        attachments = [b64decode(each, validate=True) for each in data[1:]]
    except (TypeError, ValueError):
        raise DecodeError("attachment that is not base64") from None
    values: list[Any] = reconstruct(data[0], attachments)
    return values


def _emit(message: dict[str, Any]) -> EmitReceived:
    namespace = _namespace(message)
    room = message.get("room")
    to: Collection[Hashable] | None = None if room is None else _rooms(room)
    emit = Emit(
        _text(message, "event"),
        _values(message, "data"),
        namespace,
        to,
        _rooms(message.get("skip_sid")),
        message.get("volatile") is True,
        message.get("compress") is not False,
    )
    asked = message.get("callback")
    if asked is None:
        return EmitReceived(emit)
    if not isinstance(asked, list) or len(asked) != 3 or type(asked[2]) is not int:
        raise DecodeError("message with an impossible callback")
    host_id = _text(message, "host_id")
    return EmitReceived(emit, ack=AckAddress(host_id, None, namespace, asked[2], asked[0]))


def _callback(message: dict[str, Any]) -> Callback | Probe:
    number = message.get("id")
    if type(number) is not int:
        raise DecodeError("callback without a number")
    if message.get("probe") is True:
        return Probe(number)
    sender = _text(message, "sender") if "sender" in message else None
    return Callback(number, _values(message, "args"), sender)


def _disconnect(message: dict[str, Any]) -> DisconnectAsked:
    return DisconnectAsked(_text(message, "sid"), _namespace(message))


def _enter(message: dict[str, Any]) -> EnterAsked:
    return EnterAsked(_text(message, "sid"), _namespace(message), _room(message))


def _leave(message: dict[str, Any]) -> LeaveAsked:
    return LeaveAsked(_text(message, "sid"), _namespace(message), _room(message))


def _close(message: dict[str, Any]) -> CloseAsked:
    return CloseAsked(_namespace(message), _room(message))


def _word(message: dict[str, Any]) -> Word:
    head = message.get("head")
    if not isinstance(head, list) or not head or head[0] not in WORDS:
        raise DecodeError("word of a node without a head")
    if message.get("sequence") is None:
        raise DecodeError("word of a node without a number")
    return Word(head)


_READERS = {
    "emit": _emit,
    "callback": _callback,
    "disconnect": _disconnect,
    "enter_room": _enter,
    "leave_room": _leave,
    "close_room": _close,
    "node": _word,
}
