"""Every public name: where it lives, and which distribution brings it.

`PUBLIC` are the names of `socketio` itself, `INNER` those that only its
modules have, `MODULES` says which module has which, `SIBLINGS` which of the others it has as names.
"""

from __future__ import annotations

from collections.abc import Mapping

from sio_compat.place import Place


def _server(attribute: str) -> Place:
    return Place("sio_server", attribute, "sio-server")


def _admin(attribute: str) -> Place:
    return Place("sio_server.admin", attribute, "sio-server")


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
    "BaseClientNamespace": Place(
        "sio_client.shared.namespace_base", "NamespaceOfClient", "sio-client"
    ),
    "BaseManager": Place("sio_server.managers.local", "BaseManager", "sio-server"),
    "BaseNamespace": Place("sio_core.handlers", "EventMethods", "sio-core"),
    "BaseServer": Place("sio_server.shared", "ServerApi", "sio-server"),
    "BaseServerNamespace": Place("sio_server.namespace_base", "BaseNamespace", "sio-server"),
    "ConnectionRefusedError": _server("ConnectionRefusedError"),
    "DisconnectedError": Place("sio_core.exceptions", "DisconnectedError", "sio-core"),
    "EventBuffer": _admin("EventBuffer"),
    "HOSTNAME": _admin("HOSTNAME"),
    "InstrumentedAsyncServer": _admin("InstrumentedAsyncServer"),
    "InstrumentedServer": _admin("InstrumentedServer"),
    "PID": _admin("PID"),
    "MsgPackPacket": Place("sio_core.socketio.parsers.msgpack_packet", "MsgPackPacket", "sio-core"),
    "Packet": Place("sio_core.socketio.parsers.custom_packet", "Packet", "sio-core"),
    "SocketIOError": Place("sio_core.exceptions", "SocketIOError", "sio-core"),
    "TimeoutError": Place("sio_core.exceptions", "TimeoutError", "sio-core"),
    "parse_redis_sentinel_url": Place("sio_redis.addresses", "parse_sentinel_url", "sio-redis"),
}

MODULES: Mapping[str, tuple[str, ...]] = {
    "admin": ("ConnectionRefusedError", "EventBuffer", "HOSTNAME", "InstrumentedServer", "PID"),
    "asgi": ("ASGIApp",),
    "async_admin": (
        "ConnectionRefusedError",
        "EventBuffer",
        "HOSTNAME",
        "InstrumentedAsyncServer",
        "PID",
    ),
    "async_aiopika_manager": ("AsyncAioPikaManager", "AsyncPubSubManager"),
    "async_client": ("AsyncClient",),
    "async_manager": ("AsyncManager", "BaseManager"),
    "async_namespace": ("AsyncNamespace", "AsyncClientNamespace"),
    "async_pubsub_manager": ("AsyncPubSubManager", "AsyncManager", "Packet"),
    "async_redis_manager": ("AsyncRedisManager", "AsyncPubSubManager", "parse_redis_sentinel_url"),
    "async_server": ("AsyncServer",),
    "async_simple_client": (
        *("AsyncSimpleClient", "AsyncClient"),
        *("SocketIOError", "TimeoutError", "DisconnectedError"),
    ),
    "base_client": ("BaseClient",),
    "base_manager": ("BaseManager",),
    "base_namespace": ("BaseNamespace", "BaseServerNamespace", "BaseClientNamespace"),
    "base_server": ("BaseServer",),
    "client": ("Client",),
    "exceptions": (),
    "kafka_manager": ("KafkaManager", "PubSubManager"),
    "kombu_manager": ("KombuManager", "PubSubManager"),
    "manager": ("Manager",),
    "middleware": ("WSGIApp", "Middleware"),
    "msgpack_packet": ("MsgPackPacket",),
    "namespace": ("Namespace", "ClientNamespace"),
    "packet": (),
    "pubsub_manager": ("PubSubManager", "Manager", "Packet"),
    "redis_manager": ("RedisManager", "PubSubManager", "parse_redis_sentinel_url"),
    "server": ("Server",),
    "simple_client": (
        *("SimpleClient", "Client"),
        *("SocketIOError", "TimeoutError", "DisconnectedError"),
    ),
    "tornado": ("get_tornado_handler",),
    "zmq_manager": ("ZmqManager", "PubSubManager"),
}
"""The modules of `socketio`; the two without names here hold what they have themselves."""

SIBLINGS: Mapping[str, tuple[str, ...]] = {
    "async_client": ("base_client", "exceptions", "packet"),
    "async_manager": ("packet",),
    "async_namespace": ("base_namespace",),
    "async_server": ("async_manager", "base_server", "exceptions", "packet"),
    "base_client": ("base_namespace", "packet"),
    "base_server": ("base_namespace", "manager", "packet"),
    "client": ("base_client", "exceptions", "packet"),
    "manager": ("base_manager", "packet"),
    "msgpack_packet": ("packet",),
    "namespace": ("base_namespace",),
    "server": ("base_server", "exceptions", "packet"),
}
