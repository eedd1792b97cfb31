"""`socketio.simple_client`: `SimpleClient`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import getter
from ._names import MODULES

if TYPE_CHECKING:
    from sio_client import SimpleClient as SimpleClient

__getattr__ = getter(__name__, MODULES["simple_client"])
