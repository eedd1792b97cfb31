"""Fleets over NATS, Kafka and ZeroMQ: every operation, and what a broker's failure does to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from sio_client import AsyncClient
from tests.support.brokers.broker import Broker
from tests.support.driven import Drive, Driven, driving, in_thread
from tests.support.fleet_clients import Fleet, do_every_operation, hears, joined

if TYPE_CHECKING:
    from tests.support.fleet import Member

pytest_plugins = ["tests.support.brokers.fixtures", "tests.support.fleet"]

SOON = {"probe_interval": 0.5, "probe_timeout": 1.0}
"""Options with which a server notices sooner that it does not hear itself."""

# Without eventlet the manager of python-socketio for ZeroMQ logs an error for each look that finds
# no message, and looks again.
FLEETS = [
    ("nats", "ours-asgi", "ours-asgi", "ours-asgi"),
    ("kafka", "ours-asgi", "ours-asgi", "ours-wsgi"),
    ("kafka", "ours-wsgi", "ours-wsgi", "ours-asgi"),
    ("kafka", "ours-asgi", "ours-wsgi", "ours-wsgi"),
    ("zeromq", "ours-asgi", "ours-asgi", "ours-wsgi"),
    ("zeromq", "ours-wsgi", "ours-wsgi", "ours-asgi"),
    ("zeromq", "ours-asgi", "python-socketio-wsgi", "ours-wsgi"),
    ("zeromq", "python-socketio-wsgi", "ours-wsgi", "ours-asgi"),
    ("zeromq-unix", "ours-asgi", "ours-wsgi", "ours-wsgi"),
]
"""Kinds of brokers, the makes of two servers, and that of a process that only emits."""
PAIRS = [(kind, make) for kind, make, second, _ in FLEETS if make == second]
FAULTS = ["killed", "stopped", "cut", "not there at first"]


@pytest.fixture
async def drive() -> AsyncIterator[Drive]:
    async with driving(AsyncClient) as made:
        yield made


@pytest.mark.parametrize(
    ("broker", "one_make", "two_make", "emitting"), FLEETS, indirect=["broker"]
)
async def test_every_operation(
    broker: Broker,
    fleet: Fleet,
    drive: Drive,
    one_make: str,
    two_make: str,
    emitting: str,
) -> None:
    channel = broker.new_channel()
    first, second = (fleet(make, broker, channel) for make in (one_make, two_make))
    emitter = fleet(emitting, broker, channel, write_only=True)
    await do_every_operation(drive, first, second, emitter)


async def until_healthy(members: tuple[Member, ...], *, healthy: bool) -> None:
    """Wait until all say that they hear themselves, or that they do not."""
    for member in members:
        while (await member.do("health"))["healthy"] is not healthy:
            await asyncio.sleep(0.05)


async def serve(members: tuple[Member, ...], clients: tuple[Driven, ...]) -> None:
    """Have each client called by its own server, and answered."""
    for member, client in zip(members, clients, strict=True):
        assert await client.call("ask", "x", 1) == ("x", 1)
        assert await member.do("call", "question", "x", to=client.sio.sid) == ["x", "answer"]


@pytest.mark.parametrize(("broker", "make"), PAIRS, indirect=["broker"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_broker_that_fails(
    broker: Broker, fleet: Fleet, drive: Drive, make: str, fault: str
) -> None:
    channel = broker.new_channel()
    if fault == "not there at first":
        await in_thread(broker.kill)
    members = tuple(fleet(make, broker, channel, manager=SOON) for _ in range(2))
    one, two = clients = (await joined(drive, members[0]), await joined(drive, members[1]))
    if fault != "not there at first":
        await hears(two, members[0], "begun")
        await hears(one, members[1], "begun")
        await until_healthy(members, healthy=True)
    before = sum(len(member.served.log().splitlines()) for member in members)

    away = {"killed": broker.kill, "stopped": broker.pause, "cut": broker.cut_clients}
    if fault in away:
        await in_thread(away[fault])
    await serve(members, clients)
    await members[0].do("emit", "meanwhile", 1)
    assert await one.received("meanwhile") == [(1,)]
    if fault != "cut":
        await until_healthy(members, healthy=False)
        await serve(members, clients)
        await in_thread(broker.resume if fault == "stopped" else broker.restart)

    await hears(two, members[0], "again")
    await hears(one, members[1], "again")
    await until_healthy(members, healthy=True)
    assert sum(len(member.served.log().splitlines()) for member in members) - before < 20
    assert len(one.got("meanwhile")) == 1
    assert len(two.got("meanwhile")) <= 1


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


@pytest.mark.parametrize("broker", ["nats"], indirect=True)
async def test_a_message_above_what_a_server_of_nats_takes(
    broker: Broker, fleet: Fleet, drive: Drive
) -> None:
    channel = broker.new_channel()
    options = {"max_publish_size": 3_000_000}
    first, second = (fleet("ours-asgi", broker, channel, manager=options) for _ in range(2))
    two = await joined(drive, second)
    await hears(two, first, "begun")
    await first.do("emit", "large", "x" * 1_200_000)
    await first.do("emit", "after", 1)
    assert await two.received("after") == [(1,)]
    assert not two.got("large")
    assert "max_payload of the NATS server is 1048576" in first.served.log()
