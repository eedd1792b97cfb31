"""Socket.IO over Redis or Valkey: several servers as one, and processes that only emit."""

from .__about__ import __version__
from .managers import AsyncRedisManager, RedisManager

__all__ = ["AsyncRedisManager", "RedisManager", "__version__"]
