"""Socket.IO for Sanic: `AsyncServer.attach` puts a server beside an application's own routes."""

from sio_server import (
    AsyncManager,
    AsyncNamespace,
    AsyncServer,
    ConnectionRefusedError,
    exceptions,
)

from .__about__ import __version__

__all__ = [
    "AsyncManager",
    "AsyncNamespace",
    "AsyncServer",
    "ConnectionRefusedError",
    "__version__",
    "exceptions",
]
