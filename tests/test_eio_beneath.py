"""`sio.eio`: what programs do to the connection beneath a client or a server of Socket.IO."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sio_asgi import ASGIApp, AsyncServer
from sio_core.engineio.packet_object import MESSAGE, Packet
from sio_core.handlers.flows import resolve
from tests.support.driven import LIMIT, Drive, Driven, in_thread
from tests.support.ports import free_port

pytest_plugins = ["tests.support.client_fixtures"]


class Beneath:
    """A server of Socket.IO in the event loop of the test, and the secret ids of its clients."""

    def __init__(self) -> None:
        self.sio = AsyncServer(async_mode="asgi")
        self.left: list[str] = []
        self.port = free_port()
        self.sio.on("disconnect", lambda sid, reason: self.left.append(str(reason)))
        self.sio.on("echo", self._echo)

    async def _echo(self, sid: str, data: Any) -> None:
        await self.sio.emit("echoed", data, to=sid)

    @property
    def eio_sid(self) -> str:
        (eio_sid,) = self.sio.eio.sockets
        return eio_sid


@pytest.fixture
async def server() -> AsyncIterator[Beneath]:
    import uvicorn

    made = Beneath()
    config = uvicorn.Config(
        ASGIApp(made.sio), host="127.0.0.1", port=made.port, log_level="error", lifespan="off"
    )
    web = uvicorn.Server(config)
    web.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(web._serve())
    while not web.started:
        await asyncio.sleep(0.01)
    yield made
    await made.sio.shutdown(1)
    web.should_exit = True
    await serving


async def connected(drive: Drive, server: Beneath, **options: Any) -> Driven:
    client = drive(**options)
    client.watch()
    await client.connect(f"http://127.0.0.1:{server.port}", transports=["websocket"])
    return client


async def of_eio(client: Driven, name: str, *args: Any, **kwargs: Any) -> Any:
    """Call a method of `eio` of a client of either colour."""
    method = getattr(client.sio.eio, name)
    if client.blocking:
        return await in_thread(lambda: method(*args, **kwargs))
    return await resolve(method(*args, **kwargs))


async def test_a_client_that_drops_its_connection_comes_back(drive: Drive, server: Beneath) -> None:
    client = await connected(drive, server, reconnection_delay=0.01, randomization_factor=0)
    assert (client.sio.eio.state, client.sio.eio.current_transport) == ("connected", "websocket")
    assert (client.sio.eio.ping_interval, client.sio.eio.upgrades) == (25, [])
    first = client.sio.eio.sid
    await of_eio(client, "disconnect", abort=True)
    assert await client.received("disconnect") == [("transport error",)]
    await client.received("connect", 2)
    assert client.sio.eio.sid != first
    await of_eio(client, "disconnect")
    assert client.sio.eio.state == "disconnected"
    assert (client.sio.eio.sid, client.sio.eio.ping_timeout) == (None, None)


async def test_messages_beneath_socket_io(drive: Drive, server: Beneath) -> None:
    client = await connected(drive, server)
    eio = server.sio.eio
    await eio.send(server.eio_sid, '2["said",1]')
    await eio.send_packet(server.eio_sid, Packet(MESSAGE, '2["said",2]'))
    assert await client.received("said", 2) == [(1,), (2,)]
    await of_eio(client, "send", '2["echo",3]')
    assert await client.received("echoed") == [(3,)]


async def test_a_server_keeps_a_session_and_disconnects_beneath(
    drive: Drive, server: Beneath
) -> None:
    client = await connected(drive, server, reconnection=False)
    eio, sid = server.sio.eio, server.eio_sid
    async with eio.session(sid) as session:
        session["name"] = "ann"
    assert await eio.get_session(sid) == {"name": "ann"}
    assert eio.transport(sid) == "websocket"
    await eio.disconnect(sid)
    async with asyncio.timeout(LIMIT):
        while not server.left:
            await asyncio.sleep(0.01)
    assert server.left == ["server disconnect"]
    assert await client.received("disconnect") == [("transport close",)]


async def test_a_handler_in_the_place_of_socket_ios(drive: Drive, server: Beneath) -> None:
    eio, seen = server.sio.eio, []
    before = eio.handlers["message"]

    @eio.on("message")
    async def message(sid: str, data: Any) -> None:
        seen.append(data)
        await before(sid, data)

    client = await connected(drive, server)
    await client.emit("echo", 1)
    assert await client.received("echoed") == [(1,)]
    assert seen[-1] == '2["echo",1]'
