"""`socketio.async_redis_manager`: `AsyncRedisManager`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_redis import AsyncRedisManager as AsyncRedisManager
    from sio_redis.addresses import parse_sentinel_url
    from sio_server import AsyncPubSubManager as AsyncPubSubManager

    parse_redis_sentinel_url = parse_sentinel_url
else:
    __getattr__, __dir__ = lazy(__name__)
