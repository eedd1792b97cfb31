"""What a Redis refuses to publish is an error, and the next publish is on its own."""

import asyncio
from collections.abc import Iterator

import pytest
import redis
import redis.asyncio

from sio_core.cluster import Publication
from sio_redis.async_broker import AsyncRedisBroker
from sio_redis.broker import RedisBroker
from sio_redis.connections import Connections
from sio_server.managers.cluster.broker import BrokerError
from tests.support.brokers.redis_servers import Redis
from tests.support.brokers.shared import Brokers

pytest_plugins = ["tests.support.brokers.fixtures"]

GOOD, BAD = Publication("yes", b"1"), Publication("no", b"2")


@pytest.fixture
def server(brokers: Brokers) -> Iterator[Redis]:
    """Return a Redis that takes publications on the channel `yes` only."""
    found = brokers.own("redis")
    assert isinstance(found, Redis)
    with found.client() as client:
        client.execute_command("ACL SETUSER", "default", "resetchannels", "&yes")
    yield found
    found.stop()


@pytest.mark.parametrize("batch", [[BAD], [BAD, GOOD], [GOOD, BAD, GOOD]], ids=len)
def test_a_refused_publication_leaves_nothing_behind(
    server: Redis, batch: list[Publication]
) -> None:
    broker = RedisBroker(Connections(redis, server.url, {}), "yes")
    with pytest.raises(BrokerError, match="permission"):
        broker.publish(batch)
    broker.publish([GOOD] * 3)
    broker.close()

    async def same() -> None:
        asynchronous = AsyncRedisBroker(Connections(redis.asyncio, server.url, {}), "yes")
        with pytest.raises(BrokerError, match="permission"):
            await asynchronous.publish(batch)
        await asynchronous.publish([GOOD] * 3)
        await asynchronous.close()

    asyncio.run(same())
