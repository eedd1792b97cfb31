"""Socket.IO for ASGI: `ASGIApp` serves an `AsyncServer` under any ASGI web server."""

from sio_server import (
    AsyncManager,
    AsyncNamespace,
    AsyncServer,
    ConnectionRefusedError,
    exceptions,
)

from .__about__ import __version__
from .application import ASGIApp

__all__ = [
    "ASGIApp",
    "AsyncManager",
    "AsyncNamespace",
    "AsyncServer",
    "ConnectionRefusedError",
    "__version__",
    "exceptions",
]
