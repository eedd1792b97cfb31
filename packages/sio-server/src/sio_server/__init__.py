"""Socket.IO servers over the pure core: handlers, namespaces, managers and drivers.

`AsyncServer` runs on asyncio (`aio.py` is its driver). Its blocking twin
`Server` runs on threads, gevent or eventlet (`blocking.py`, over a
`Concurrency` value from `concurrency.py`). What the two share is in `api.py`.
"""

from sio_core.reasons import reason

from . import exceptions
from .__about__ import __version__
from .async_server import AsyncServer
from .exceptions import ConnectionRefusedError, TimeoutError
from .manager import AsyncManager, Manager
from .namespace import AsyncNamespace, Namespace
from .options import ServerOptions
from .server import Server

__all__ = [
    "AsyncManager",
    "AsyncNamespace",
    "AsyncServer",
    "ConnectionRefusedError",
    "Manager",
    "Namespace",
    "Server",
    "ServerOptions",
    "TimeoutError",
    "__version__",
    "exceptions",
    "reason",
]
