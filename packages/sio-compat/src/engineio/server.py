"""`engineio.server`: `Server`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_server.engineio import Server as Server
else:
    __getattr__, __dir__ = lazy(__name__)
