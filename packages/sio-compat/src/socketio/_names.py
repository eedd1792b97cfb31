"""Every public name: where it lives, and which distribution brings it.

`PUBLIC` are the names of `socketio` itself, `INNER` those that only its
modules have, `MODULES` says which module has which.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Place(NamedTuple):
    """Where a name comes from."""

    module: str
    attribute: str
    distribution: str


def _server(attribute: str) -> Place:
    return Place("sio_server", attribute, "sio-server")


def _client(attribute: str) -> Place:
    return Place("sio_client", attribute, "sio-client")


PUBLIC: Mapping[str, Place] = {
    "SimpleClient": _client("SimpleClient"),
    "Client": _client("Client"),
    "Server": _server("Server"),
    "Manager": _server("Manager"),
    "PubSubManager": _server("PubSubManager"),
    "KombuManager": Place("sio_kombu", "KombuManager", "sio-kombu"),
    "RedisManager": Place("sio_redis", "RedisManager", "sio-redis"),
    "ZmqManager": Place("sio_zmq", "ZmqManager", "sio-zmq"),
    "KafkaManager": Place("sio_kafka", "KafkaManager", "sio-kafka"),
    "Namespace": _server("Namespace"),
    "ClientNamespace": _client("ClientNamespace"),
    "WSGIApp": Place("sio_wsgi", "WSGIApp", "sio-wsgi"),
    "Middleware": Place("sio_wsgi", "Middleware", "sio-wsgi"),
    "AsyncSimpleClient": _client("AsyncSimpleClient"),
    "AsyncClient": _client("AsyncClient"),
    "AsyncServer": _server("AsyncServer"),
    "AsyncNamespace": _server("AsyncNamespace"),
    "AsyncClientNamespace": _client("AsyncClientNamespace"),
    "AsyncManager": _server("AsyncManager"),
    "AsyncRedisManager": Place("sio_redis", "AsyncRedisManager", "sio-redis"),
    "ASGIApp": Place("sio_asgi", "ASGIApp", "sio-asgi"),
    "get_tornado_handler": Place("sio_tornado", "get_tornado_handler", "sio-tornado"),
    "AsyncAioPikaManager": Place("sio_amqp", "AsyncAioPikaManager", "sio-amqp"),
}

INNER: Mapping[str, Place] = {
    "AsyncPubSubManager": _server("AsyncPubSubManager"),
    "BaseClient": Place("sio_client.shared.base_client", "BaseClient", "sio-client"),
    "BaseManager": Place("sio_server.managers.local", "BaseManager", "sio-server"),
    "BaseNamespace": Place("sio_server.namespace", "BaseNamespace", "sio-server"),
    "BaseServer": Place("sio_server.shared", "ServerApi", "sio-server"),
    "InstrumentedAsyncServer": _server("InstrumentedAsyncServer"),
    "InstrumentedServer": _server("InstrumentedServer"),
    "MsgPackPacket": _server("MsgPackPacket"),
}

MODULES: Mapping[str, tuple[str, ...]] = {
    "admin": ("InstrumentedServer",),
    "asgi": ("ASGIApp",),
    "async_admin": ("InstrumentedAsyncServer",),
    "async_aiopika_manager": ("AsyncAioPikaManager",),
    "async_client": ("AsyncClient",),
    "async_manager": ("AsyncManager",),
    "async_namespace": ("AsyncNamespace", "AsyncClientNamespace"),
    "async_pubsub_manager": ("AsyncPubSubManager",),
    "async_redis_manager": ("AsyncRedisManager",),
    "async_server": ("AsyncServer",),
    "async_simple_client": ("AsyncSimpleClient",),
    "base_client": ("BaseClient",),
    "base_manager": ("BaseManager",),
    "base_namespace": ("BaseNamespace",),
    "base_server": ("BaseServer",),
    "client": ("Client",),
    "exceptions": (),
    "kafka_manager": ("KafkaManager",),
    "kombu_manager": ("KombuManager",),
    "manager": ("Manager",),
    "middleware": ("WSGIApp", "Middleware"),
    "msgpack_packet": ("MsgPackPacket",),
    "namespace": ("Namespace", "ClientNamespace"),
    "packet": (),
    "pubsub_manager": ("PubSubManager",),
    "redis_manager": ("RedisManager",),
    "server": ("Server",),
    "simple_client": ("SimpleClient",),
    "tornado": ("get_tornado_handler",),
    "zmq_manager": ("ZmqManager",),
}
"""The modules of `socketio`; the two without names here hold what they have themselves."""
