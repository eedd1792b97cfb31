"""`socketio.async_simple_client`: `AsyncSimpleClient`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import getter
from ._names import MODULES

if TYPE_CHECKING:
    from sio_client import AsyncSimpleClient as AsyncSimpleClient

__getattr__ = getter(__name__, MODULES["async_simple_client"])
