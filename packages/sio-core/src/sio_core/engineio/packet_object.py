"""Packets as objects, for programs that make and read single packets themselves.

A server or client does not use them for its own packets: those are `Prepared`. What a message
carries is here as python-engineio has it: text, bytes, or what JSON can say.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Any, Final

from ..codecs.choose_json import json_of
from ..codecs.json import JSON
from ..limits import TRUSTED, Limits
from ..protocol_errors import DecodeError
from ..values import Frame
from .packets import MESSAGE as MESSAGE_TYPE
from .packets import PacketType

OPEN: Final = 0
CLOSE: Final = 1
PING: Final = 2
PONG: Final = 3
MESSAGE: Final = 4
UPGRADE: Final = 5
NOOP: Final = 6

packet_names = [kind.name for kind in PacketType]
"""The names of the packet types, by number."""

binary_types = (bytes, bytearray)
"""What a binary message may be made of."""


class PacketError(DecodeError, ValueError):
    """This is raised where what was to be decoded is not a packet."""


def encode_data(data: Any, codec: JSON) -> str:
    """Return the text of a message with `data`: JSON for a list or a dictionary, else `str`.

    None is an empty text. Raises `ValueError` for what JSON cannot carry.
    """
    if isinstance(data, str):
        return data
    if isinstance(data, dict | list):
        return codec.dumps(data)
    return "" if data is None else str(data)


def decode_data(text: str, codec: JSON, limits: Limits) -> Any:
    """Return what the text of a message says: the value of JSON other than a number, or the text.

    A text of digits stays one, since nobody can tell whether it was meant as a number.
    """
    # What else JSON may begin with is a blank, or a number. A look at the first character spares
    # ordinary text the attempt.
    if text[:1] not in '{["tfn \t\n\r' or not text:
        return text
    try:
        value = codec.loads(text, limits)
    except DecodeError:
        return text
    return text if isinstance(value, int | float) and not isinstance(value, bool) else value


class Packet:
    """A `Packet` is one packet of Engine.IO: a number of 0 to 6 as its type, and data.

    For example `Packet(MESSAGE, {"a": 1}).encode()` is `'4{"a":1}'`, and
    `Packet(encoded_packet="4hello").data` is `'hello'`. Raises `ValueError` for bytes in a packet
    that is no message, and for an `encoded_packet` that is none.
    """

    json: Any = None
    """What makes JSON, with `dumps` and `loads`; None: the fastest codec that is installed."""

    packet_type: int
    data: Any
    binary: bool

    def __init__(
        self,
        packet_type: int = NOOP,
        data: Any = None,
        encoded_packet: Frame | bytearray | None = None,
    ) -> None:
        self.packet_type = packet_type
        self.data = data
        self.binary = isinstance(data, binary_types)
        if self.binary and packet_type != MESSAGE:
            raise ValueError("only a message can carry bytes")
        if encoded_packet is not None:
            self.decode(encoded_packet)

    def encode(self, b64: bool = False) -> Frame:
        """Return the packet as a WebSocket carries it, or with `b64` as polling does."""
        if self.binary:
            return "b" + b64encode(self.data).decode() if b64 else bytes(self.data)
        return f"{self.packet_type}{encode_data(self.data, json_of(self.json))}"

    def decode(self, encoded_packet: Frame | bytearray) -> None:
        """Become the packet that `encoded_packet` is. Raises `ValueError` if it is none."""
        self.binary = isinstance(encoded_packet, binary_types)
        if not isinstance(encoded_packet, str):
            self.packet_type, self.data = MESSAGE, bytes(encoded_packet)
            return
        if encoded_packet[:1] == "b":
            self.binary = True
            self.packet_type, self.data = MESSAGE, _from_base64(encoded_packet[1:])
            return
        kind = encoded_packet[:1]
        if kind not in PACKET_TYPES:
            raise PacketError("unknown packet type" if kind else "an empty text is no packet")
        self.packet_type = int(kind)
        self.data = encoded_packet[1:]
        if kind == MESSAGE_TYPE:
            self.data = decode_data(self.data, json_of(self.json), TRUSTED)


PACKET_TYPES: Final = frozenset(kind.value for kind in PacketType)


def _from_base64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise PacketError("binary packet is not base64") from None
