"""The documented manager of one's own, over a real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sio_client import AsyncClient
from tests.support.brokers.broker import Broker
from tests.support.driven import Drive, driving, in_thread
from tests.support.fleet_clients import Fleet, do_every_operation, hears, joined

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
@pytest.mark.parametrize(
    ("makes", "emitting"),
    [(("ours-asgi", "ours-wsgi"), "ours-asgi"), (("ours-wsgi", "ours-asgi"), "ours-wsgi")],
)
async def test_every_operation(
    broker: Broker, fleet: Fleet, drive: Drive, makes: tuple[str, str], emitting: str
) -> None:
    channel = broker.new_channel()
    first, second = (fleet(make, broker, channel) for make in makes)
    emitter = fleet(emitting, broker, channel, write_only=True)
    await do_every_operation(drive, first, second, emitter)


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
