"""Fleets over RabbitMQ: who listens besides, and a broker that is full."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from sio_client import AsyncClient
from tests.support.brokers.broker import Broker
from tests.support.brokers.rabbitmq import RabbitMQ
from tests.support.driven import Drive, driving, in_thread
from tests.support.fleet_clients import SOON, Fleet, hears, joined

if TYPE_CHECKING:
    from tests.support.fleet import Member

pytest_plugins = ["tests.support.brokers.fixtures", "tests.support.fleet"]

MAKES = ["ours-asgi", "ours-wsgi"]
on_rabbitmq = pytest.mark.parametrize("broker", ["rabbitmq"], indirect=True)
of_each_make = pytest.mark.parametrize("make", MAKES)


@pytest.fixture
async def drive() -> AsyncIterator[Drive]:
    async with driving(AsyncClient) as made:
        yield made


async def health(member: Member, **expected: object) -> None:
    """Wait until a member says of itself what is expected."""
    while not expected.items() <= (await member.do("health")).items():
        await asyncio.sleep(0.05)


@on_rabbitmq
@of_each_make
async def test_routes_until_a_server_of_python_socketio_listens(
    broker: Broker, fleet: Fleet, drive: Drive, make: str
) -> None:
    channel = broker.new_channel()
    first, second = (fleet(make, broker, channel) for _ in range(2))
    one = await joined(drive, first, "a room.with * #signs")
    await hears(one, second)
    await health(second, routing=True)
    await second.do("emit", "news", 1, to="a room.with * #signs")
    assert await one.received("news") == [(1,)]
    # It never says anything; the broker alone knows that it is there.
    silent = fleet("python-socketio-asgi", broker, channel)
    two = await joined(drive, silent)
    await health(first, routing=False)
    await hears(two, first)


@on_rabbitmq
async def test_a_broker_that_is_full(broker: Broker, fleet: Fleet, drive: Drive) -> None:
    assert isinstance(broker, RabbitMQ)
    channel = broker.new_channel()
    first, second = (fleet(make, broker, channel, manager=SOON) for make in MAKES)
    one, two = await joined(drive, first), await joined(drive, second)
    await hears(one, second)
    await hears(two, first)
    await in_thread(lambda: broker.limit_memory("1MB"))
    try:
        for member, client in ((first, one), (second, two)):
            await health(member, healthy=False)
            assert await client.call("ask", "x", 1) == ("x", 1)
    finally:
        await in_thread(lambda: broker.limit_memory("1GB"))
    await hears(one, second, "again")
    await hears(two, first, "again")
    for member in (first, second):
        await health(member, healthy=True)
