"""What the clients raise: the exceptions of the Socket.IO API, from `sio_core.exceptions`."""

from sio_core.exceptions import (
    BadNamespaceError,
    CallAbortedError,
    ConnectionError,
    DisconnectedError,
    SocketIOError,
    TimeoutError,
)

__all__ = [
    "BadNamespaceError",
    "CallAbortedError",
    "ConnectionError",
    "DisconnectedError",
    "SocketIOError",
    "TimeoutError",
]
