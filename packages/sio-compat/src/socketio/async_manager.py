"""`socketio.async_manager`: `AsyncManager`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_server import AsyncManager as AsyncManager
    from sio_server.managers.local import BaseManager as BaseManager

    from . import packet as packet
else:
    __getattr__, __dir__ = lazy(__name__)
