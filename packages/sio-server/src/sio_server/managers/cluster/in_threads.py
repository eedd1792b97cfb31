"""A broker of threads for asyncio, where a library has no better: in two threads of its own."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from sio_core.cluster import Publication

from .broker import Broker, Received

T = TypeVar("T")


class InThreads:
    """An `InThreads` is an `AsyncBroker` whose calls `broker` does, in threads.

    One of them connects and receives, the other one does the rest: as a blocking broker is used. A
    third one closes it, which ends what the others wait for. They end no process late: one that
    ends does not wait for them.
    """

    def __init__(self, broker: Broker) -> None:
        self.routes = broker.routes
        self._broker = broker
        self._listening = Lane("listens")
        self._working = Lane("works")
        self._closing = Lane("closes")

    async def connect(self) -> None:
        """Connect for `receive`. Raises `BrokerError`."""
        await self._listening.do(self._broker.connect)

    async def receive(self) -> Sequence[Received]:
        """Wait for what was published. Raises `BrokerError` when the connection is lost."""
        return await self._listening.do(self._broker.receive)

    async def subscribe(self, channels: Sequence[str]) -> None:
        """Ask for what is published on `channels`. Raises `BrokerError`."""
        await self._working.do(lambda: self._broker.subscribe(channels))

    async def unsubscribe(self, channels: Sequence[str]) -> None:
        """Ask for no more of `channels`. Raises `BrokerError`."""
        await self._working.do(lambda: self._broker.unsubscribe(channels))

    async def publish(self, publications: Sequence[Publication]) -> None:
        """Publish in order. Raises `BrokerError` where it is not certain that all is published."""
        await self._working.do(lambda: self._broker.publish(publications))

    async def count_subscribers(self, channels: Sequence[str]) -> Sequence[int] | None:
        """Return how many subscribe to each of `channels`. Raises `BrokerError`."""
        return await self._working.do(lambda: self._broker.count_subscribers(channels))

    async def close(self) -> None:
        """Close all connections, and end what waits; `receive` raises in whoever waits there."""
        self._listening.end()
        self._working.end()
        try:
            await self._closing.do(self._broker.close)
        finally:
            self._closing.end()


class Lane:
    """One thread at a time, which does what it is given in order; it begins with the first."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: queue.SimpleQueue[Callable[[], None] | None] | None = None
        self._thread: threading.Thread | None = None

    async def do(self, call: Callable[[], T]) -> T:
        """Have a call done; returns or raises what it does."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def settle(method: Callable[[Any], None], result: Any) -> None:
            if not answer.done():
                method(result)

        def done() -> None:
            if answer.cancelled():  # nobody waits for what was not begun
                return
            method: Callable[[Any], None] = answer.set_result
            result: Any
            try:
                result = call()
            except Exception as error:
                method, result = answer.set_exception, error
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(settle, method, result)

        if self._calls is None:
            self._calls = queue.SimpleQueue()
            arguments = (self._calls, self._thread)
            self._thread = threading.Thread(
                target=run, args=arguments, name=self._name, daemon=True
            )
            self._thread.start()
        self._calls.put(done)
        return await answer

    def end(self) -> None:
        """End the thread after what it was given; the next call has another one."""
        calls, self._calls = self._calls, None
        if calls is not None:
            calls.put(None)


def run(
    calls: queue.SimpleQueue[Callable[[], None] | None], previous: threading.Thread | None
) -> None:
    """Do what is put into `calls`, in order and after the `previous` thread, until that is None."""
    if previous is not None:
        previous.join()
    while (call := calls.get()) is not None:
        call()
