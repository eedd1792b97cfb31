"""`socketio.kombu_manager`: `KombuManager`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_kombu import KombuManager as KombuManager
    from sio_server import PubSubManager as PubSubManager
else:
    __getattr__, __dir__ = lazy(__name__)
