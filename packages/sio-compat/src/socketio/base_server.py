"""`socketio.base_server`: `BaseServer`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import getter
from ._names import MODULES

if TYPE_CHECKING:
    from sio_server.shared import ServerApi

    BaseServer = ServerApi

__getattr__ = getter(__name__, MODULES["base_server"])
