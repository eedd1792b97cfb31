"""`socketio.pubsub_manager`: `PubSubManager`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_core.socketio.parsers.custom_packet import Packet as Packet
    from sio_server import Manager as Manager
    from sio_server import PubSubManager as PubSubManager
else:
    __getattr__, __dir__ = lazy(__name__)
