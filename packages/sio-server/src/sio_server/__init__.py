"""Socket.IO servers over the pure core: handlers, namespaces, managers and drivers.

`AsyncServer` runs on asyncio, its blocking twin `Server` on threads, gevent or
eventlet. What the two share is in `shared.py`. `dispatch/` calls the handlers of the
application, `drivers/` the core, and `managers/` know who is in which room.
"""

from sio_core.reasons import reason

from . import exceptions
from .__about__ import __version__
from .async_server import AsyncServer
from .exceptions import ConnectionRefusedError, TimeoutError
from .managers.cluster.async_pubsub import AsyncPubSubManager
from .managers.cluster.options import ClusterOptions
from .managers.cluster.pubsub import PubSubManager
from .managers.local import AsyncManager, Manager
from .namespace import AsyncNamespace, Namespace
from .observing.observer import Observer
from .options import ServerOptions
from .server import Server

__all__ = [
    "AsyncManager",
    "AsyncNamespace",
    "AsyncPubSubManager",
    "AsyncServer",
    "ClusterOptions",
    "ConnectionRefusedError",
    "Manager",
    "Namespace",
    "Observer",
    "PubSubManager",
    "Server",
    "ServerOptions",
    "TimeoutError",
    "__version__",
    "exceptions",
    "reason",
]
