"""The reader of WebSocket frames by its public name; `sio_core.websocket` has it."""

from .websocket import MAX_FRAGMENTS, Close, Failed, FrameReader, Ping, Pong, Received, unmask

__all__ = [
    "MAX_FRAGMENTS",
    "Close",
    "Failed",
    "FrameReader",
    "Ping",
    "Pong",
    "Received",
    "unmask",
]
