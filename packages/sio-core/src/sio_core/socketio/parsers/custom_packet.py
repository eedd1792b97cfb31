"""Packet classes: an application's own wire format, as `serializer=` takes it.

`Packet` is the default format as an object that can be encoded, decoded and
subclassed; `PacketClassParser` lets a server or a client speak whatever a subclass does.
What a peer sends never raises out of it, whatever the subclass does.
"""

from __future__ import annotations

import json as _json
from typing import Any

from ...codecs.choose_json import json_of
from ...codecs.json import StdlibJSON, refuse_deep
from ...limits import TRUSTED, Limits
from ...protocol_errors import DecodeError, LocalProtocolError
from ...values import Frame
from .depth import check_depth
from .json_parser import JSONDecoder, JSONParser
from .packets import (
    ACK,
    BINARY_ACK,
    BINARY_EVENT,
    CONNECT,
    CONNECT_ERROR,
    DISCONNECT,
    EVENT,
    PacketType,
)
from .packets import Packet as CorePacket
from .validation import packet_from_map

packet_names = [kind.name for kind in PacketType]
"""The names of the packet types, by number."""

_BINARY = {EVENT: BINARY_EVENT, ACK: BINARY_ACK}
_PLAIN = {BINARY_EVENT: EVENT, BINARY_ACK: ACK}
_BYTES = (bytes, bytearray, memoryview)


class PacketError(DecodeError, ValueError):
    """What was to be decoded is not a packet."""


class Packet:
    """One Socket.IO packet in the default format; subclass it to speak another.

    A subclass overrides `encode`, which returns one frame or a list of frames,
    and `decode`, which sets `packet_type`, `namespace`, `data` and `id` from one
    frame and returns how many attachments follow. With `uses_binary_events`
    false the format carries bytes itself and nothing follows.
    """

    uses_binary_events = True
    json: Any = _json

    packet_type: int
    data: Any
    namespace: str | None
    id: int | None
    attachment_count: int
    attachments: list[bytes]

    def __init__(
        self,
        packet_type: int = EVENT,
        data: Any = None,
        namespace: str | None = None,
        id: int | None = None,
        binary: bool | None = None,
        encoded_packet: Frame | None = None,
    ) -> None:
        self.packet_type = int(packet_type)
        self.data = data
        self.namespace = namespace
        self.id = id
        self.attachment_count = 0
        self.attachments = []
        self._decoder: JSONDecoder | None = None
        if self.uses_binary_events and (
            binary or (binary is None and self.data_is_binary(self.data))
        ):
            if self.packet_type not in _BINARY and self.packet_type not in _PLAIN:
                raise ValueError("only events and acknowledgements can carry bytes")
            self.packet_type = _BINARY.get(self.packet_type, self.packet_type)
        if encoded_packet is not None:
            self.attachment_count = self.decode(encoded_packet) or 0

    def encode(self) -> Any:
        """Return the packet as one frame, or as a list of its text frame and its attachments.

        Raises ValueError for data that the format cannot carry.
        """
        kind = _PLAIN.get(self.packet_type, self.packet_type)
        packet = CorePacket(kind, self.namespace or "/", self.data, self.id)
        frames = self._parser().encode(packet)
        return frames[0] if len(frames) == 1 else list(frames)

    def decode(self, encoded_packet: Frame) -> int | None:
        """Take the packet from one frame. Returns how many attachments follow it.

        Raises ValueError when the frame is not a packet.
        """
        decoder = self._parser().decoder()
        try:
            packet = decoder.add(encoded_packet)
        except DecodeError as error:
            raise PacketError(str(error)) from None
        count = 0
        self.packet_type = EVENT
        if packet is None:
            waiting = decoder.waiting
            assert waiting is not None
            packet, count = waiting
            self._decoder = decoder
            self.packet_type = _BINARY[packet.type]
        else:
            self.packet_type = packet.type
        self.namespace = None if packet.namespace == "/" else packet.namespace
        self.data, self.id = packet.data, packet.id
        return count

    def add_attachment(self, attachment: bytes) -> bool:
        """Take one attachment. Returns true when it was the last one, and `data` is complete.

        Raises ValueError for one that the packet does not wait for.
        """
        if self._decoder is None or len(self.attachments) >= self.attachment_count:
            raise PacketError("attachment without a packet")
        self.attachments.append(attachment)
        try:
            packet = self._decoder.add(attachment)
        except DecodeError as error:
            raise PacketError(str(error)) from None
        if packet is None:
            return False
        self._decoder = None
        self.data = packet.data
        return True

    @classmethod
    def data_is_binary(cls, data: Any) -> bool:
        """Return whether there are bytes anywhere in `data`."""
        # In a list of its own, not in calls: data may be deeper than Python lets calls be.
        left = [data]
        while left:
            value = left.pop()
            if isinstance(value, _BYTES):
                return True
            if isinstance(value, dict):
                left += value.values()
            elif isinstance(value, list | tuple):
                left += value
        return False

    def _to_dict(self) -> dict[str, Any]:
        """The packet as a dictionary, for formats that are one."""
        made = {"type": self.packet_type, "data": self.data, "nsp": self.namespace or "/"}
        if self.id is not None:
            made["id"] = self.id
        return made

    @classmethod
    def _parser(cls) -> JSONParser:
        if cls.json is _json:
            return _DEFAULT
        # Reading how `dumps` may be called takes longer than encoding: once a class is enough.
        made: tuple[Any, JSONParser] | None = cls.__dict__.get("_made")
        if made is None or made[0] is not cls.json:
            parser = JSONParser(json_of(cls.json), TRUSTED, max_attachments_out=None)
            made = (cls.json, parser)
            cls._made = made
        return made[1]

    _made: tuple[Any, JSONParser]


# `PacketClassParser` has limits of its own.
_DEFAULT = JSONParser(StdlibJSON(), TRUSTED, max_attachments_out=None)


class PacketClassParser:
    """A parser over a `Packet` subclass of the application.

    `json` becomes the class attribute of that name, for this parser alone.
    """

    __slots__ = ("_class", "_limits", "_max_attachments_out")

    def __init__(
        self,
        packet_class: type[Any],
        json: Any = None,
        limits: Limits | None = None,
        *,
        max_attachments_out: int | None = 10,
    ) -> None:
        for name in ("encode", "decode"):
            if not callable(getattr(packet_class, name, None)):
                raise ValueError(f"serializer {packet_class.__name__} has no method {name}()")
        if json is not None:
            packet_class = type(packet_class.__name__, (packet_class,), {"json": json})
        self._class = packet_class
        self._limits = Limits() if limits is None else limits
        self._max_attachments_out = max_attachments_out

    def encode(self, packet: CorePacket) -> tuple[Frame, ...]:
        """Return the frames that the class makes. What it raises becomes a `LocalProtocolError`."""
        try:
            made = self._class(
                packet.type, data=packet.data, namespace=packet.namespace, id=packet.id
            ).encode()
            frames = tuple(made) if isinstance(made, list | tuple) else (made,)
            frames = tuple(bytes(f) if isinstance(f, bytearray | memoryview) else f for f in frames)
        except LocalProtocolError:
            raise
        except Exception as error:  # the class is not ours: any exception may come
            raise LocalProtocolError(f"the serializer cannot encode it: {error}") from error
        if not frames or not all(isinstance(frame, str | bytes) for frame in frames):
            raise LocalProtocolError("encode() of a serializer must return str, bytes or a list")
        depth = self._limits.json_depth
        if sum(map(len, frames)) > depth:  # every level takes something
            check_depth(packet.data, depth)
        most = self._max_attachments_out
        if most is not None and len(frames) - 1 > most:
            raise LocalProtocolError(
                f"{len(frames) - 1} binary values in one packet, {most} are allowed: pack them "
                "into one bytes value, or raise max_attachments_out if all peers take more"
            )
        return frames

    def decoder(self) -> PacketClassDecoder:
        """Make a decoder for one new connection."""
        return PacketClassDecoder(self._class, self._limits)


class PacketClassDecoder:
    """The packets in the frames of one connection."""

    __slots__ = ("_capacity", "_class", "_limits", "_packet")

    def __init__(self, packet_class: type[Any], limits: Limits) -> None:
        self._class = packet_class
        self._limits = limits
        self._packet: Any = None
        self._capacity = 0  # bytes of attachments that may still come

    @property
    def pending(self) -> bool:
        """True while a packet waits for its binary attachments."""
        return self._packet is not None

    def add(self, frame: Frame) -> CorePacket | None:
        """Take one frame. Returns a packet, or None while attachments are missing.

        Raises `DecodeError` for whatever the class raises, and nothing else.
        """
        waiting, self._packet = self._packet, None
        try:
            return self._add(frame) if waiting is None else self._attach(waiting, frame)
        except DecodeError:
            raise
        except Exception:  # the class is not ours: any exception may come
            raise DecodeError("not a packet") from None

    def _add(self, frame: Frame) -> CorePacket | None:
        packet = self._class(encoded_packet=frame)
        count = packet.attachment_count
        if not count:
            return self._checked(packet)
        if count > self._limits.attachments:
            raise DecodeError("too many attachments")
        self._packet = packet
        self._capacity = self._limits.attachment_bytes
        return None

    def _attach(self, packet: Any, frame: Frame) -> CorePacket | None:
        if not isinstance(frame, bytes):
            raise DecodeError("text frame while attachments are missing")
        self._capacity -= len(frame)
        if self._capacity < 0:
            raise DecodeError("attachments are too large")
        if packet.add_attachment(frame):
            return self._checked(packet)
        self._packet = packet
        return None

    def _checked(self, packet: Any) -> CorePacket:
        kind = int(packet.packet_type)
        data = packet.data
        refuse_deep(data, self._limits.json_depth)
        return packet_from_map(
            {
                "type": _PLAIN.get(kind, kind),
                "nsp": packet.namespace or "/",
                "data": list(data) if isinstance(data, tuple) else data,
                "id": packet.id,
            },
            self._limits,
        )


__all__ = [
    "ACK",
    "BINARY_ACK",
    "BINARY_EVENT",
    "CONNECT",
    "CONNECT_ERROR",
    "DISCONNECT",
    "EVENT",
    "Packet",
    "PacketClassParser",
    "PacketError",
    "packet_names",
]
