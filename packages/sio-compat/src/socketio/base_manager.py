"""`socketio.base_manager`: `BaseManager`, imported when first used."""

import logging
from typing import TYPE_CHECKING

from ._lazy import lazy

default_logger = logging.getLogger("socketio")

if TYPE_CHECKING:
    from sio_server.managers.local import BaseManager as BaseManager
else:
    __getattr__, __dir__ = lazy(__name__)
