"""WebSocket frames as they are written: whole and uncompressed.

RFC 6455, section 5.2. For drivers that own the socket. Those of a server are not
masked: one broadcast is framed once and written to every connection as it is.
Those of a client are masked, each with a key of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from ..utf8 import encode_utf8
from .reader import unmask

BROKEN: Final = {
    1002: "WebSocket protocol error",
    1003: "WebSocket data of an unsupported kind",
    1007: "WebSocket text is not UTF-8",
    1008: "WebSocket limit passed",
    1009: "payload too large",
    1011: "WebSocket server error",
}
"""Close codes that say that a connection broke, and how (RFC 6455, section 7.4.1)."""

# FIN and the opcode (RFC 6455, section 11.8).
TEXT, BINARY, CLOSE, PING, PONG = 0x81, 0x82, 0x88, 0x89, 0x8A
"""The first byte of a whole frame, by its kind."""

_SHORT_TEXT: Final = tuple(bytes((TEXT, size)) for size in range(126))
"""The heads of texts by their size: looked up in a fifth of the time that making one takes."""


def frame_text(text: str) -> bytes:
    """Frame one text message; lone surrogates become U+FFFD."""
    payload = text.encode() if text.isascii() else encode_utf8(text)
    if len(payload) < 126:
        return _SHORT_TEXT[len(payload)] + payload
    return _frame(TEXT, payload)


def frame_binary(data: bytes) -> bytes:
    """Frame the bytes `data` as one binary message."""
    return _frame(BINARY, data)


def frame_ping(payload: bytes) -> bytes:
    """Frame a ping with a `payload` of at most 125 bytes."""
    return _frame(PING, payload)


def frame_pong(payload: bytes) -> bytes:
    """Frame a pong; `payload` is that of the ping it answers, at most 125 bytes."""
    return _frame(PONG, payload)


def frame_close(code: int, reason: str = "") -> bytes:
    """Frame a close with `code` and `reason`.

    Of a reason over 123 bytes only the beginning is sent. 1005, "no code", makes a frame without
    one; 1006 and 1015 become 1000.
    """
    return _frame(CLOSE, close_payload(code, reason)) if reason else _frame_bare_close(code)


@lru_cache(maxsize=64)  # nearly all connections end with 1000
def _frame_bare_close(code: int) -> bytes:
    return _frame(CLOSE, close_payload(code))


def close_payload(code: int, reason: str = "") -> bytes:
    """Return what stands in the close frame that `frame_close` makes of `code` and `reason`."""
    # RFC 6455 section 7.4.1: these codes "MUST NOT be set as a status code in a Close
    # control frame by an endpoint".
    if code == 1005:
        return b""
    if code in (1006, 1015):
        code = 1000
    # RFC 6455 section 5.5: a control frame has at most 125 bytes, two are the code.
    text = encode_utf8(reason)[:123].decode("utf-8", "ignore").encode()
    return code.to_bytes(2, "big") + text


def frame_masked(
    first: int,
    payload: bytes,
    key: bytes,
    mask: Callable[[bytes, bytes], bytes | bytearray] = unmask,
) -> bytes:
    """Frame `payload` as a client does; `first` is `TEXT`, `BINARY`, `CLOSE`, `PING` or `PONG`.

    `key` are four bytes that nobody can predict. `mask` is for those who have a faster way; it is
    what takes a mask off, for that is the same.
    """
    # Section 5.3: "a client MUST mask all frames"; "the masking key MUST be derived
    # from a strong source of entropy".
    size = len(payload)
    if size < 126:
        head = bytes((first, size | 0x80))
    elif size < 1 << 16:
        head = bytes((first, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0xFF)) + size.to_bytes(8, "big")
    return head + key + mask(payload, key)


def _frame(first: int, payload: bytes) -> bytes:
    # "the minimal number of bytes MUST be used to encode the length"
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 1 << 16:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload
