"""Fleets over NATS: what its servers alone do."""

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
