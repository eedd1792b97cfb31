"""`socketio.client`: `Client`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import getter
from ._names import MODULES

if TYPE_CHECKING:
    from sio_client import Client as Client

__getattr__ = getter(__name__, MODULES["client"])
