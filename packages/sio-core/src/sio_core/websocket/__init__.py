"""WebSocket frames without I/O, for drivers that own the socket (RFC 6455).

`FrameReader` takes what came, the functions write what is to be sent.
"""

from .frames import (
    BINARY,
    BROKEN,
    CLOSE,
    PING,
    PONG,
    TEXT,
    close_payload,
    frame_binary,
    frame_close,
    frame_masked,
    frame_ping,
    frame_pong,
    frame_text,
)
from .reader import MAX_FRAGMENTS, Close, Failed, FrameReader, Ping, Pong, Received, unmask

__all__ = [
    "BINARY",
    "BROKEN",
    "CLOSE",
    "MAX_FRAGMENTS",
    "PING",
    "PONG",
    "TEXT",
    "Close",
    "Failed",
    "FrameReader",
    "Ping",
    "Pong",
    "Received",
    "close_payload",
    "frame_binary",
    "frame_close",
    "frame_masked",
    "frame_ping",
    "frame_pong",
    "frame_text",
    "unmask",
]
