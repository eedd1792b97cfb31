"""`socketio.tornado`: `get_tornado_handler`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import getter
from ._names import MODULES

if TYPE_CHECKING:
    from sio_tornado import get_tornado_handler as get_tornado_handler

__getattr__ = getter(__name__, MODULES["tornado"])
