"""Fleets over ZeroMQ: who listens besides."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sio_client import AsyncClient
from tests.support.brokers.broker import Broker
from tests.support.driven import Drive, driving
from tests.support.fleet_clients import Fleet, hears, joined

pytest_plugins = ["tests.support.brokers.fixtures", "tests.support.fleet"]


@pytest.fixture
async def drive() -> AsyncIterator[Drive]:
    async with driving(AsyncClient) as made:
        yield made


@pytest.mark.parametrize("broker", ["zeromq"], indirect=True)
@pytest.mark.parametrize("make", ["ours-asgi", "ours-wsgi"])
async def test_a_forwarder_of_zeromq_says_that_python_socketio_listens(
    broker: Broker, fleet: Fleet, drive: Drive, make: str
) -> None:
    channel = broker.new_channel()
    first, second = (fleet(make, broker, channel) for _ in range(2))
    one = await joined(drive, first, "a room, and *")
    await hears(one, second)
    assert (await second.do("health"))["routing"] is True
    await second.do("emit", "news", 1, to="a room, and *")
    assert await one.received("news") == [(1,)]
    # It says nothing; the forwarder alone knows that it is there.
    silent = fleet("python-socketio-wsgi", broker, channel)
    while (await second.do("health"))["routing"]:
        await asyncio.sleep(0.05)
    two = await joined(drive, silent)
    await hears(two, second)
