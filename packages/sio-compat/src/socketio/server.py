"""`socketio.server`: `Server`, imported when first used."""

import logging
from typing import TYPE_CHECKING

from ._lazy import lazy

default_logger = logging.getLogger("socketio.server")

if TYPE_CHECKING:
    from sio_server import Server as Server

    from . import base_server as base_server
    from . import exceptions as exceptions
    from . import packet as packet
else:
    __getattr__, __dir__ = lazy(__name__)
