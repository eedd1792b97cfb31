"""Redis and Valkey for asyncio: what a manager publishes and subscribes to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import redis.asyncio
import redis.asyncio.cluster
import redis.asyncio.sentinel
from redis.asyncio.retry import Retry
from redis.exceptions import RedisError

from sio_core.cluster import Publication
from sio_server.managers.cluster.broker import BrokerError, Received

from .channels import channels_of
from .connections import Connections


class AsyncRedisBroker:
    """One Redis, by the connections of redis-py for asyncio."""

    routes = True

    def __init__(self, url: str, channel: str, options: Mapping[str, Any]) -> None:
        self._connections = Connections(redis.asyncio, Retry, url, options)
        self._channels = channels_of(channel, cluster=self._connections.is_cluster)
        self._channel = channel
        self._listener: Any = None
        self._publisher: Any = None

    async def connect(self) -> None:
        """Connect for `receive`. Raises `BrokerError`."""
        try:
            await self._locate()
            listener = self._connections.listener()
            await listener.connect()
        except (RedisError, OSError) as error:
            raise BrokerError(str(error)) from error
        self._listener = listener

    async def subscribe(self, channels: Sequence[str]) -> None:
        """Ask for what is published on `channels`. Raises `BrokerError`."""
        await self._ask(self._channels.subscribe, channels)

    async def unsubscribe(self, channels: Sequence[str]) -> None:
        """Ask for no more of `channels`. Raises `BrokerError`."""
        await self._ask(self._channels.unsubscribe, channels)

    async def _ask(self, command: str, channels: Sequence[str]) -> None:
        if self._listener is None:
            raise BrokerError("not connected")
        try:
            await self._listener.send_command(command, *self._channels.names_of(channels))
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
        return self._channels.read(reply)

    async def publish(self, publications: Sequence[Publication]) -> None:
        """Publish, in order. Raises `BrokerError` if that cannot be known to be done."""
        commands = [self._channels.pack(publications)]
        try:
            pool = (await self._writer()).connection_pool
            connection = await pool.get_connection()
            try:
                await connection.send_packed_command(commands)
                for _ in publications:
                    await connection.read_response()
            except BaseException:
                # Answers that were not read would be those of the next publish.
                await connection.disconnect(nowait=True)
                raise
            finally:
                await pool.release(connection)
        except (RedisError, OSError) as error:
            raise BrokerError(str(error)) from error

    async def count_subscribers(self, channels: Sequence[str]) -> Sequence[int]:
        """Return how many connections subscribe to each of `channels`. Raises `BrokerError`."""
        names = self._channels.names_of(channels)
        try:
            client = await self._writer()
            found = await client.execute_command(self._channels.count, *names)
        except (RedisError, OSError) as error:
            raise BrokerError(str(error)) from error
        return [int(count) for _, count in found] if isinstance(found[0], tuple) else found[1::2]

    async def _writer(self) -> Any:
        if self._publisher is None:
            await self._locate()
            self._publisher = self._connections.publisher()
        return self._publisher

    async def _locate(self) -> None:
        """Find the server of a cluster that has the channels, for the connections that follow."""
        if self._connections.is_cluster:
            cluster = self._connections.cluster()
            try:
                await cluster.initialize()
                node = cluster.get_node_from_key(self._channels.name_of(self._channel))
                self._connections.found(node.host, node.port)
            finally:
                await cluster.aclose()

    async def close(self) -> None:
        """Close all connections; `receive` raises in whoever waits there."""
        listener, self._listener = self._listener, None
        publisher, self._publisher = self._publisher, None
        if listener is not None:
            await listener.disconnect(nowait=True)
        if publisher is not None:
            await publisher.aclose()
