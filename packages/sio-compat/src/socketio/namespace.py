"""`socketio.namespace`: `Namespace`, `ClientNamespace`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import getter
from ._names import MODULES

if TYPE_CHECKING:
    from sio_client import ClientNamespace as ClientNamespace
    from sio_server import Namespace as Namespace

__getattr__ = getter(__name__, MODULES["namespace"])
