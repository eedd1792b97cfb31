"""Payloads of Engine.IO protocol 3: packets with their lengths in front.

Engine.IO protocol 3, "Payload". A payload of text is `<length>:<packet>` and so on, where the
length counts UTF-16 code units, since that is what JavaScript strings are made of. A payload of
bytes has in front of each packet a byte that says whether it is text (0) or binary (1), its length
as digits, one byte of 0 to 9 each, and a byte 255. Text is UTF-8 there, and the length counts
bytes.
"""

from __future__ import annotations

import re

from ...protocol_errors import DecodeError
from ...utf8 import encode_utf8
from ...values import Frame
from .frames import read_frame, write_frame, write_text_frame

MAX_DIGITS = 10
"""Digits of a length."""
HEAD = MAX_DIGITS + 1
"""How long a length with the mark behind it may be."""
TEXT, BINARY, END = 0, 1, 255
"""Bytes of a binary payload: what comes before a length, and what behind it."""
_OPENS = re.compile(rb"(\d{1,10}:|\x00[\x00-\x09]{1,10}\xff)0")
_NUMBERS = bytes.maketrans(b"0123456789", bytes(range(10)))
_DIGITS = bytes.maketrans(bytes(range(10)), b"0123456789")

TOO_MANY = "too many packets in one payload"
NO_LENGTH = "payload has no length where one belongs"
CUT = "payload ends within a packet"
NOT_UTF8 = "payload is not UTF-8"


def write_text_packet(frame: Frame) -> bytes:
    """Return `frame`, one of protocol 4, as it stands in a payload of text."""
    text = write_text_frame(frame)
    if text.isascii():
        return b"%d:%b" % (len(text), text.encode())
    return b"%d:%b" % (len(text.encode("utf-16-le", "surrogatepass")) // 2, encode_utf8(text))


def write_binary_packet(frame: Frame) -> bytes:
    """Return `frame`, one of protocol 4, as it stands in a binary payload."""
    packet = write_frame(frame)
    kind, content = (TEXT, encode_utf8(packet)) if isinstance(packet, str) else (BINARY, packet)
    return b"%c%b\xff%b" % (kind, (b"%d" % len(content)).translate(_NUMBERS), content)


def opens_older_session(body: bytes) -> bool:
    """Return whether `body` begins as the first payload of a server that speaks protocol 3 does."""
    return _OPENS.match(body) is not None


def decode_payload(body: bytes, max_packets: int) -> list[Frame]:
    """Return the packets of `body` as frames of protocol 4; its first byte says which form it has.

    Raises `DecodeError` for anything that is not a payload; nothing of it is then to be used.
    """
    if body[:1] in (b"\x00", b"\x01"):
        return _decode_binary(body, max_packets)
    if not body:
        raise DecodeError("payload is empty")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise DecodeError(NOT_UTF8) from None
    units = b"" if text.isascii() else text.encode("utf-16-le")
    # Without characters of two units, which are rare, an index of the text is one of its units.
    if len(units) <= 2 * len(text):
        packets = _split(text, max_packets)
    else:
        packets = _split_units(units, max_packets)
    return [read_frame(packet) for packet in packets if packet]


def decode_payload_of_before_2015(body: bytes, max_packets: int) -> list[Frame]:
    """Do what `decode_payload` does for clients that encode text beyond ASCII twice.

    Those of JavaScript up to 1.7 do so in payloads of text.
    """
    packets = decode_payload(body, max_packets)
    if body[:1] in (b"\x00", b"\x01"):
        return packets
    return [_decode_again(packet) for packet in packets]


def _decode_again(packet: Frame) -> Frame:
    if isinstance(packet, bytes) or packet.isascii():
        return packet
    try:
        return packet.encode("latin-1").decode()
    except UnicodeError:
        return packet


def _split(text: str, max_packets: int) -> list[str]:
    packets: list[str] = []
    at, end = 0, len(text)
    while at < end:
        if len(packets) >= max_packets:
            raise DecodeError(TOO_MANY)
        head, colon, _ = text[at : at + HEAD].partition(":")
        start = at + len(head) + 1
        at = start + _read_length(head, colon)
        if at > end:
            raise DecodeError(CUT)
        packets.append(text[start:at])
    return packets


def _split_units(units: bytes, max_packets: int) -> list[str]:
    packets: list[str] = []
    at, end = 0, len(units)
    while at < end:
        if len(packets) >= max_packets:
            raise DecodeError(TOO_MANY)
        head, colon, _ = units[at : at + 2 * HEAD].decode("utf-16-le", "replace").partition(":")
        start = at + 2 * (len(head) + 1)
        at = start + 2 * _read_length(head, colon)
        if at > end:
            raise DecodeError(CUT)
        try:
            packets.append(units[start:at].decode("utf-16-le"))
        except UnicodeDecodeError:
            raise DecodeError("payload cuts a character in two") from None
    return packets


def _read_length(digits: str, colon: str) -> int:
    if not (colon and digits.isascii() and digits.isdigit()):
        raise DecodeError(NO_LENGTH)
    return int(digits)


def _decode_binary(body: bytes, max_packets: int) -> list[Frame]:
    packets: list[Frame] = []
    at, end = 0, len(body)
    while at < end:
        if len(packets) >= max_packets:
            raise DecodeError(TOO_MANY)
        kind = body[at]
        start = body.find(END, at + 1, at + 1 + HEAD) + 1
        digits = body[at + 1 : max(start - 1, 0)]
        if kind > BINARY or max(digits, default=END) > 9:
            raise DecodeError(NO_LENGTH)
        at = start + int(digits.translate(_DIGITS))
        if at > end:
            raise DecodeError(CUT)
        packets.append(_read_packet(kind, body[start:at]))
    return packets


def _read_packet(kind: int, content: bytes) -> Frame:
    if kind == BINARY:
        return read_frame(content)
    try:
        text = content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise DecodeError(NOT_UTF8) from None
    # As in JavaScript, half of a character becomes U+FFFD.
    return read_frame(text if text.isascii() else encode_utf8(text).decode())
