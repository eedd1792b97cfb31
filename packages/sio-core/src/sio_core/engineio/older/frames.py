"""The packets of Engine.IO protocol 3 that carry bytes, as WebSocket frames and in base64.

Engine.IO protocol 3, "Encoding": in front of the bytes stands the type of the packet, as a number;
in front of their base64 stand the letter `b` and the type, as a digit. Protocol 4, whose frames the
rest of this package knows, has messages of bytes alone and no type in front of them.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from ...protocol_errors import DecodeError
from ...values import Frame

MESSAGE = b"\x04"
"""In front of the bytes of a message."""
TEXT_MESSAGE = "b4"
"""In front of their base64."""
TYPES = "0123456"


def write_frame(frame: Frame) -> Frame:
    """Return the frame of protocol 3 for one of protocol 4."""
    return frame if isinstance(frame, str) else MESSAGE + frame


def write_text_frame(frame: Frame) -> str:
    """Return the frame of protocol 3 for one of protocol 4, for a peer that takes text alone."""
    return frame if isinstance(frame, str) else TEXT_MESSAGE + b64encode(frame).decode("ascii")


def read_frame(frame: Frame) -> Frame:
    """Return the frame of protocol 4 that says what `frame` says.

    Bytes behind another type than that of a message are dropped. Raises `DecodeError` for bytes
    without a type, and for what is not base64.
    """
    if isinstance(frame, bytes):
        return _packet(TYPES[frame[0]] if frame and frame[0] < len(TYPES) else "", frame[1:])
    if frame[:1] != "b":
        return frame
    try:
        content = b64decode(frame[2:], validate=True)
    except (Base64Error, ValueError):
        raise DecodeError("binary packet is not base64") from None
    return _packet(frame[1:2], content)


def _packet(kind: str, content: bytes) -> Frame:
    if kind == "4":
        return content
    if not kind or kind not in TYPES:
        raise DecodeError("unknown packet type")
    return kind
