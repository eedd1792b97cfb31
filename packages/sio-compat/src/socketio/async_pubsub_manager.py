"""`socketio.async_pubsub_manager`: `AsyncPubSubManager`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_core.socketio.parsers.custom_packet import Packet as Packet
    from sio_server import AsyncManager as AsyncManager
    from sio_server import AsyncPubSubManager as AsyncPubSubManager
else:
    __getattr__, __dir__ = lazy(__name__)
