"""What type checkers make of the names of `socketio`: all there, and none of them `Any`.

mypy and pyright read it; nobody runs it.
"""

from typing import Any, assert_type

import socketio
import socketio.exceptions
from socketio import AsyncServer, Namespace, exceptions, packet
from socketio.async_manager import AsyncManager
from socketio.async_namespace import AsyncClientNamespace, AsyncNamespace
from socketio.async_pubsub_manager import AsyncPubSubManager
from socketio.base_client import BaseClient, default_logger
from socketio.base_namespace import BaseNamespace
from socketio.base_server import BaseServer
from socketio.msgpack_packet import MsgPackPacket
from socketio.redis_manager import parse_redis_sentinel_url


class Chat(AsyncNamespace):
    """A namespace, whose base is known."""

    async def on_say(self, sid: str, text: str) -> None:
        """Send an event on."""
        await self.emit("said", text, skip_sid=sid)


async def servers(sio: AsyncServer, blocking: socketio.Server) -> None:
    """Use servers and what serves them."""
    sio.register_namespace(Chat("/chat"))
    assert_type(sio.manager, AsyncManager)
    assert_type(sio.is_asyncio_based(), bool)
    assert_type(sio.get_environ("sid"), dict[str, Any] | None)
    assert_type(await sio.emit("x"), None)
    assert_type(blocking.emit("x"), None)
    assert_type(blocking.manager, socketio.Manager)
    assert_type(socketio.ASGIApp(sio).engineio_path, str)
    assert_type(socketio.WSGIApp(blocking).engineio_path, str)
    assert_type(socketio.Middleware(blocking).engineio_path, str)
    assert_type(Namespace("/").namespace, str)
    assert_type(default_logger.name, str)
    base: type[BaseServer[Any, Any]] = AsyncServer
    namespace: type[BaseNamespace] = Chat
    print(base, namespace, socketio.get_tornado_handler(sio))


async def clients(sio: socketio.AsyncClient, blocking: socketio.Client) -> None:
    """Use clients."""
    sio.register_namespace(AsyncClientNamespace("/"))
    blocking.register_namespace(socketio.ClientNamespace("/"))
    assert_type(sio.namespaces, dict[str, str])
    assert_type(blocking.failed_namespaces, list[str])
    base: BaseClient = blocking
    assert_type(base.connected, bool)
    with socketio.SimpleClient() as simple:
        assert_type(simple.connected, bool)
    async with socketio.AsyncSimpleClient() as other:
        assert_type(other.connected, bool)


def managers() -> None:
    """Use managers."""
    blocking: list[socketio.PubSubManager] = [
        socketio.RedisManager(),
        socketio.KombuManager(),
        socketio.KafkaManager(),
        socketio.ZmqManager(),
    ]
    asynchronous: list[AsyncPubSubManager] = [
        socketio.AsyncRedisManager(),
        socketio.AsyncAioPikaManager(),
    ]
    assert_type(blocking[0].channel, str)
    assert_type(asynchronous[0].channel, str)
    assert_type(parse_redis_sentinel_url("url")[1], str)


def the_rest() -> None:
    """Use packets and exceptions."""
    made = packet.Packet(packet.EVENT, ["x"])
    assert_type(made.packet_type, int)
    assert_type(MsgPackPacket().packet_type, int)
    assert_type(socketio.packet.packet_names, list[str])
    try:
        raise exceptions.TimeoutError
    except socketio.exceptions.SocketIOError as error:
        assert_type(error, socketio.exceptions.SocketIOError)
