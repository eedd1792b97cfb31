"""The queue of one process, and what comes through it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from yarl import URL

from sio_server.managers.cluster.amqp_names import AHEAD, AmqpNames, BoundKeys
from sio_server.managers.cluster.broker import BrokerError, Received

from .connections import Link, as_broker_errors

ANSWER_SECONDS = 5.0
"""Seconds that the broker may take to answer."""


class Listener:
    """What one process hears. The queue is this connection's alone, and goes with it."""

    def __init__(self, link: Link, keys: BoundKeys, queue: str) -> None:
        self._link = link
        self._channel = link.channel
        self._queue = queue
        self._found: deque[Received] = deque()
        self._some = asyncio.Event()
        self._is_lost = False
        self._last_tag = self._taken_tag = 0
        self._keys = keys
        self._unbinding: asyncio.Task[None] | None = None

    @classmethod
    async def opened(cls, address: URL, names: AmqpNames, keys: BoundKeys) -> Listener:
        """Connect, and begin to listen. Raises what the library does: see `as_broker_errors`."""
        link = await Link.opened(address, names, "listener", confirms=False)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                declared = await link.channel.queue_declare(exclusive=True, auto_delete=True)
                listener = cls(link, keys, declared.queue)
                await link.channel.basic_qos(prefetch_count=AHEAD)
                await link.channel.basic_consume(declared.queue, listener._came)
        except BaseException:
            await link.close()
            raise
        link.channel.closing.add_done_callback(listener._lost)
        return listener

    def _came(self, message: Any) -> None:
        delivery = message.delivery
        self._last_tag = delivery.delivery_tag
        exchange, key = delivery.exchange, delivery.routing_key
        self._found += self._keys.received(exchange, key, message.body)
        self._some.set()

    def _lost(self, closing: asyncio.Future[Any]) -> None:
        if not closing.cancelled():
            closing.exception()  # it is seen
        self._is_lost = True
        self._some.set()

    async def receive(self) -> Sequence[Received]:
        """Wait for what was published. Raises `BrokerError` when the connection is lost."""
        while True:
            await self._take()
            if self._found:
                found = [*self._found]
                self._found.clear()
                return found
            if self._is_lost:
                raise BrokerError("the connection has ended")
            self._some.clear()
            await self._some.wait()

    async def _take(self) -> None:
        """Tell the broker that all which came is taken, so that it sends more."""
        if self._last_tag == self._taken_tag or self._is_lost:
            return
        self._taken_tag = self._last_tag
        try:
            with as_broker_errors():
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._channel.basic_ack(self._last_tag, multiple=True, wait=False)
        except BrokerError:
            self._is_lost = True  # what came is for the caller first

    async def bind(self, channels: Sequence[str]) -> None:
        """Bind the queue to `channels`. Raises what the library does."""
        *others, last = [
            pair for channel in channels for pair in self._link.names.bindings(channel)
        ]
        bind = self._channel.queue_bind
        async with asyncio.timeout(ANSWER_SECONDS):
            for exchange, key in others:
                await bind(self._queue, exchange, key, nowait=True)
            # Bindings are made in order: this answer is that to all.
            await bind(self._queue, *last)
        self._found.extend((channel, None) for channel in channels)
        self._some.set()

    def unbind(self) -> None:
        """End the bindings that nobody needs, one after the other, without waiting for it."""
        if self._unbinding is None or self._unbinding.done():
            self._unbinding = asyncio.create_task(self._end_bindings())

    async def _end_bindings(self) -> None:
        with suppress(BrokerError), as_broker_errors():
            for key in self._keys.unwanted():
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._channel.queue_unbind(self._queue, self._link.names.routed, key)

    async def close(self) -> None:
        """Close the connection; whoever waits in `receive` has a `BrokerError` at once."""
        self._is_lost = True
        self._some.set()
        if self._unbinding is not None:
            self._unbinding.cancel()
        await self._link.close()
