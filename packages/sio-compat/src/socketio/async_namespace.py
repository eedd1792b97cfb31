"""`socketio.async_namespace`: class-based namespaces, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import getter
from ._names import MODULES

if TYPE_CHECKING:
    from sio_client import AsyncClientNamespace as AsyncClientNamespace
    from sio_server import AsyncNamespace as AsyncNamespace

__getattr__ = getter(__name__, MODULES["async_namespace"])
