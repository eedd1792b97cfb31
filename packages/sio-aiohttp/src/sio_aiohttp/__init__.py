"""Socket.IO for aiohttp: `sio.attach(app)` puts an `AsyncServer` into a `web.Application`."""

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
