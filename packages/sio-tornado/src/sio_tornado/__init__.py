"""Socket.IO for Tornado: `get_tornado_handler` puts an `AsyncServer` among the routes of others."""

from sio_server import AsyncManager, AsyncNamespace, AsyncServer, ConnectionRefusedError, exceptions

from .__about__ import __version__
from .endpoint import get_tornado_handler
from .handler import SocketIOHandler

__all__ = [
    "AsyncManager",
    "AsyncNamespace",
    "AsyncServer",
    "ConnectionRefusedError",
    "SocketIOHandler",
    "__version__",
    "exceptions",
    "get_tornado_handler",
]
