"""`socketio.async_aiopika_manager`: `AsyncAioPikaManager`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_amqp import AsyncAioPikaManager as AsyncAioPikaManager
    from sio_server import AsyncPubSubManager as AsyncPubSubManager
else:
    __getattr__, __dir__ = lazy(__name__)
