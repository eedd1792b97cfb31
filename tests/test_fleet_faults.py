"""What becomes of a fleet whose broker fails: its servers serve, say so, and are a fleet again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from sio_client import AsyncClient
from tests.support.brokers.broker import Broker
from tests.support.driven import Drive, Driven, driving, in_thread
from tests.support.fleet_clients import Fleet, joined

if TYPE_CHECKING:
    from tests.support.fleet import Member

pytest_plugins = ["tests.support.brokers.fixtures", "tests.support.fleet"]

MAKES = ["ours-asgi", "ours-wsgi"]
SOON = {"probe_interval": 0.5, "probe_timeout": 1.0}
"""Options with which a server notices sooner that it does not hear itself."""

on_redis = pytest.mark.parametrize("broker", ["redis"], indirect=True)
on_redis_and_rabbitmq = pytest.mark.parametrize("broker", ["redis", "rabbitmq"], indirect=True)
in_both_colours = pytest.mark.parametrize("make", MAKES)


@pytest.fixture
async def drive() -> AsyncIterator[Drive]:
    async with driving(AsyncClient) as made:
        yield made


class Pair:
    """Two servers over one broker, with a client each."""

    def __init__(self, members: tuple[Member, Member], clients: tuple[Driven, Driven]) -> None:
        self.first, self.second = members
        self.one, self.two = clients

    async def are_one(self, word: str) -> None:
        """Have both emit until the client of the other one has heard it."""
        for member, client in ((self.first, self.two), (self.second, self.one)):
            while not client.got(word):
                await member.do("emit", word, {})
                await asyncio.sleep(0.02)

    async def is_healthy(self, *, healthy: bool) -> None:
        """Wait until both say that they hear themselves, or that they do not."""
        for member in (self.first, self.second):
            while (await member.do("health"))["healthy"] is not healthy:
                await asyncio.sleep(0.05)

    async def serves_local_clients(self) -> None:
        """Have each client called by its own server, and answered."""
        for member, client in ((self.first, self.one), (self.second, self.two)):
            assert await client.call("ask", "x", 1) == ("x", 1)
            assert await member.do("call", "question", "x", to=client.sio.sid) == ["x", "answer"]

    def log(self) -> str:
        """What the two have logged."""
        return self.first.served.log() + self.second.served.log()


async def pair(broker: Broker, fleet: Fleet, drive: Drive, make: str, **manager: object) -> Pair:
    channel = broker.new_channel()
    members, clients = [], []
    for _ in range(2):
        member = fleet(make, broker, channel, manager={**SOON, **manager})
        members.append(member)
        clients.append(await joined(drive, member, "all"))
    return Pair((members[0], members[1]), (clients[0], clients[1]))


@on_redis_and_rabbitmq
@in_both_colours
@pytest.mark.parametrize("fault", ["killed", "stopped"])
async def test_a_broker_that_is_away(
    broker: Broker, fleet: Fleet, drive: Drive, make: str, fault: str
) -> None:
    both = await pair(broker, fleet, drive, make)
    await both.are_one("begun")
    await both.is_healthy(healthy=True)
    before = len(both.log().splitlines())

    await in_thread(broker.kill if fault == "killed" else broker.pause)
    await both.serves_local_clients()
    await both.first.do("emit", "meanwhile", 1)
    assert await both.one.received("meanwhile") == [(1,)]
    await both.is_healthy(healthy=False)
    await both.serves_local_clients()

    await in_thread(broker.restart if fault == "killed" else broker.resume)
    await both.are_one("again")
    await both.is_healthy(healthy=True)
    assert len(both.log().splitlines()) - before < 20
    assert len(both.one.got("meanwhile")) == 1
    assert len(both.two.got("meanwhile")) <= 1


@on_redis_and_rabbitmq
@in_both_colours
async def test_subscriptions_that_are_cut(
    broker: Broker, fleet: Fleet, drive: Drive, make: str
) -> None:
    both = await pair(broker, fleet, drive, make)
    await both.are_one("begun")
    before = len(both.log().splitlines())
    await in_thread(broker.cut_clients)
    await both.serves_local_clients()
    await both.are_one("again")
    assert len(both.log().splitlines()) - before < 20


@on_redis_and_rabbitmq
@in_both_colours
async def test_a_message_that_is_too_large(
    broker: Broker, fleet: Fleet, drive: Drive, make: str
) -> None:
    both = await pair(broker, fleet, drive, make)
    await both.are_one("begun")
    with pytest.raises(RuntimeError, match="max_publish_size"):
        await both.first.do("emit", "huge", "x" * 33_000_000)
    await both.first.do("emit", "after", 1)
    assert await both.two.received("after") == [(1,)]
    assert not both.one.got("huge")


@on_redis
@in_both_colours
async def test_a_socket_timeout_ends_no_delivery(
    broker: Broker, fleet: Fleet, drive: Drive, make: str
) -> None:
    both = await pair(
        broker, fleet, drive, make, redis_options={"socket_timeout": 0.2}, probe_interval=30.0
    )
    await both.are_one("begun")
    await asyncio.sleep(1.0)
    await both.first.do("emit", "news", 1)
    assert await both.two.received("news") == [(1,)]
    assert "does not work" not in both.log()


@on_redis_and_rabbitmq
@in_both_colours
async def test_a_broker_that_comes_later(
    broker: Broker, fleet: Fleet, drive: Drive, make: str
) -> None:
    await in_thread(broker.kill)
    both = await pair(broker, fleet, drive, make)
    await both.serves_local_clients()
    assert (await both.first.do("health"))["healthy"] is False
    await in_thread(broker.restart)
    await both.are_one("begun")
    await both.is_healthy(healthy=True)
