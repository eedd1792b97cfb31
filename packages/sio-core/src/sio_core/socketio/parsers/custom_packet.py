"""Packet classes: an application's own wire format, as `serializer=` takes it.

`Packet` is the default format as an object that can be encoded, decoded and subclassed. A
`PacketClassParser` lets a server or a client speak whatever a subclass does.
"""

from __future__ import annotations

import json as _json
from collections.abc import Sequence
from typing import Any

from ...codecs.choose_json import json_of
from ...codecs.json import StdlibJSON
from ...limits import TRUSTED
from ...protocol_errors import DecodeError
from ...values import Frame
from .binary import deconstruct, reconstruct
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

packet_names = [kind.name for kind in PacketType]
"""The names of the packet types, by number."""

_BINARY = {EVENT: BINARY_EVENT, ACK: BINARY_ACK}
PLAIN = {BINARY_EVENT: EVENT, BINARY_ACK: ACK}
_BYTES = (bytes, bytearray, memoryview)


class PacketError(DecodeError, ValueError):
    """This is raised where what was to be decoded is not a packet."""


class Packet:
    """A `Packet` is one Socket.IO packet in the default format; derive from it for another.

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
            if self.packet_type not in _BINARY and self.packet_type not in PLAIN:
                raise ValueError("only events and acknowledgements can carry bytes")
            self.packet_type = _BINARY.get(self.packet_type, self.packet_type)
        if encoded_packet is not None:
            self.attachment_count = self.decode(encoded_packet) or 0

    def encode(self) -> Any:
        """Return the packet as one frame, or as a list of its text frame and its attachments.

        Raises ValueError for data that the format cannot carry.
        """
        kind = PLAIN.get(self.packet_type, self.packet_type)
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
        # A list and no recursion, since data may nest deeper than Python's calls may.
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

    @classmethod
    def deconstruct_binary(cls, data: Any) -> tuple[Any, list[bytes]]:
        """Return a copy of `data` with placeholders for its bytes, and these: the attachments."""
        return deconstruct(data, TRUSTED.json_depth)

    @classmethod
    def reconstruct_binary(cls, data: Any, attachments: Sequence[bytes]) -> Any:
        """Return `data`, which is changed, with `attachments` in the place of placeholders.

        Raises ValueError for a placeholder that names no attachment.
        """
        try:
            return reconstruct(data, attachments)
        except DecodeError as error:
            raise PacketError(str(error)) from None

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
        # To read the signature of `dumps` takes longer than encoding, so each class does it once.
        made: tuple[Any, JSONParser] | None = cls.__dict__.get("_made")
        if made is None or made[0] is not cls.json:
            parser = JSONParser(json_of(cls.json), TRUSTED, max_attachments_out=None)
            made = (cls.json, parser)
            cls._made = made
        return made[1]

    _made: tuple[Any, JSONParser]


# `PacketClassParser` has limits of its own.
_DEFAULT = JSONParser(StdlibJSON(), TRUSTED, max_attachments_out=None)


__all__ = [
    "ACK",
    "BINARY_ACK",
    "BINARY_EVENT",
    "CONNECT",
    "CONNECT_ERROR",
    "DISCONNECT",
    "EVENT",
    "Packet",
    "PacketError",
    "packet_names",
]
