"""Socket.IO clients over blocking sockets and over asyncio."""

from .__about__ import __version__

__all__ = ["__version__"]
