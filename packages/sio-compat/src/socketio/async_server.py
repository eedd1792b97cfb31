"""`socketio.async_server`: `AsyncServer`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_server import AsyncServer as AsyncServer

    from . import async_manager as async_manager
    from . import base_server as base_server
    from . import exceptions as exceptions
    from . import packet as packet
else:
    __getattr__, __dir__ = lazy(__name__)
