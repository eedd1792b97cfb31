"""`socketio.async_client`: `AsyncClient`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import getter
from ._names import MODULES

if TYPE_CHECKING:
    from sio_client import AsyncClient as AsyncClient

__getattr__ = getter(__name__, MODULES["async_client"])
