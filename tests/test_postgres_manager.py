"""The documented manager of one's own, over a real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sio_client import AsyncClient
from tests.support.brokers.broker import Broker
from tests.support.driven import Drive, driving, in_thread
from tests.support.fleet import Fleet as Members
from tests.support.fleet_clients import Fleet, hears, joined
from tests.support.fleet_contract import (
    ROOMS,
    answers_come_back,
    clients_of_any_process_are_moved,
    emits_reach_whom_they_are_for,
)
from tests.support.fleet_crowd import crowd

pytest_plugins = ["tests.support.brokers.fixtures", "tests.support.fleet"]

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "postgres-manager"
on_postgresql = pytest.mark.parametrize("broker", ["postgresql"], indirect=True)


@pytest.fixture
async def drive() -> AsyncIterator[Drive]:
    async with driving(AsyncClient) as made:
        yield made


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the members of a fleet import the example, as a program that has copied it."""
    monkeypatch.setenv("SIO_TEST_PATH", str(EXAMPLE))


@on_postgresql
async def test_the_contract_of_managers(broker: Broker, fleet: Members) -> None:
    channel = broker.new_channel()
    servers = fleet.servers(["ours-asgi", "ours-wsgi", "ours-asgi"], broker, channel)
    emitter = fleet("ours-wsgi", broker, channel, write_only=True)
    async with crowd(servers, emitter, ROOMS) as found:
        await emits_reach_whom_they_are_for(found)
        await answers_come_back(found)
        await clients_of_any_process_are_moved(found)


@on_postgresql
@pytest.mark.parametrize("make", ["ours-asgi", "ours-wsgi"])
async def test_a_message_longer_than_a_notification(
    broker: Broker, fleet: Fleet, drive: Drive, make: str
) -> None:
    channel = broker.new_channel()
    first, second = (fleet(make, broker, channel) for _ in range(2))
    two = await joined(drive, second)
    await hears(two, first)
    await first.do("emit", "long", "x" * 100_000)
    assert await two.received("long") == [("x" * 100_000,)]


@on_postgresql
@pytest.mark.parametrize("make", ["ours-asgi", "ours-wsgi"])
async def test_a_database_that_is_started_again(
    broker: Broker, fleet: Fleet, drive: Drive, make: str
) -> None:
    channel = broker.new_channel()
    options = {"probe_interval": 0.5, "probe_timeout": 1.0}
    first, second = (fleet(make, broker, channel, manager=options) for _ in range(2))
    one, two = await joined(drive, first), await joined(drive, second)
    await hears(two, first)
    await in_thread(broker.kill)
    assert await one.call("ask", "x") == "x"
    await in_thread(broker.restart)
    await hears(two, first, "again")
    await hears(one, second, "again")
