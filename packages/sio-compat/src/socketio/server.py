"""`socketio.server`: `Server`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import getter
from ._names import MODULES

if TYPE_CHECKING:
    from sio_server import Server as Server

__getattr__ = getter(__name__, MODULES["server"])
