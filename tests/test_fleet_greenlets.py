"""A patched worker of gevent or eventlet: what listens to the broker leaves all else its turns."""

from collections.abc import AsyncIterator

import pytest

from sio_client import AsyncClient
from tests.support.brokers.broker import Broker
from tests.support.driven import Drive, driving
from tests.support.fleet_clients import Fleet, hears, joined

pytest_plugins = ["tests.support.brokers.fixtures", "tests.support.fleet"]

QUIET = {"probe_interval": 600.0, "presence_interval": 600.0}
"""Options with which a broker has nothing to say that would wake who listens to it."""


@pytest.fixture
async def drive() -> AsyncIterator[Drive]:
    async with driving(AsyncClient) as made:
        yield made


@pytest.mark.parametrize("broker", ["redis", "rabbitmq"], indirect=True)
@pytest.mark.parametrize("make", ["ours-gevent", "ours-eventlet"])
async def test_who_listens_holds_up_nobody(
    broker: Broker, fleet: Fleet, drive: Drive, make: str
) -> None:
    channel = broker.new_channel()
    member = fleet(make, broker, channel, manager={**QUIET, "routing": True})
    other = fleet("ours-asgi", broker, channel, manager={**QUIET, "routing": True})
    one, two = await joined(drive, member, "all"), await joined(drive, other, "all")
    await hears(one, other)
    await hears(two, member)
    await member.do("lateness")
    # Nothing is published from here on, and nothing of what follows is for others.
    for number in range(5):
        assert await one.call("ask", number) == number
        assert await member.do("call", "question", number, to=one.sio.sid) == [number, "answer"]
    assert await member.do("lateness") < 5.0
    await other.do("emit", "news", 1, to="all")
    assert await one.received("news") == [(1,)]
    await member.do("emit", "more", 2, to="all")
    assert await two.received("more") == [(2,)]
