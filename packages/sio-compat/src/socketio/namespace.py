"""`socketio.namespace`: `Namespace` and `ClientNamespace`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_client import ClientNamespace as ClientNamespace
    from sio_server import Namespace as Namespace

    from . import base_namespace as base_namespace
else:
    __getattr__, __dir__ = lazy(__name__)
