"""Fleets of python-socketio alone: what ours are mixed with does what the tests take for granted.

Where a test of a mixed fleet fails and this one does not, the difference is ours.
"""

from collections.abc import AsyncIterator

import pytest

from sio_client import AsyncClient
from tests.support.brokers.broker import Broker
from tests.support.driven import Drive, driving
from tests.support.fleet_clients import Fleet, hears, in_room, joined

pytest_plugins = ["tests.support.brokers.fixtures", "tests.support.fleet"]

BINARY = bytes(range(256))


@pytest.fixture
async def drive() -> AsyncIterator[Drive]:
    async with driving(AsyncClient) as made:
        yield made


@pytest.mark.parametrize("broker", ["redis", "rabbitmq"], indirect=True)
async def test_python_socketio_in_both_colours_with_a_process_that_emits(
    broker: Broker, fleet: Fleet, drive: Drive
) -> None:
    channel = broker.new_channel()
    first = fleet("python-socketio-asgi", broker, channel)
    second = fleet("python-socketio-wsgi", broker, channel)
    emitter = fleet("python-socketio-wsgi", broker, channel, write_only=True)
    one = await joined(drive, first, "blue")
    two = await joined(drive, second, "red")
    await hears(one, second)
    await hears(two, first)
    sid = two.sio.sid

    await first.do("emit", "news", BINARY, to="red")
    assert await two.received("news") == [(BINARY,)]
    await second.do("emit", "news", {"n": 1}, skip_sid=sid)
    assert await one.received("news") == [({"n": 1},)]
    assert await first.do("ask", "question", ["x", 1], to=sid) == [["x", 1], "answer"]
    assert await first.do("call", "question", "x", to=sid) == ["x", "answer"]

    await first.do("enter_room", sid, "green")
    await in_room(two, "green")
    await emitter.do("enter_room", sid, room="white", namespace="/")
    await in_room(two, "white")
    await emitter.do("emit", "last", BINARY, room="red")
    assert await two.received("last") == [(BINARY,)]
    await emitter.do("close_room", "white", "/")
    await in_room(two, "white", there=False)
    # From the emitter python-socketio raises an AttributeError here.
    await first.do("disconnect", sid)
    await two.received("disconnect")
    assert len(two.got("news")) == 1


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
