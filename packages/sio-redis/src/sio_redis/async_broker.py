"""Redis and Valkey for asyncio: what a manager publishes and subscribes to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sio_core.cluster import Publication
from sio_core.handlers.flows import resolve
from sio_server.managers.cluster.broker import BrokerError, Received

from .links import Links, as_broker_errors


class AsyncRedisBroker(Links):
    """One Redis, by the connections of redis-py for asyncio."""

    def _read(self, listener: Any) -> Any:
        return listener.read_response(timeout=math.inf, push_request=True, disable_decoding=True)

    def _cut_off(self, connection: Any) -> Any:
        return connection.disconnect(nowait=True)

    def _begin(self, cluster: Any) -> Any:
        return cluster.initialize()

    def _end(self, client: Any) -> Any:
        return client.aclose()

    # What `RedisBroker` does, too -----------------------------------------

    async def connect(self) -> None:
        """Connect for `receive`. Raises `BrokerError`."""
        with as_broker_errors():
            await self._locate()
            listener = self._connections.listener()
            await resolve(listener.connect())
        self._listener = listener

    async def subscribe(self, channels: Sequence[str]) -> None:
        """Ask for what is published on `channels`. Raises `BrokerError`."""
        await self._ask(self._channels.subscribe, channels)

    async def unsubscribe(self, channels: Sequence[str]) -> None:
        """Ask for no more of `channels`. Raises `BrokerError`."""
        await self._ask(self._channels.unsubscribe, channels)

    async def receive(self) -> Sequence[Received]:
        """Wait for what was published. Raises `BrokerError` when the connection is lost."""
        listener = self._listener
        if listener is None:
            raise BrokerError("not connected")
        with as_broker_errors():
            reply = await resolve(self._read(listener))
        return self._channels.read(reply)

    async def publish(self, publications: Sequence[Publication]) -> None:
        """Publish in order. Raises `BrokerError` where it is not certain that all is published."""
        try:
            await self._publish(publications)
        except BrokerError:
            if self._connections.is_cluster:  # where another server may have the channels now
                await self._leave_publisher()
            raise

    async def count_subscribers(self, channels: Sequence[str]) -> Sequence[int]:
        """Return how many connections subscribe to each of `channels`. Raises `BrokerError`."""
        names = self._channels.names_of(channels)
        with as_broker_errors():
            client = await self._writer()
            found = await resolve(client.execute_command(self._channels.count, *names))
        return [int(count) for _, count in found] if isinstance(found[0], tuple) else found[1::2]

    async def close(self) -> None:
        """Close all connections; `receive` raises in whoever waits there."""
        listener, self._listener = self._listener, None
        if listener is not None:
            await resolve(self._cut_off(listener))
        await self._leave_publisher()
