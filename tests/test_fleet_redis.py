"""Fleets over Redis: this project's servers in both colours, and with those of python-socketio."""

from collections.abc import AsyncIterator

import pytest

from sio_client import AsyncClient
from tests.support.brokers.broker import Broker
from tests.support.driven import Drive, driving
from tests.support.fleet_clients import BINARY, Fleet, do_every_operation, hears, joined

pytest_plugins = ["tests.support.brokers.fixtures", "tests.support.fleet"]


@pytest.fixture
async def drive() -> AsyncIterator[Drive]:
    async with driving(AsyncClient) as made:
        yield made


PAIRS = [
    ("ours-asgi", "ours-asgi"),
    ("ours-wsgi", "ours-asgi"),
    ("ours-wsgi", "ours-wsgi"),
    ("ours-asgi", "python-socketio-asgi"),
    ("python-socketio-wsgi", "ours-wsgi"),
]
EMITTERS = ["ours-asgi", "ours-wsgi"]


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
@pytest.mark.parametrize("makes", PAIRS, ids="+".join)
@pytest.mark.parametrize("emitting", EMITTERS)
async def test_every_operation(
    broker: Broker,
    fleet: Fleet,
    drive: Drive,
    makes: tuple[str, str],
    emitting: str,
) -> None:
    channel = broker.new_channel()
    first, second = (fleet(make, broker, channel) for make in makes)
    emitter = fleet(emitting, broker, channel, write_only=True)
    await do_every_operation(drive, first, second, emitter)


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
