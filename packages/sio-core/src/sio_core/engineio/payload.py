"""Several packets in one HTTP body (Engine.IO protocol 4, "HTTP long-polling").

Packets are joined by U+001E; a binary message is the letter `b` and base64.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence

from ..prepared import SEPARATOR, Prepared
from ..protocol_errors import DecodeError
from ..values import Frame

TEXT = "text/plain; charset=UTF-8"


def encode_payload(messages: Sequence[Prepared]) -> tuple[bytes, str]:
    """Return the body that carries `messages`, and its content type."""
    if len(messages) == 1:
        return messages[0].payload(), TEXT
    return SEPARATOR.join([message.payload() for message in messages]), TEXT


def decode_payload(body: bytes, max_packets: int) -> list[Frame]:
    """Return the packets of `body`: text with its type in front, or the bytes of a message.

    Raises `DecodeError` for anything that is not a payload; nothing of it is
    then to be used.
    """
    if body.count(SEPARATOR) >= max_packets:
        raise DecodeError("too many packets in one payload")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise DecodeError("payload is not UTF-8") from None
    return [_decode(packet) for packet in text.split("\x1e")]


def _decode(packet: str) -> Frame:
    if packet[:1] != "b":
        return packet
    try:
        return b64decode(packet[1:], validate=True)
    except (Base64Error, ValueError):
        raise DecodeError("binary packet is not base64") from None
