"""Socket.IO clients over blocking sockets and over asyncio."""

from typing import TYPE_CHECKING, Any

from . import exceptions
from .__about__ import __version__

if TYPE_CHECKING:
    from .async_client import AsyncClient
    from .async_simple_client import AsyncSimpleClient
    from .client import Client
    from .namespaces import AsyncClientNamespace, ClientNamespace
    from .options import ClientOptions
    from .settings import Settings
    from .simple_client import SimpleClient

# Each client is loaded when it is asked for: a program that blocks needs no asyncio.
_MODULES = {
    "AsyncClient": "async_client",
    "AsyncClientNamespace": "namespaces",
    "AsyncSimpleClient": "async_simple_client",
    "Client": "client",
    "ClientNamespace": "namespaces",
    "ClientOptions": "options",
    "Settings": "settings",
    "SimpleClient": "simple_client",
}

__all__ = [
    "AsyncClient",
    "AsyncClientNamespace",
    "AsyncSimpleClient",
    "Client",
    "ClientNamespace",
    "ClientOptions",
    "Settings",
    "SimpleClient",
    "__version__",
    "exceptions",
]


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{module}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
