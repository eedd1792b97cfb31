"""`engineio.async_server`: `AsyncServer`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_server.engineio import AsyncServer as AsyncServer
else:
    __getattr__, __dir__ = lazy(__name__)
