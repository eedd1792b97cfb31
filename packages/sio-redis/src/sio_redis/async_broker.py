"""Redis and Valkey for asyncio: what a manager publishes and subscribes to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.exceptions import RedisError

from sio_core.cluster import Publication
from sio_server.managers.cluster.broker import BrokerError, Received

from .connections import Connections
from .replies import read_reply


class AsyncRedisBroker:
    """One Redis, by the connections of redis-py for asyncio."""

    routes = True

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        self._connections = Connections(redis.asyncio, Retry, url, options)
        self._listener: Any = None
        self._publisher: Any = None

    async def connect(self) -> None:
        """Connect for `receive`. Raises `BrokerError`."""
        listener = self._connections.listener()
        try:
            await listener.connect()
        except (RedisError, OSError) as error:
            raise BrokerError(str(error)) from error
        self._listener = listener

    async def subscribe(self, channels: Sequence[str]) -> None:
        """Ask for what is published on `channels`. Raises `BrokerError`."""
        await self._ask("SUBSCRIBE", channels)

    async def unsubscribe(self, channels: Sequence[str]) -> None:
        """Ask for no more of `channels`. Raises `BrokerError`."""
        await self._ask("UNSUBSCRIBE", channels)

    async def _ask(self, command: str, channels: Sequence[str]) -> None:
        if self._listener is None:
            raise BrokerError("not connected")
        try:
            await self._listener.send_command(command, *channels)
        except (RedisError, OSError) as error:
            raise BrokerError(str(error)) from error

    async def receive(self) -> Sequence[Received]:
        """Wait for what was published. Raises `BrokerError` when the connection is lost."""
        listener = self._listener
        if listener is None:
            raise BrokerError("not connected")
        try:
            reply = await listener.read_response(timeout=math.inf, push_request=True)
        except (RedisError, OSError) as error:
            raise BrokerError(str(error)) from error
        return read_reply(reply)

    async def publish(self, publications: Sequence[Publication]) -> None:
        """Publish, in order. Raises `BrokerError` if that cannot be known to be done."""
        if self._publisher is None:
            self._publisher = self._connections.publisher()
        pipeline = self._publisher.pipeline(transaction=False)
        for publication in publications:
            pipeline.publish(publication.channel, publication.payload)
        try:
            await pipeline.execute()
        except (RedisError, OSError) as error:
            raise BrokerError(str(error)) from error

    async def count_subscribers(self, channels: Sequence[str]) -> Sequence[int]:
        """Return how many connections subscribe to each of `channels`. Raises `BrokerError`."""
        if self._publisher is None:
            self._publisher = self._connections.publisher()
        try:
            found = await self._publisher.pubsub_numsub(*channels)
        except (RedisError, OSError) as error:
            raise BrokerError(str(error)) from error
        return [int(count) for _, count in found]

    async def close(self) -> None:
        """Close all connections; `receive` raises in whoever waits there."""
        listener, self._listener = self._listener, None
        publisher, self._publisher = self._publisher, None
        if listener is not None:
            await listener.disconnect(nowait=True)
        if publisher is not None:
            await publisher.aclose()
