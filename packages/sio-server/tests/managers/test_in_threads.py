"""A broker of threads for asyncio."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from sio_core.cluster import Publication
from sio_server.managers.cluster.broker import BrokerError, Received
from sio_server.managers.cluster.in_threads import InThreads


class Recorded:
    """A broker that notes which thread does what; `receive` waits for `close`."""

    routes = False

    def __init__(self) -> None:
        self.threads: dict[str, str] = {}
        self.closed = threading.Event()

    def _note(self, method: str) -> None:
        self.threads[method] = threading.current_thread().name

    def connect(self) -> None:
        self._note("connect")

    def subscribe(self, channels: Sequence[str]) -> None:
        self._note("subscribe")

    def unsubscribe(self, channels: Sequence[str]) -> None:
        self._note("unsubscribe")

    def receive(self) -> Sequence[Received]:
        self._note("receive")
        self.closed.wait()
        raise BrokerError("closed")

    def publish(self, publications: Sequence[Publication]) -> None:
        self._note("publish")

    def count_subscribers(self, channels: Sequence[str]) -> Sequence[int] | None:
        self._note("count_subscribers")
        return [len(channels)]

    def close(self) -> None:
        self._note("close")
        self.closed.set()


async def test_two_threads() -> None:
    recorded = Recorded()
    broker = InThreads(recorded)
    assert broker.routes is False
    await broker.connect()
    receiving = asyncio.ensure_future(broker.receive())
    await broker.publish([])
    await broker.subscribe([])
    await broker.unsubscribe([])
    assert await broker.count_subscribers(["a", "b"]) == [2]
    assert not receiving.done()
    await broker.close()
    with pytest.raises(BrokerError, match="closed"):
        await receiving
    assert recorded.threads["connect"] == recorded.threads["receive"]
    working = {recorded.threads[name] for name in ("publish", "subscribe", "unsubscribe", "close")}
    assert len(working) == 2  # what closes waits for nobody
    assert threading.main_thread().name not in recorded.threads.values()


async def test_nobody_waits_any_more() -> None:
    recorded = Recorded()
    broker = InThreads(recorded)
    receiving = asyncio.ensure_future(broker.receive())
    await asyncio.sleep(0)
    receiving.cancel()
    await broker.close()
    await broker.connect()  # after what `receive` raised
    assert receiving.cancelled()


async def test_no_thread_is_left_when_it_is_closed() -> None:
    before = set(threading.enumerate())
    broker = InThreads(Recorded())
    await broker.connect()
    await broker.publish([])
    begun = set(threading.enumerate()) - before
    assert len(begun) == 2
    await broker.close()
    for thread in begun:
        await asyncio.to_thread(thread.join, 30)
        assert not thread.is_alive()


class Stuck(Recorded):
    """A broker whose `publish` ends when it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[Sequence[Publication]] = []

    def publish(self, publications: Sequence[Publication]) -> None:
        self.published.append(publications)
        self.closed.wait()
        raise BrokerError("closed")


async def test_it_is_closed_while_something_is_published() -> None:
    stuck = Stuck()
    broker = InThreads(stuck)
    first = asyncio.ensure_future(broker.publish([Publication("a", b"")]))
    while not stuck.published:
        await asyncio.sleep(0.001)
    second = asyncio.ensure_future(broker.publish([Publication("b", b"")]))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait_for(broker.close(), 30)
    with pytest.raises(BrokerError, match="closed"):
        await first
    await broker.connect()  # which comes after what the threads before had to do
    assert len(stuck.published) == 1
