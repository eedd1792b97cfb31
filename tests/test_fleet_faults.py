"""What becomes of a fleet whose broker fails: its servers serve, say so, and are a fleet again.

Each fleet has one server of either colour, where the broker's package has managers for both. Beside
it there are servers of the same makes that have no broker: what they do later than at once is the
machine's doing.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import pytest

from sio_client import AsyncClient
from sio_core.cluster.reunion import SECONDS
from tests.support.brokers.broker import Broker
from tests.support.brokers.kinds import PLAIN
from tests.support.brokers.redis_servers import Redis
from tests.support.brokers.shared import Brokers
from tests.support.driven import Drive, driving, in_thread
from tests.support.fleet import Fleet, makes_of
from tests.support.fleet_clients import SOON, hears, joined
from tests.support.fleet_crowd import Listener, come
from tests.support.fleet_ticks import ROOM, TICK, Ticker, now, ticking

if TYPE_CHECKING:
    from tests.support.fleet import Member

pytest_plugins = ["tests.support.brokers.fixtures", "tests.support.fleet"]

LONGEST_GAP = 0.5
"""Seconds in which a client may hear nothing of its own server."""

UNHEALTHY_SECONDS = 20.0
BACK_SECONDS = 2.0
"""Seconds after the return of the broker in which deliveries are back."""

MOST_LINES = 20

on_redis = pytest.mark.parametrize("broker", ["redis"], indirect=True)
on_each = pytest.mark.parametrize("broker", PLAIN, indirect=True)


@pytest.fixture
async def drive() -> AsyncIterator[Drive]:
    async with driving(AsyncClient) as made:
        yield made


def makes_of_pair(kind: str) -> tuple[str, str]:
    """The makes of two servers over a kind of broker: one of either colour, if there are both."""
    makes = makes_of(kind)
    return makes[0], makes[-1]


class Pair:
    """Two servers over one broker."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = members

    async def are_healthy(self, *, healthy: bool) -> None:
        """Wait until both say that they hear themselves, or that they do not."""
        for member in self.members:
            while (await member.do("health"))["healthy"] is not healthy:
                await asyncio.sleep(0.05)

    def lines(self) -> int:
        """How many lines the two have logged."""
        return sum(len(member.served.log().splitlines()) for member in self.members)


class Troubled(Pair):
    """Two servers over a broker, and as many that have none."""

    def __init__(self, broker: Broker, members: Sequence[Member], alone: Sequence[Member]) -> None:
        super().__init__(members)
        self.broker = broker
        self.alone = alone


@pytest.fixture(scope="module", params=PLAIN)
def troubled(
    brokers: Brokers, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Troubled]:
    """Return two servers over a broker, which every test of this module makes fail."""
    broker = brokers.shared(request.param)
    fleet = Fleet(tmp_path_factory.mktemp("fleet"))
    channel = broker.new_channel()
    makes = makes_of_pair(broker.kind)
    try:
        found = fleet.at_once(
            *(partial(fleet, make, broker, channel, manager=SOON) for make in makes),
            *(partial(fleet, make, None) for make in makes),
        )
        yield Troubled(broker, found[:2], found[2:])
    finally:
        fleet.stop()


class Watch:
    """What the clients of all four servers hear while the broker fails."""

    def __init__(self, troubled: Troubled, tickers: Sequence[Ticker]) -> None:
        self.troubled = troubled
        self.one, self.two, *self.alone = tickers
        self.pairs = ((self.one, self.two), (self.two, self.one))
        self._begun = 0.0
        self._lines = 0

    async def begin(self) -> None:
        """Wait until the fleet is one, and well."""
        for ticker, other in self.pairs:
            await ticker.hears_all(other, 1)
        await self.troubled.are_healthy(healthy=True)
        await self.lateness()
        self._lines = self.troubled.lines()
        self._begun = now()

    async def lateness(self) -> list[float]:
        """Return by how many seconds each server was late since this was asked last."""
        members = (*self.troubled.members, *self.troubled.alone)
        return [await member.do("lateness") for member in members]

    async def is_back(self, since: float) -> None:
        """Check that deliveries are back soon after the broker, and that nothing is lost later."""
        late = max(ticker.gap(self._begun, now()) for ticker in self.alone) - TICK
        firsts = [other.number + 1 for _, other in self.pairs]
        for ticker, other in self.pairs:
            seconds = await ticker.hears(other, since)
            print(f"deliveries to {ticker.member.make} are back after {seconds:.2f} s")
            # Some ten steps lead there, each of which may have to wait for the machine.
            assert seconds < BACK_SECONDS + 10 * late
        await self.troubled.are_healthy(healthy=True)
        for (ticker, other), first in zip(self.pairs, firsts, strict=True):
            await ticker.hears_all(other, 5)
            lost = {*range(first, other.number - 5)} - ticker.numbers(other)
            print(f"of what was sent since, {ticker.member.make} did not hear {sorted(lost)}")
            # Who has to wait longer for the machine comes back when nobody waits for him any more.
            assert not lost or 10 * late > SECONDS - 1.5

    async def end(self) -> None:
        """Check that clients were served all the while, and that few lines were logged."""
        gaps = [ticker.gap(self._begun, now()) for ticker in (self.one, self.two, *self.alone)]
        waits = await self.lateness()
        print("longest gaps", [f"{gap:.3f}" for gap in gaps])
        print("latest turns", [f"{wait:.3f}" for wait in waits])
        print("lines", self.troubled.lines() - self._lines)
        for gap, without in zip(gaps[:2], gaps[2:], strict=True):
            assert gap < LONGEST_GAP + without
        for wait, without in zip(waits[:2], waits[2:], strict=True):
            assert wait < LONGEST_GAP + without
        assert self.troubled.lines() - self._lines < MOST_LINES


@pytest.fixture
async def watch(troubled: Troubled) -> AsyncIterator[Watch]:
    """Return what clients hear, from when all is well."""
    await in_thread(lambda: mended(troubled.broker))
    async with ticking((*troubled.members, *troubled.alone)) as tickers:
        found = Watch(troubled, tickers)
        await found.begin()
        yield found


def mended(broker: Broker) -> None:
    """Have a broker run that a test before has left in trouble."""
    broker.resume()
    if not broker.alive():
        broker.restart()


async def test_a_broker_that_is_killed(watch: Watch) -> None:
    broker = watch.troubled.broker
    await in_thread(broker.kill)
    async with asyncio.timeout(UNHEALTHY_SECONDS):
        await watch.troubled.are_healthy(healthy=False)
    await asyncio.sleep(3.0)
    await in_thread(broker.restart)
    await watch.is_back(now())
    await watch.end()


async def test_a_broker_that_stands_still(watch: Watch) -> None:
    broker, begun = watch.troubled.broker, now()
    await in_thread(broker.pause)
    async with asyncio.timeout(UNHEALTHY_SECONDS):
        await watch.troubled.are_healthy(healthy=False)
    await asyncio.sleep(begun + 5.0 - now())
    broker.resume()
    assert await in_thread(lambda: broker.wait(broker.ready))
    await watch.is_back(now())
    await watch.end()


async def test_connections_that_are_cut(watch: Watch) -> None:
    broker = watch.troubled.broker
    await in_thread(broker.cut_clients)
    await watch.is_back(now())
    await watch.end()


@pytest.mark.parametrize("troubled", ["redis"], indirect=True)
async def test_subscriptions_that_are_cut(watch: Watch) -> None:
    broker = watch.troubled.broker
    assert isinstance(broker, Redis)
    await in_thread(broker.cut_subscribers)
    await watch.is_back(now())
    await watch.end()


@pytest.mark.parametrize("troubled", ["redis", "rabbitmq"], indirect=True)
async def test_a_message_that_is_too_large(watch: Watch) -> None:
    for member in watch.troubled.members:
        with pytest.raises(RuntimeError, match="max_publish_size"):
            await member.do("emit_text", "huge", 33_000_000)
    for ticker, other in watch.pairs:
        await ticker.hears_all(other, 1)


@on_each
async def test_a_broker_that_comes_later(broker: Broker, fleet: Fleet, drive: Drive) -> None:
    channel = broker.new_channel()
    await in_thread(broker.kill)
    both = Pair(fleet.servers(makes_of_pair(broker.kind), broker, channel, manager=SOON))
    first, second = both.members
    one, two = await joined(drive, first), await joined(drive, second)
    for member, client in ((first, one), (second, two)):
        assert await client.call("ask", "x", 1) == ("x", 1)
        assert await member.do("call", "question", "x", to=client.sio.sid) == ["x", "answer"]
        assert (await member.do("health"))["healthy"] is False
    await in_thread(broker.restart)
    await hears(two, first)
    await hears(one, second)
    await both.are_healthy(healthy=True)


@on_redis
async def test_a_socket_timeout_ends_no_delivery(
    broker: Broker, fleet: Fleet, drive: Drive
) -> None:
    options = {"redis_options": {"socket_timeout": 0.2}, "probe_interval": 30.0}
    makes = makes_of_pair(broker.kind)
    first, second = fleet.servers(makes, broker, broker.new_channel(), manager=options)
    one, two = await joined(drive, first), await joined(drive, second)
    await hears(two, first)
    await hears(one, second)
    await asyncio.sleep(1.0)
    for member, client, word in ((first, two, "to"), (second, one, "fro")):
        await member.do("emit", word, 1)
        assert await client.received(word) == [(1,)]
        assert "does not work" not in member.served.log()


@on_each
async def test_more_than_a_server_keeps_for_its_broker(broker: Broker, fleet: Fleet) -> None:
    kept, count = 50, 400
    options = {**SOON, "max_queued_messages": kept}
    makes = makes_of_pair(broker.kind)
    members = fleet.servers(makes, broker, broker.new_channel(), manager=options)
    one, two = clients = [Listener(member, [ROOM]) for member in members]
    await come(clients)
    try:
        for word, (source, target) in {"to": (one, two), "fro": (two, one)}.items():
            while not target.got("tock"):
                source.emit("tick", "begun", 0)
                await asyncio.sleep(0.05)
            await in_thread(broker.pause)
            for number in range(count):
                source.emit("tick", word, number)
            await source.until(partial(has, source, word, count - 1))
            assert (await source.member.do("health"))["queued_messages"] <= kept
            broker.resume()
            await target.until(partial(has, target, word, count - 1))
            found = numbers(target, word)
            assert numbers(source, word) == list(range(count))
            assert found == sorted(set(found))
            # The oldest are lost, but for those that were on their way.
            assert found[-kept + 5 :] == list(range(count - kept + 5, count))
            lost = re.findall(r"(\d+) messages for other processes are lost", log_of(source))
            assert 0 < sum(map(int, lost)) <= count - len(found)
            for client in clients:
                client.heard.clear()
    finally:
        for client in clients:
            await client.close()


def numbers(client: Listener, word: str) -> list[int]:
    """Return the numbers that a client heard with a word."""
    return [number for said, number in client.got("tock") if said == word]


def has(client: Listener, word: str, number: int) -> bool:
    """Tell whether a client has heard a number with a word."""
    return number in numbers(client, word)


def log_of(client: Listener) -> str:
    """Return what the server of a client has logged."""
    return client.member.served.log()
