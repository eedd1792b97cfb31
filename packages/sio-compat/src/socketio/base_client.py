"""`socketio.base_client`: `BaseClient`, imported when first used."""

import logging
from typing import TYPE_CHECKING

from ._lazy import lazy

default_logger = logging.getLogger("socketio.client")

if TYPE_CHECKING:
    from sio_client.shared.base_client import BaseClient as BaseClient

    from . import base_namespace as base_namespace
    from . import packet as packet
else:
    __getattr__, __dir__ = lazy(__name__)
