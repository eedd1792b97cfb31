"""Socket.IO servers over the pure core: handlers, namespaces, managers and drivers.

`AsyncServer` runs on asyncio, its blocking twin `Server` on threads, gevent or
eventlet. What the two share is in `shared.py`. `dispatch/` calls the handlers of the
application, `drivers/` the core, and `managers/` know who is in which room.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sio_core.reasons import reason

from . import exceptions
from .__about__ import __version__
from .async_server import AsyncServer
from .exceptions import ConnectionRefusedError, TimeoutError
from .managers.local import AsyncManager, Manager
from .namespace import AsyncNamespace, Namespace
from .observing.observer import Observer
from .options import ServerOptions
from .server import Server

if TYPE_CHECKING:
    from .managers.cluster.async_pubsub import AsyncPubSubManager
    from .managers.cluster.options import ClusterOptions
    from .managers.cluster.pubsub import PubSubManager

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

_OF_FLEETS = {
    "AsyncPubSubManager": "async_pubsub",
    "ClusterOptions": "options",
    "PubSubManager": "pubsub",
}


def __getattr__(name: str) -> Any:
    """Import what several servers take when it is first asked for: a single one never does."""
    if name not in _OF_FLEETS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.managers.cluster.{_OF_FLEETS[name]}")
    value = globals()[name] = getattr(module, name)
    return value
