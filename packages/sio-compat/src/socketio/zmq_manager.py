"""`socketio.zmq_manager`: `ZmqManager`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_server import PubSubManager as PubSubManager
    from sio_zmq import ZmqManager as ZmqManager
else:
    __getattr__, __dir__ = lazy(__name__)
