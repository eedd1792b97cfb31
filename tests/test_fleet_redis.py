"""Fleets over Redis: the kinds of its addresses, and what a member of a fleet does for tests."""

from collections.abc import AsyncIterator

import pytest

from sio_client import AsyncClient
from tests.support.brokers.broker import Broker
from tests.support.driven import Drive, driving
from tests.support.fleet_clients import BINARY, Fleet, hears, in_room, joined

pytest_plugins = ["tests.support.brokers.fixtures", "tests.support.fleet"]


@pytest.fixture
async def drive() -> AsyncIterator[Drive]:
    async with driving(AsyncClient) as made:
        yield made


KINDS = ["valkey", "redis-tls", "redis-unix", "redis-sentinel", "redis-cluster"]


@pytest.mark.parametrize("broker", KINDS, indirect=True)
async def test_every_kind_of_address(broker: Broker, fleet: Fleet, drive: Drive) -> None:
    channel = broker.new_channel()
    first, second = fleet("ours-asgi", broker, channel), fleet("ours-wsgi", broker, channel)
    one, two = await joined(drive, first, "blue"), await joined(drive, second, "red")
    await hears(one, second)
    await hears(two, first)
    await first.do("emit", "news", BINARY, to="red")
    assert await two.received("news") == [(BINARY,)]
    await second.do("emit", "news", 1, to="blue")
    assert await one.received("news") == [(1,)]
    assert await first.do("call", "question", "x", to=two.sio.sid) == ["x", "answer"]
    assert (await first.do("health"))["routing"] is True


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
async def test_a_member_answers_its_clients_and_tells_errors(
    broker: Broker, fleet: Fleet, drive: Drive
) -> None:
    member = fleet("python-socketio-asgi", broker, broker.new_channel())
    client = await joined(drive, member, "blue")
    assert await client.call("ask", BINARY, 1) == (BINARY, 1)

    await in_room(client, "blue")
    await client.emit("leave", "blue")
    await client.emit("join", "red")
    await in_room(client, "red")
    await in_room(client, "blue", there=False)
    with pytest.raises(RuntimeError, match="no test may call shutdown"):
        await member.do("shutdown")
    assert member.served.alive()
