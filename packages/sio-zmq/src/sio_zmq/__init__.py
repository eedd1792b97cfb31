"""Socket.IO over ZeroMQ: several servers as one, and processes that only emit."""

from .__about__ import __version__
from .managers import AsyncZmqManager, ZmqManager

__all__ = ["AsyncZmqManager", "ZmqManager", "__version__"]
