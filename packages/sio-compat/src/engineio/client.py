"""`engineio.client`: `Client`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_client.engineio import Client as Client
else:
    __getattr__, __dir__ = lazy(__name__)
