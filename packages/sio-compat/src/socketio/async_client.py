"""`socketio.async_client`: `AsyncClient`, imported when first used."""

import logging
from typing import TYPE_CHECKING

from ._lazy import lazy

default_logger = logging.getLogger("socketio.client")

if TYPE_CHECKING:
    from sio_client import AsyncClient as AsyncClient

    from . import base_client as base_client
    from . import exceptions as exceptions
    from . import packet as packet
else:
    __getattr__, __dir__ = lazy(__name__)
