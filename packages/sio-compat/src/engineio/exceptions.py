"""`engineio.exceptions`: what the API raises."""

from sio_core.engineio.exceptions import (
    ConnectionError,
    ContentTooLongError,
    EngineIOError,
    QueueEmpty,
    SocketIsClosedError,
    UnknownPacketError,
)

__all__ = [
    "ConnectionError",
    "ContentTooLongError",
    "EngineIOError",
    "QueueEmpty",
    "SocketIsClosedError",
    "UnknownPacketError",
]
