"""Socket.IO for WSGI: `WSGIApp` serves a `Server` under any WSGI web server."""

from sio_server import (
    ConnectionRefusedError,
    Manager,
    Namespace,
    Server,
    exceptions,
)

from .__about__ import __version__
from .application import Middleware, WSGIApp

__all__ = [
    "ConnectionRefusedError",
    "Manager",
    "Middleware",
    "Namespace",
    "Server",
    "WSGIApp",
    "__version__",
    "exceptions",
]
