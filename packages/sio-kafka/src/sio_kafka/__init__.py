"""Socket.IO over Kafka: several servers as one, and processes that only emit."""

from .__about__ import __version__
from .managers import AsyncKafkaManager, KafkaManager

__all__ = ["AsyncKafkaManager", "KafkaManager", "__version__"]
