"""`socketio.kafka_manager`: `KafkaManager`, imported when first used."""

import logging
from typing import TYPE_CHECKING

from ._lazy import lazy

logger = logging.getLogger("socketio")

if TYPE_CHECKING:
    from sio_kafka import KafkaManager as KafkaManager
    from sio_server import PubSubManager as PubSubManager
else:
    __getattr__, __dir__ = lazy(__name__)
