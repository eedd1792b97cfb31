"""`socketio.client`: `Client`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_client import Client as Client

    from . import base_client as base_client
    from . import exceptions as exceptions
    from . import packet as packet
else:
    __getattr__, __dir__ = lazy(__name__)
