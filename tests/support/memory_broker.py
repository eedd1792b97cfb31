"""A broker in memory, with the face that managers ask for, and managers over it in both colours.

Whoever shares a `Bus` is one fleet; `heard` has all that was published on it. `held` holds the
subscriptions back until `let_in` is called, `broken` refuses everything, `deaf` delivers nothing,
and while it `stands_still` whoever publishes waits.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from sio_core.cluster import Publication
from sio_server.managers.cluster.async_pubsub import AsyncPubSubManager
from sio_server.managers.cluster.broker import BrokerError, Received
from sio_server.managers.cluster.pubsub import PubSubManager

Deliver = Callable[[Received], None]


class Bus:
    """What brokers publish to, and the channels that they listen on."""

    def __init__(self, *, routes: bool = True) -> None:
        self.routes = routes
        self.broken = False
        self.stands_still = False
        self.deaf = False
        self.held = False
        self.heard: list[Publication] = []
        self._lock = threading.Lock()
        self._subscribers: dict[str, list[Deliver]] = {}
        self._waiting: list[tuple[str, Deliver]] = []

    def subscribe(self, channels: Sequence[str], deliver: Deliver) -> None:
        """Deliver what is published on `channels`, and say that it is so."""
        self.check()
        with self._lock:
            for channel in channels:
                if self.held:
                    self._waiting.append((channel, deliver))
                else:
                    self._subscribers.setdefault(channel, []).append(deliver)
                    deliver((channel, None))

    def let_in(self) -> None:
        """Confirm the subscriptions that were held back."""
        self.held = False
        waiting, self._waiting = self._waiting, []
        for channel, deliver in waiting:
            self.subscribe([channel], deliver)

    def unsubscribe(self, channels: Sequence[str], deliver: Deliver) -> None:
        """Deliver no more of `channels`."""
        with self._lock:
            for channel in channels:
                self._subscribers[channel].remove(deliver)

    def leave(self, deliver: Deliver) -> None:
        """Deliver nothing more."""
        with self._lock:
            for subscribers in self._subscribers.values():
                while deliver in subscribers:
                    subscribers.remove(deliver)

    def publish(self, publications: Sequence[Publication]) -> None:
        """Deliver to whoever is subscribed."""
        self.check()
        with self._lock:
            self.heard += publications
            if self.deaf:
                return
            for each in publications:
                for deliver in self._subscribers.get(each.channel, ()):
                    deliver((each.channel, each.payload))

    def count(self, channels: Sequence[str]) -> list[int]:
        """How many are subscribed to each channel."""
        self.check()
        return [len(self._subscribers.get(channel, ())) for channel in channels]

    def check(self) -> None:
        """Raise `BrokerError` if the bus is broken."""
        if self.broken:
            raise BrokerError("the bus is broken")


class MemoryBroker:
    """One connection to a bus, for threads."""

    def __init__(self, bus: Bus) -> None:
        self.routes = bus.routes
        self._bus = bus
        self._inbox: queue.SimpleQueue[Received | None] = queue.SimpleQueue()

    def connect(self) -> None:
        self._bus.check()
        self._inbox = queue.SimpleQueue()
        self._deliver = self._inbox.put

    def subscribe(self, channels: Sequence[str]) -> None:
        self._bus.subscribe(channels, self._deliver)

    def unsubscribe(self, channels: Sequence[str]) -> None:
        self._bus.unsubscribe(channels, self._deliver)

    def receive(self) -> Sequence[Received]:
        received = self._inbox.get()
        if received is None:
            raise BrokerError("closed")
        return (received,)

    def publish(self, publications: Sequence[Publication]) -> None:
        while self._bus.stands_still:
            time.sleep(0.01)
        self._bus.publish(publications)

    def count_subscribers(self, channels: Sequence[str]) -> Sequence[int] | None:
        return self._bus.count(channels)

    def close(self) -> None:
        self._bus.leave(self._inbox.put)
        self._inbox.put(None)


class AsyncMemoryBroker:
    """One connection to a bus, for asyncio."""

    def __init__(self, bus: Bus) -> None:
        self.routes = bus.routes
        self._bus = bus
        self._loop = asyncio.get_running_loop()
        self._inbox: asyncio.Queue[Received | None] = asyncio.Queue()

    async def connect(self) -> None:
        self._bus.check()
        self._inbox = asyncio.Queue()

    def _deliver(self, received: Received) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._inbox.put_nowait, received)

    async def subscribe(self, channels: Sequence[str]) -> None:
        self._bus.subscribe(channels, self._deliver)

    async def unsubscribe(self, channels: Sequence[str]) -> None:
        self._bus.unsubscribe(channels, self._deliver)

    async def receive(self) -> Sequence[Received]:
        received = await self._inbox.get()
        if received is None:
            raise BrokerError("closed")
        return (received,)

    async def publish(self, publications: Sequence[Publication]) -> None:
        while self._bus.stands_still:
            await asyncio.sleep(0.01)
        self._bus.publish(publications)

    async def count_subscribers(self, channels: Sequence[str]) -> Sequence[int] | None:
        return self._bus.count(channels)

    async def close(self) -> None:
        self._bus.leave(self._deliver)
        self._inbox.put_nowait(None)


class MemoryManager(PubSubManager):
    """A manager over a bus, for threads."""

    def __init__(self, bus: Bus, **options: Any) -> None:
        super().__init__(**options)
        self.bus = bus

    def _make_broker(self) -> Any:
        return MemoryBroker(self.bus)


class AsyncMemoryManager(AsyncPubSubManager):
    """A manager over a bus, for asyncio."""

    def __init__(self, bus: Bus, **options: Any) -> None:
        super().__init__(**options)
        self.bus = bus

    def _make_broker(self) -> Any:
        return AsyncMemoryBroker(self.bus)


class HookManager(PubSubManager):
    """A manager of somebody's own over a list of queues, for threads."""

    def __init__(
        self, queues: list[Callable[[Any], Any]], form: Any = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.queues = queues
        self.form = form or (lambda message: message)

    def _publish(self, data: Any) -> None:
        for put in self.queues:
            put(self.form(data))

    def _listen(self) -> Any:
        inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.queues.append(inbox.put)
        while True:
            yield inbox.get()


class AsyncHookManager(AsyncPubSubManager):
    """A manager of somebody's own over a list of queues, for asyncio."""

    def __init__(
        self, queues: list[Callable[[Any], Any]], form: Any = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.queues = queues
        self.form = form or (lambda message: message)

    async def _publish(self, data: Any) -> None:
        for put in self.queues:
            put(self.form(data))

    async def _listen(self) -> Any:
        inbox: asyncio.Queue[Any] = asyncio.Queue()
        self.queues.append(inbox.put_nowait)
        while True:
            yield await inbox.get()
