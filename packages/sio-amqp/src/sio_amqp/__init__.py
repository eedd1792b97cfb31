"""Socket.IO over RabbitMQ, for asyncio: several servers as one, and processes that only emit."""

from .__about__ import __version__
from .managers import AsyncAioPikaManager

__all__ = ["AsyncAioPikaManager", "__version__"]
