"""The brokers that the fixtures start: each does what tests of managers ask of it."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Iterator

import kombu
import nats
import psycopg
import pytest
import redis
import zmq
from kafka import KafkaConsumer, KafkaProducer
from redis.sentinel import Sentinel as SentinelClient

from tests.support.brokers import family
from tests.support.brokers.broker import Broker
from tests.support.brokers.kinds import KINDS
from tests.support.brokers.redis_servers import Redis, Sentinel
from tests.support.brokers.shared import Brokers
from tests.support.brokers.tansu import Tansu
from tests.support.brokers.zmq_forwarder import ZeroMQ
from tests.support.ports import is_free

pytest_plugins = ["tests.support.brokers.fixtures"]

LIMIT = 30.0
over_all = pytest.mark.parametrize("broker", KINDS, indirect=True)


# One message with the library that managers use ------------------------------------------------


def over_redis(broker: Broker, channel: str, text: str) -> str:
    assert isinstance(broker, Redis)
    if isinstance(broker, Sentinel):
        sentinel = SentinelClient([("127.0.0.1", broker.port)])
        client = sentinel.master_for(broker.service, socket_timeout=LIMIT)
    else:
        # redis-py has no scheme for Valkey, which speaks the same.
        url = broker.url.replace("valkey://", "redis://")
        client = redis.Redis.from_url(url, socket_timeout=LIMIT)
    with client, client.pubsub() as heard:
        heard.subscribe(channel)
        assert heard.get_message(timeout=LIMIT)["type"] == "subscribe"
        client.publish(channel, text)
        return str(heard.get_message(timeout=LIMIT)["data"].decode())


def over_cluster(broker: Broker, channel: str, text: str) -> str:
    with redis.RedisCluster(host="127.0.0.1", port=broker.port, socket_timeout=LIMIT) as client:
        heard = client.pubsub()
        heard.ssubscribe(channel)
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            message = heard.get_sharded_message(timeout=0.1)
            if message and message["type"] == "ssubscribe":
                client.spublish(channel, text)
            elif message:
                heard.close()
                return str(message["data"].decode())
    raise AssertionError("nothing came")


def over_amqp(broker: Broker, channel: str, text: str) -> str:
    exchange = kombu.Exchange(channel, type="fanout", durable=False)
    heard: list[str] = []

    def hear(body: str, message: kombu.Message) -> None:
        heard.append(body)
        message.ack()

    with kombu.Connection(broker.url) as connection:
        queue = kombu.Queue(f"{channel}-heard", exchange, exclusive=True)
        with connection.Consumer(queue, callbacks=[hear]):
            connection.Producer().publish(text, exchange=exchange)
            connection.drain_events(timeout=LIMIT)
    return heard[0]


def over_kafka(broker: Broker, channel: str, text: str) -> str:
    assert isinstance(broker, Tansu)
    producer = KafkaProducer(bootstrap_servers=broker.address)
    consumer = KafkaConsumer(
        channel, bootstrap_servers=broker.address, auto_offset_reset="earliest", group_id=None
    )
    try:
        producer.send(channel, text.encode()).get(LIMIT)
        return str(next(consumer).value.decode())
    finally:
        producer.close()
        consumer.close()


def over_nats(broker: Broker, channel: str, text: str) -> str:
    async def exchange() -> str:
        client = await nats.connect(broker.url)
        heard = await client.subscribe(channel)
        await client.publish(channel, text.encode())
        message = await heard.next_msg(LIMIT)
        await client.close()
        return message.data.decode()

    return asyncio.run(exchange())


def over_zeromq(broker: Broker, channel: str, text: str) -> str:
    assert isinstance(broker, ZeroMQ)
    pushed, published = broker.addresses
    with zmq.Context() as context, context.socket(zmq.PUSH) as push:
        push.linger = 0
        push.connect(pushed)
        with context.socket(zmq.SUB) as heard:
            heard.subscribe(channel)
            heard.connect(published)
            deadline = time.monotonic() + LIMIT
            while not heard.poll(20):  # a subscription is not confirmed
                assert time.monotonic() < deadline
                push.send_string(f"{channel} {text}")
            return heard.recv_string().removeprefix(f"{channel} ")


def over_postgresql(broker: Broker, channel: str, text: str) -> str:
    with psycopg.connect(broker.url, autocommit=True) as connection:
        connection.execute(f'LISTEN "{channel}"')
        connection.execute("SELECT pg_notify(%s, %s)", (channel, text))
        return next(connection.notifies(timeout=LIMIT)).payload


EXCHANGES: dict[str, Callable[[Broker, str, str], str]] = {
    "Cluster": over_cluster,
    "RabbitMQ": over_amqp,
    "Tansu": over_kafka,
    "NATS": over_nats,
    "ZeroMQ": over_zeromq,
    "ZeroMQUnix": over_zeromq,
    "PostgreSQL": over_postgresql,
}


def exchange(broker: Broker, channel: str, text: str) -> str:
    return EXCHANGES.get(type(broker).__name__, over_redis)(broker, channel, text)


def address(broker: Broker) -> str | tuple[str, int]:
    if broker.ports:
        return "127.0.0.1", broker.port
    return getattr(broker, "path", None) or f"{broker.directory}/in"


@contextlib.contextmanager
def connected(broker: Broker) -> Iterator[socket.socket]:
    where = address(broker)
    family = socket.AF_UNIX if isinstance(where, str) else socket.AF_INET
    with socket.socket(family) as sock:
        sock.settimeout(LIMIT)
        sock.connect(where)
        yield sock


# What tests of managers do with brokers --------------------------------------------------------


@over_all
def test_a_message_comes_through(broker: Broker) -> None:
    assert exchange(broker, broker.new_channel(), "hello") == "hello"


@over_all
def test_connections_are_cut_and_others_can_be_made(broker: Broker) -> None:
    with connected(broker) as sock:
        # It is accepted once others can be: those before it in the queue were.
        exchange(broker, broker.new_channel(), "before")
        broker.cut_clients()
        with contextlib.suppress(ConnectionResetError):
            while sock.recv(4096):
                pass
    assert broker.alive()
    assert exchange(broker, broker.new_channel(), "after") == "after"


@over_all
def test_it_stands_still_and_goes_on(broker: Broker) -> None:
    channel = broker.new_channel()
    broker.pause()
    assert {family.state(pid) for pid in broker.pids()} == {"T"}
    broker.resume()
    assert exchange(broker, channel, "hello") == "hello"


@over_all
def test_it_ends_at_once_and_comes_back_where_it_was(broker: Broker) -> None:
    channel, url, pids = broker.new_channel(), broker.url, broker.pids()
    broker.kill()
    assert not broker.alive()
    assert not any(map(family.runs, pids))
    with pytest.raises(OSError), connected(broker):
        pass
    broker.restart()
    assert broker.url == url
    assert exchange(broker, channel, "hello") == "hello"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "rabbitmq"])
def test_it_leaves_nothing(brokers: Brokers, kind: str) -> None:
    broker = brokers.own(kind)
    pids = broker.pids()
    assert pids
    broker.stop()
    assert not any(map(family.runs, pids))
    assert all(map(is_free, broker.ports))
    assert not broker.directory.exists()
    broker.stop()


# What one kind has besides ---------------------------------------------------------------------


@pytest.mark.parametrize("broker", ["redis", "redis-cluster"], indirect=True)
def test_redis_cuts_subscribers_alone(broker: Redis) -> None:
    with broker.client() as client, broker.client().pubsub() as heard:
        before = client.client_id()
        heard.subscribe("channel")
        heard.get_message(timeout=LIMIT)
        broker.cut_subscribers()
        assert client.client_id() == before
        with pytest.raises(redis.ConnectionError):
            heard.connection.read_response()


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_redis_forgets_at_its_end(broker: Redis) -> None:
    with broker.client() as client:
        client.set("key", "value")
    broker.restart()
    with broker.client() as client:
        assert client.get("key") is None


@pytest.mark.parametrize("broker", ["redis-sentinel"], indirect=True)
def test_sentinel_names_the_replica_once_the_master_is_gone(broker: Sentinel) -> None:
    before = broker.master()
    broker.kill_master()
    assert broker.master() != before
    assert exchange(broker, broker.new_channel(), "hello") == "hello"


@pytest.mark.parametrize("broker", ["kafka"], indirect=True)
def test_topics_have_one_partition_also_where_a_client_was_faster(broker: Tansu) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.address)
    producer.send("faster", b"hello").get(LIMIT)
    assert len(producer.partitions_for("faster")) > 1
    producer.close()
    assert not broker.has_topics(["faster"])
    assert broker.wait(lambda: broker.has_topics(["faster"]))
    assert exchange(broker, "faster", "hello") == "hello"
    producer = KafkaProducer(bootstrap_servers=broker.address)
    assert producer.partitions_for("faster") == {0}
    producer.close()
