"""Socket.IO servers over the pure core: handlers, namespaces, managers and drivers.

`AsyncServer` runs on asyncio (`aio.py` is its driver). Its blocking twin
`Server` will live beside it in `blocking.py`, over a `Concurrency` value from
`concurrency.py`; what the two share is in `api.py`.
"""

from . import exceptions
from .__about__ import __version__
from .api import reason
from .async_server import AsyncServer
from .exceptions import ConnectionRefusedError, TimeoutError
from .manager import AsyncManager
from .namespace import AsyncNamespace

__all__ = [
    "AsyncManager",
    "AsyncNamespace",
    "AsyncServer",
    "ConnectionRefusedError",
    "TimeoutError",
    "__version__",
    "exceptions",
    "reason",
]
