"""Fleets over a Redis Cluster whose slots move, and one of whose servers ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from sio_client import AsyncClient
from tests.support.brokers.redis_servers import Cluster
from tests.support.driven import Drive, driving, in_thread
from tests.support.fleet_clients import Fleet, hears, joined

pytest_plugins = ["tests.support.brokers.fixtures", "tests.support.fleet"]

SLOW = {"probe_interval": 60.0, "probe_timeout": 60.0}
"""Options with which no probe says that something is wrong: something else has to."""

on_a_cluster = pytest.mark.parametrize("broker", ["redis-cluster"], indirect=True)
in_both_colours = pytest.mark.parametrize("make", ["ours-asgi", "ours-wsgi"])


@pytest.fixture
async def drive() -> AsyncIterator[Drive]:
    async with driving(AsyncClient) as made:
        yield made


@on_a_cluster
@in_both_colours
@pytest.mark.parametrize("what", ["moved", "killed"])
async def test_another_server_has_the_channels(
    broker: Cluster, fleet: Fleet, drive: Drive, make: str, what: str
) -> None:
    channel = broker.new_channel()
    key = f"{{{channel}}}"
    first, second = (fleet(make, broker, channel, manager=SLOW) for _ in range(2))
    one, two = await joined(drive, first, "blue"), await joined(drive, second, "blue")
    await hears(one, second)
    await hears(two, first)
    before = first.served.log() + second.served.log()

    master = await in_thread(lambda: broker.master_of(key))
    if what == "moved":
        await in_thread(lambda: broker.move(key))
    else:
        await in_thread(lambda: broker.add_replica(master))
        await in_thread(lambda: broker.kill_master_of(key))
    assert await one.call("ask", "x", 1) == ("x", 1)
    await hears(one, second, "again")
    await hears(two, first, "again")
    for member in (first, second):
        while not (await member.do("health"))["healthy"]:
            await asyncio.sleep(0.05)
    assert await in_thread(lambda: broker.master_of(key)) != master
    after = first.served.log() + second.served.log()
    assert len(after.splitlines()) - len(before.splitlines()) < 20
