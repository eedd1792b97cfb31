"""`engineio.async_client`: `AsyncClient`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_client.engineio import AsyncClient as AsyncClient
else:
    __getattr__, __dir__ = lazy(__name__)
