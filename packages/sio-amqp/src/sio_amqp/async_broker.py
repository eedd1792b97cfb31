"""RabbitMQ for asyncio: what a manager publishes and subscribes to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from yarl import URL

from sio_core.cluster import Publication
from sio_server.managers.cluster.amqp_names import AmqpNames
from sio_server.managers.cluster.broker import BrokerError, Received

from .listener import Listener
from .publisher import Publisher


class AsyncAmqpBroker:
    """One RabbitMQ, by two connections of aio-pika: one that listens, one that publishes."""

    routes = True

    def __init__(self, address: URL, names: AmqpNames) -> None:
        self._address = address
        self._names = names
        self._listener: Listener | None = None
        self._publisher: Publisher | None = None
        self._ending: set[asyncio.Task[None]] = set()

    async def connect(self) -> None:
        """Connect for `receive`. Raises `BrokerError`."""
        self._end(self._listener)
        self._listener = None
        self._listener = await Listener.opened(self._address, self._names)

    def _end(self, link: Listener | Publisher | None) -> None:
        """Have a connection closed that is not to be used any more; nobody waits for it."""
        if link is not None:
            task = asyncio.create_task(link.close())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def _listening(self) -> Listener:
        if self._listener is None:
            raise BrokerError("not connected")
        return self._listener

    async def subscribe(self, channels: Sequence[str]) -> None:
        """Ask for what is published on `channels`. Raises `BrokerError`."""
        await self._listening().subscribe(channels)

    async def unsubscribe(self, channels: Sequence[str]) -> None:
        """Ask for no more of `channels`. Raises `BrokerError`."""
        self._listening().unsubscribe(channels)

    async def receive(self) -> Sequence[Received]:
        """Wait for what was published. Raises `BrokerError` when the connection is lost."""
        return await self._listening().receive()

    async def _publishing(self) -> Publisher:
        publisher = self._publisher
        if publisher is None or not publisher.is_open:
            self._end(publisher)
            self._publisher = None
            publisher = self._publisher = await Publisher.opened(self._address, self._names)
        return publisher

    async def publish(self, publications: Sequence[Publication]) -> None:
        """Publish, in order. Raises `BrokerError` if that cannot be known to be done."""
        publisher = await self._publishing()
        try:
            await publisher.publish(publications)
        except BrokerError:
            self._give_up(publisher)
            raise

    async def count_subscribers(self, channels: Sequence[str]) -> Sequence[int]:
        """Return 1 and 0 where python-socketio listens to the channel of all, else 0 and 0.

        The broker cannot count, but it says whether there is anybody. Raises `BrokerError`.
        """
        publisher = await self._publishing()
        try:
            return [int(await publisher.are_strangers()), 0]
        except BrokerError:
            self._give_up(publisher)
            raise

    def _give_up(self, publisher: Publisher) -> None:
        """Connect again for the next publish: what was sent on this connection is not known."""
        if self._publisher is publisher:
            self._publisher = None
        self._end(publisher)

    async def close(self) -> None:
        """Close all connections; `receive` raises in whoever waits there."""
        self._end(self._listener)
        self._end(self._publisher)
        self._listener = self._publisher = None
        await asyncio.gather(*self._ending)
