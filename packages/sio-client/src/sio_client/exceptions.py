"""The exceptions of the Socket.IO API."""

from sio_core.exceptions import (
    BadNamespaceError,
    CallAbortedError,
    ConnectionError,
    ConnectionRefusedError,
    DisconnectedError,
    SocketIOError,
    TimeoutError,
)

__all__ = [
    "BadNamespaceError",
    "CallAbortedError",
    "ConnectionError",
    "ConnectionRefusedError",
    "DisconnectedError",
    "SocketIOError",
    "TimeoutError",
]
