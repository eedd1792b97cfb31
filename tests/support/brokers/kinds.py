"""The kinds of brokers, by the names that tests have for them."""

from collections.abc import Mapping
from pathlib import Path

from tests.support.brokers.broker import Broker
from tests.support.brokers.nats_server import NATS
from tests.support.brokers.postgresql import PostgreSQL
from tests.support.brokers.rabbitmq import RabbitMQ
from tests.support.brokers.redis_servers import (
    Cluster,
    Redis,
    RedisTLS,
    RedisUnix,
    Sentinel,
    Valkey,
)
from tests.support.brokers.tansu import Tansu
from tests.support.brokers.zmq_forwarder import ZeroMQ, ZeroMQUnix

BROKERS: Mapping[str, type[Broker]] = {
    "redis": Redis,
    "valkey": Valkey,
    "redis-tls": RedisTLS,
    "redis-unix": RedisUnix,
    "redis-sentinel": Sentinel,
    "redis-cluster": Cluster,
    "rabbitmq": RabbitMQ,
    "kafka": Tansu,
    "nats": NATS,
    "zeromq": ZeroMQ,
    "zeromq-unix": ZeroMQUnix,
    "postgresql": PostgreSQL,
}
KINDS = tuple(BROKERS)
PLAIN = ("redis", "rabbitmq", "kafka", "nats", "zeromq")
"""One kind for each broker that managers have; PostgreSQL is in the documentation only."""


def make_broker(kind: str, directory: Path) -> Broker:
    """Return a broker that is not started yet; `directory` is its own."""
    broker = BROKERS[kind](directory)
    broker.kind = kind
    return broker
