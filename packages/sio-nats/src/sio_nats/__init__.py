"""Socket.IO over NATS: several servers as one, and processes that only emit."""

from .__about__ import __version__
from .managers import AsyncNatsManager

__all__ = ["AsyncNatsManager", "__version__"]
