"""WebSocket frames as a server writes them: whole, unmasked, uncompressed.

RFC 6455, section 5.2. For drivers that own the socket: one broadcast is framed
once and written to every connection as it is.
"""

from __future__ import annotations

from typing import Final

from .utf8 import encode_utf8

BROKEN: Final = {
    1002: "WebSocket protocol error",
    1003: "WebSocket data of an unsupported kind",
    1007: "WebSocket text is not UTF-8",
    1009: "payload too large",
    1011: "WebSocket server error",
}
"""Close codes that say that a connection broke, and how (RFC 6455, section 7.4.1)."""

# FIN and the opcode (RFC 6455, section 11.8).
_TEXT, _BINARY = 0x81, 0x82


def frame_text(text: str) -> bytes:
    """One text message as one frame; lone surrogates become U+FFFD."""
    return _frame(_TEXT, encode_utf8(text))


def frame_binary(data: bytes) -> bytes:
    """One binary message as one frame."""
    return _frame(_BINARY, data)


def frame_ping(payload: bytes) -> bytes:
    """A ping frame with a payload of at most 125 bytes."""
    return _frame(0x89, payload)


def frame_pong(payload: bytes) -> bytes:
    """A pong frame; `payload` is that of the ping it answers, at most 125 bytes."""
    return _frame(0x8A, payload)


def frame_close(code: int, reason: str = "") -> bytes:
    """A close frame; of a reason over 123 bytes only the beginning is sent.

    1005, "no code", makes a frame without one; 1006 and 1015 become 1000.
    """
    # RFC 6455 section 7.4.1: these codes "MUST NOT be set as a status code in a Close
    # control frame by an endpoint".
    if code == 1005:
        return _frame(0x88, b"")
    if code in (1006, 1015):
        code = 1000
    # RFC 6455 section 5.5: a control frame has at most 125 bytes, two are the code.
    text = encode_utf8(reason)[:123].decode("utf-8", "ignore").encode()
    return _frame(0x88, code.to_bytes(2, "big") + text)


def _frame(first: int, payload: bytes) -> bytes:
    # "the minimal number of bytes MUST be used to encode the length"
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 1 << 16:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload
