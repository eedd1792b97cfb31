"""`socketio.manager`: `Manager`, imported when first used."""

import logging
from typing import TYPE_CHECKING

from ._lazy import lazy

default_logger = logging.getLogger("socketio")

if TYPE_CHECKING:
    from sio_server import Manager as Manager

    from . import base_manager as base_manager
    from . import packet as packet
else:
    __getattr__, __dir__ = lazy(__name__)
