"""`socketio.base_server`: `BaseServer`, imported when first used."""

import logging
from typing import TYPE_CHECKING

from ._lazy import lazy

default_logger = logging.getLogger("socketio.server")

if TYPE_CHECKING:
    from sio_server.shared import ServerApi

    from . import base_namespace as base_namespace
    from . import manager as manager
    from . import packet as packet

    BaseServer = ServerApi
else:
    __getattr__, __dir__ = lazy(__name__)
