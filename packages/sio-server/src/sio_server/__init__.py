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
from .exceptions import ConnectionRefusedError, TimeoutError

if TYPE_CHECKING:
    from .async_namespace import AsyncNamespace
    from .async_server import AsyncServer
    from .managers.cluster.async_pubsub import AsyncPubSubManager
    from .managers.cluster.options import ClusterOptions
    from .managers.cluster.pubsub import PubSubManager
    from .managers.local import AsyncManager, Manager
    from .namespace import Namespace
    from .observing.observer import Observer
    from .options import ServerOptions
    from .server import Server
    from .serving.collector import tune_collector

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
    "tune_collector",
]

_MODULES = {
    "AsyncManager": "managers.local",
    "AsyncNamespace": "async_namespace",
    "AsyncPubSubManager": "managers.cluster.async_pubsub",
    "AsyncServer": "async_server",
    "ClusterOptions": "managers.cluster.options",
    "Manager": "managers.local",
    "Namespace": "namespace",
    "Observer": "observing.observer",
    "PubSubManager": "managers.cluster.pubsub",
    "Server": "server",
    "ServerOptions": "options",
    "tune_collector": "serving.collector",
}


def __getattr__(name: str) -> Any:
    """Import what is of threads or of fleets when it is asked for: one on asyncio never does."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    return value
