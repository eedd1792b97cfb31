"""The import name `socketio` over the sio packages.

Nothing is imported before one of its names is used. A name whose adapter is
not installed raises ImportError and says which distribution brings it. Where
python-socketio is installed, too, a warning says what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sio_compat import beside

from . import _lazy
from .__about__ import __version__ as __version__
from ._names import MODULES, PUBLIC

if TYPE_CHECKING:
    from sio_amqp import AsyncAioPikaManager as AsyncAioPikaManager
    from sio_asgi import ASGIApp as ASGIApp
    from sio_client import AsyncClient as AsyncClient
    from sio_client import AsyncClientNamespace as AsyncClientNamespace
    from sio_client import AsyncSimpleClient as AsyncSimpleClient
    from sio_client import Client as Client
    from sio_client import ClientNamespace as ClientNamespace
    from sio_client import SimpleClient as SimpleClient
    from sio_kafka import KafkaManager as KafkaManager
    from sio_kombu import KombuManager as KombuManager
    from sio_redis import AsyncRedisManager as AsyncRedisManager
    from sio_redis import RedisManager as RedisManager
    from sio_server import AsyncManager as AsyncManager
    from sio_server import AsyncNamespace as AsyncNamespace
    from sio_server import AsyncServer as AsyncServer
    from sio_server import Manager as Manager
    from sio_server import Namespace as Namespace
    from sio_server import PubSubManager as PubSubManager
    from sio_server import Server as Server
    from sio_tornado import get_tornado_handler as get_tornado_handler
    from sio_wsgi import Middleware as Middleware
    from sio_wsgi import WSGIApp as WSGIApp
    from sio_zmq import ZmqManager as ZmqManager

    from . import admin as admin
    from . import asgi as asgi
    from . import async_admin as async_admin
    from . import async_aiopika_manager as async_aiopika_manager
    from . import async_client as async_client
    from . import async_manager as async_manager
    from . import async_namespace as async_namespace
    from . import async_pubsub_manager as async_pubsub_manager
    from . import async_redis_manager as async_redis_manager
    from . import async_server as async_server
    from . import async_simple_client as async_simple_client
    from . import base_client as base_client
    from . import base_manager as base_manager
    from . import base_namespace as base_namespace
    from . import base_server as base_server
    from . import client as client
    from . import exceptions as exceptions
    from . import kafka_manager as kafka_manager
    from . import kombu_manager as kombu_manager
    from . import manager as manager
    from . import middleware as middleware
    from . import msgpack_packet as msgpack_packet
    from . import namespace as namespace
    from . import packet as packet
    from . import pubsub_manager as pubsub_manager
    from . import redis_manager as redis_manager
    from . import server as server
    from . import simple_client as simple_client
    from . import tornado as tornado
    from . import zmq_manager as zmq_manager

beside.warn("socketio", "engineio")
_get = _lazy.getter(__name__, PUBLIC, MODULES)


if not TYPE_CHECKING:  # type checkers see exactly what there is now

    def __getattr__(name: str) -> Any:
        return _get(name)


def __dir__() -> list[str]:
    return sorted({*PUBLIC, *MODULES, "__all__", "__version__"})
