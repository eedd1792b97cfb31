"""`RedisManager` and `AsyncRedisManager`: the documented managers for Redis and Valkey."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from operator import methodcaller
from typing import Any, Generic, Unpack

import redis
import redis.asyncio

from sio_core.handlers.flows import resolve
from sio_server.managers.cluster.anywhere import Anywhere
from sio_server.managers.cluster.async_pubsub import AsyncPubSubManager
from sio_server.managers.cluster.options import ClusterOptions
from sio_server.managers.cluster.pubsub import PubSubManager
from sio_server.managers.local import ServerT
from sio_server.managers.served import AsyncServed, BlockingServed

from .async_broker import AsyncRedisBroker
from .broker import RedisBroker
from .links import Links
from .own_client import URL, OwnClient


class OverRedis(OwnClient, Anywhere[ServerT], Generic[ServerT]):
    """The arguments of both managers, and the end of what they have for programs."""

    broker: type[Links]
    end_client: Callable[[Any], Any]
    """Closes a client of redis-py; waits."""

    def __init__(
        self,
        url: str = URL,
        channel: str = "socketio",
        write_only: bool = False,
        logger: logging.Logger | None = None,
        json: Any = None,
        redis_options: Mapping[str, Any] | None = None,
        **options: Unpack[ClusterOptions],
    ) -> None:
        super().__init__(channel, write_only, logger, json, **options)
        self._take_address(url, redis_options)

    def _make_broker(self) -> Any:
        return self.broker(self._choose_connections(), self.channel)

    async def _end_rest(self) -> None:
        client = self._take_client()
        if client is not None:
            await resolve(self.end_client(client))


class AsyncRedisManager(OverRedis[AsyncServed], AsyncPubSubManager):
    """An `AsyncRedisManager` joins asyncio servers, and processes that only emit, over a Redis.

    For example::

        sio = AsyncServer(client_manager=AsyncRedisManager("redis://localhost:6379/0"))

    * `url`: `redis://`, `rediss://` (TLS), `valkey://`, `valkeys://`, `unix://`; with `+sentinel`
      or `+cluster` several hosts: `redis+sentinel://host:port,host:port/0/service`,
      `redis+cluster://host:port,host:port`. One shard of a cluster carries the channel.
    * `channel`: the name that all processes share; `"socketio"` by default.
    * `write_only`: True for a process that emits and has no server; False is the default.
    * `logger`: where the manager logs; None (default): where its server does.
    * `json`: an object with `dumps` and `loads`, for messages in the form of python-socketio.
    * `redis_options`: more arguments of the connections of redis-py, such as `ssl_ca_certs`.
    * `options`: see `ClusterOptions`.

    Raises `ValueError` and `TypeError` for an address or options that cannot be.
    """

    name = "aioredis"
    redis_module = redis.asyncio
    broker = AsyncRedisBroker
    end_client = methodcaller("aclose")


class RedisManager(OverRedis[BlockingServed], PubSubManager):
    """A `RedisManager` joins blocking servers, and processes that only emit, over a Redis.

    For example::

        sio = Server(client_manager=RedisManager("redis://localhost:6379/0"))

    `url`, `channel`, `write_only`, `logger`, `json`, `redis_options` and `options` are those of
    `AsyncRedisManager`. Under gevent and eventlet the standard library must be patched.

    Raises `ValueError` and `TypeError` for an address or options that cannot be.
    """

    name = "redis"
    redis_module = redis
    broker = RedisBroker
    end_client = methodcaller("close")
