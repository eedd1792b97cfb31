"""`socketio.async_namespace`: class-based namespaces for asyncio, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_client import AsyncClientNamespace as AsyncClientNamespace
    from sio_server import AsyncNamespace as AsyncNamespace

    from . import base_namespace as base_namespace
else:
    __getattr__, __dir__ = lazy(__name__)
