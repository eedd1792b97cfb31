"""WebSockets: on sockets of the driver's, and on Tornado's own class."""

import asyncio
import gc
import ssl

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_unix_socket
from tornado.web import Application
from websockets.asyncio.client import unix_connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from sio_server import AsyncServer
from sio_tornado import SocketIOHandler, get_tornado_handler
from tests.support.certificates import make_certificate

from .conftest import HANG, QUERY, until

ENDPOINT = r"/socket.io/"


@pytest.fixture
def sio():
    found = AsyncServer(max_http_buffer_size=10_000)
    found.on("ask", lambda sid, *args: args)
    found.left = []
    found.on("disconnect", lambda sid, reason: found.left.append((str(reason), reason.detail)))
    return found


def compressed(sio):
    class Handler(get_tornado_handler(sio)):
        def get_compression_options(self):
            return {}

    return Handler


async def test_the_driver_owns_a_plain_socket_and_tornado_forgets_it(serve, sio):
    site = await serve([(ENDPOINT, get_tornado_handler(sio))])
    client = await site.joined()
    assert len(sio.driver.own_sockets) == 1
    await client.send('451-0["ask",{"_placeholder":true,"num":0}]')
    await client.send(b"\0\1")
    assert await site.next(client) == '461-0[{"_placeholder":true,"num":0}]'
    assert await site.next(client) == b"\0\1"
    await client.close()
    await until(lambda: sio.left)
    assert not sio.driver.own_sockets
    gc.collect()
    assert not [one for one in gc.get_objects() if isinstance(one, SocketIOHandler)]


async def test_a_frame_behind_the_request_is_read(serve, sio):
    site = await serve([(ENDPOINT, get_tornado_handler(sio))])
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    request = (
        f"GET /socket.io/?{QUERY}websocket HTTP/1.1\r\nHost: {site.host}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    writer.write(request.encode() + b"\x81\x82\0\0\0\x0040")
    async with asyncio.timeout(HANG):
        answer = await reader.readuntil(b'40{"sid"')
    assert answer.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer
    writer.close()
    await until(lambda: sio.left)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"sec-websocket-version": "7"}, 426),
        ({"sec-websocket-key": "short"}, 400),
        ({"connection": "keep-alive"}, 400),
        ({"upgrade": "h2c"}, 400),
    ],
)
@pytest.mark.parametrize("handler", [get_tornado_handler, compressed])
async def test_a_bad_opening_is_answered_as_http_is(serve, sio, handler, change, status):
    site = await serve([(ENDPOINT, handler(sio))])
    headers = {
        "upgrade": "websocket",
        "connection": "Upgrade",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    url = f"/socket.io/?{QUERY}websocket"
    answer = await site.http.get(url, headers=headers | change)
    assert answer.status_code == status
    assert answer.text
    assert not sio.driver.engine.sessions
    assert (await site.poll()).status_code == 200


@pytest.mark.parametrize("handler", [get_tornado_handler, compressed])
async def test_a_session_that_is_not_there_is_refused(serve, sio, handler):
    site = await serve([(ENDPOINT, handler(sio))])
    with pytest.raises(InvalidStatus) as caught:
        await site.websocket(f"/socket.io/?{QUERY}websocket&sid=forged")
    assert caught.value.response.status_code == 400


async def test_a_client_may_go_while_its_opening_waits(serve):
    asked, go = asyncio.Event(), asyncio.Event()

    async def allow(environ):
        asked.set()
        await go.wait()
        return True

    sio = AsyncServer(allow_request=allow)
    site = await serve([(ENDPOINT, get_tornado_handler(sio))])
    opening = asyncio.create_task(site.websocket())
    await asked.wait()
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    await asyncio.sleep(0.05)
    go.set()
    await until(lambda: not sio.driver.engine.sessions and not sio.driver.own_sockets)


async def test_a_unix_socket_is_the_drivers_too(sio, tmp_path):
    path = str(tmp_path / "socket")
    server = HTTPServer(Application([(ENDPOINT, get_tornado_handler(sio))]))
    server.add_socket(bind_unix_socket(path))
    environ = {}
    sio.on("connect", lambda sid, given: environ.update(given))
    async with unix_connect(path, f"ws://localhost/socket.io/?{QUERY}websocket") as client:
        await client.recv()
        await client.send("40")
        await client.recv()
        assert len(sio.driver.own_sockets) == 1
        assert environ["REMOTE_ADDR"] in ("", "0.0.0.0")
    server.stop()
    await server.close_all_connections()


# Tornado's own class ---------------------------------------------------------------------------


async def test_compression_is_tornados(serve, sio):
    site = await serve([(ENDPOINT, compressed(sio))])
    client = await site.joined(compression="deflate")
    assert "permessage-deflate" in client.response.headers["sec-websocket-extensions"]
    assert not sio.driver.own_sockets
    await client.send('420["ask","' + "x" * 5000 + '"]')
    assert await site.next(client) == '430["' + "x" * 5000 + '"]'
    await sio.emit("said", b"\0")
    assert await site.next(client) == '451-["said",{"_placeholder":true,"num":0}]'
    assert await site.next(client) == b"\0"
    await client.close()
    await until(lambda: sio.left)
    assert sio.left == [("transport close", "")]


@pytest.mark.parametrize(
    ("settings", "detail"),
    [({}, "payload too large"), ({"websocket_max_message_size": 5000}, "")],
)
async def test_the_smaller_limit_of_a_message_holds(serve, sio, settings, detail):
    site = await serve([(ENDPOINT, compressed(sio))], **settings)
    client = await site.joined()
    await client.send("4" + "x" * 20_000)
    with pytest.raises(ConnectionClosed):
        await site.next(client)
    assert client.close_code == 1009
    await until(lambda: sio.left)
    assert sio.left[0][1] == detail


async def test_tornado_pings_its_own_websockets(serve, sio):
    site = await serve([(ENDPOINT, compressed(sio))], websocket_ping_interval=0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    request = (
        f"GET /socket.io/?{QUERY}websocket HTTP/1.1\r\nHost: {site.host}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    writer.write(request.encode())
    async with asyncio.timeout(HANG):
        await reader.readuntil(b"\x89\x00")
        await reader.read()  # no pong, so Tornado ends it
    writer.close()
    await until(lambda: not sio.driver.engine.sessions)


async def test_tls_is_tornados(serve, sio, tmp_path):
    made = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.chain, made.key)
    site = await serve([(ENDPOINT, get_tornado_handler(sio))], http={"ssl_options": context})
    trusting = ssl._create_unverified_context()
    client = await site.joined(ssl=trusting)
    assert not sio.driver.own_sockets
    await client.send('420["ask",1]')
    assert await site.next(client) == "430[1]"
    await sio.shutdown()
    async with asyncio.timeout(HANG):
        await client.wait_closed()
    assert sio.left == [("server disconnect", "server shutting down")]
