"""A WebSocket on the transport of its request, of which aiohttp keeps nothing, and without one."""

import asyncio
import gc
import logging

import pytest
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from sio_aiohttp import AsyncServer, websockets
from sio_core.websocket import CLOSE, frame_masked
from tests.support.aiohttp_running import HANG, MASK, POLLING, WEBSOCKET, masked, until, works

PATH = "/socket.io/?"


# On the transport -----------------------------------------------------------------------------


async def test_aiohttp_keeps_nothing_of_it(serve, app, sio):
    running = await serve(app)
    requests = []
    sio.on("connect", lambda sid, environ: requests.append(environ["aiohttp.request"]))
    client = await running.websocket()
    await client.join()
    protocol = requests[0].protocol
    await until(lambda: running.connections == 0)
    assert protocol.transport is None
    # The server keeps a task for the next handler (Python 3.11); the request's is over.
    left = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
    assert not [each for each in left if "ReusedTask" not in repr(each)]
    await works(client)


async def test_bytes_behind_the_request_are_read(serve, app, sio):
    client = await (await serve(app)).open()
    late = "x" * 100_000
    client.ask(
        WEBSOCKET, masked("40") + masked('421["echo","early"]') + masked(f'422["echo","{late}"]')
    )
    client.writer.write(masked('423["echo","later"]'))
    assert (await client.answer())[0] == 101
    assert (await client.message())[0] == "0"
    assert (await client.message())[:2] == "40"
    answers = sorted([await client.message() for _ in range(3)])
    assert answers == ['431["early"]', f'432["{late}"]', '433["later"]']


async def test_messages_behind_a_request_that_is_still_asked_about(serve):
    asked, answer = asyncio.Event(), asyncio.Event()

    async def authorize(origin, environ):
        asked.set()
        await answer.wait()
        return True

    sio = AsyncServer(async_mode="aiohttp", cors_allowed_origins=authorize)
    sio.on("echo", lambda sid, *args: args)
    app = web.Application()
    sio.attach(app)
    client = await (await serve(app)).open()
    client.ask(WEBSOCKET, Origin="http://testserver")
    await asked.wait()
    # More than aiohttp reads ahead: it pauses the transport until the opening is answered.
    client.writer.write(masked("40"))
    for _ in range(1000):
        client.writer.write(masked('42["none","' + "x" * 1000 + '"]'))
    client.writer.write(masked('427["echo"]'))
    answer.set()
    assert (await client.answer())[0] == 101
    assert (await client.message())[0] == "0"
    assert (await client.message())[:2] == "40"
    assert await client.message() == "437[]"


async def test_an_earlier_response_that_fills_the_buffer(serve, app, sio):
    large = b"x" * 30_000_000
    begun = asyncio.Event()

    async def fill(request):
        begun.set()
        return web.Response(body=large)

    app.router.add_get("/large", fill)
    client = await (await serve(app)).open()
    client.get("/large")
    client.ask(WEBSOCKET)
    await begun.wait()
    status, _, body = await client.answer()
    assert (status, len(body)) == (200, len(large))
    assert (await client.answer())[0] == 101
    await client.join()
    await works(client)


@pytest.mark.parametrize("cancellation", [False, True])
async def test_handler_cancellation_does_not_matter(serve, app, cancellation):
    seen = []

    @web.middleware
    async def note(request, handler):
        response = await handler(request)
        await asyncio.sleep(0.01)
        seen.append(response.status)
        return response

    app.middlewares.append(note)
    running = await serve(app, handler_cancellation=cancellation)
    client = await running.websocket()
    await client.join()
    await until(lambda: running.connections == 0)
    assert seen == [101]
    await works(client)


async def test_the_timer_of_idle_connections_is_not_its_own(serve, app):
    running = await serve(app, keepalive_timeout=0.05)
    client = await running.websocket()
    await client.join()
    idle = await running.open()
    idle.get("/none")
    assert (await idle.answer())[0] == 404
    async with asyncio.timeout(HANG):
        assert await idle.reader.read() == b""  # aiohttp closes this one, by the same timer
    await works(client)


async def test_the_access_log_has_it_when_it_is_opened(serve, app, caplog):
    with caplog.at_level(logging.INFO, "aiohttp.access"):
        running = await serve(app)
        await running.websocket()
        await until(lambda: "aiohttp.access" in {record.name for record in caplog.records})
    assert '" 101 ' in caplog.text


async def test_a_client_that_vanishes(serve, app, sio):
    reasons = []
    sio.on("disconnect", lambda sid, reason: reasons.append(reason))
    client = await (await serve(app)).websocket()
    await client.join()
    client.writer.transport.abort()
    await until(lambda: reasons)
    assert not sio.eio.sockets
    assert not sio.driver.own_sockets


async def test_a_client_that_vanishes_before_the_opening_is_answered(serve):
    answer = asyncio.Event()
    asked = asyncio.Event()

    async def authorize(origin, environ):
        asked.set()
        await answer.wait()
        return True

    sio = AsyncServer(async_mode="aiohttp", cors_allowed_origins=authorize)
    app = web.Application()
    sio.attach(app)
    running = await serve(app)
    client = await running.open()
    client.ask(WEBSOCKET, Origin="http://testserver")
    await asked.wait()
    client.writer.transport.abort()
    await until(
        lambda: (
            running.connections == 0
            or all(each.transport is None for each in running.runner.server.connections)
        )
    )
    answer.set()
    await until(lambda: running.connections == 0)
    assert not sio.eio.sockets


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec_WebSocket_Key": "short"}, 400),
        ({"Sec_WebSocket_Version": "8"}, 426),
        ({"Upgrade": "h2c"}, 400),
        ({"Upgrade": "websocket, h2c"}, 400),
        ({"Connection": "close"}, 400),
        ({"Origin": "http://elsewhere.example"}, 400),
    ],
)
async def test_what_is_refused_leaves_the_connection_to_http(serve, headers, status):
    sio = AsyncServer(async_mode="aiohttp")
    app = web.Application()
    sio.attach(app)
    client = await (await serve(app)).open()
    client.ask(WEBSOCKET, **headers)
    found, _, body = await client.answer()
    assert found == status
    assert body
    if headers.get("Connection") != "close":
        client.get(PATH + POLLING)
        assert (await client.answer())[0] == 200
    assert len(sio.eio.sockets) <= 1


def handlers():
    """How many protocols of aiohttp there are, with those that other tests have left."""
    gc.collect()
    return sum(1 for each in gc.get_objects() if isinstance(each, RequestHandler))


async def test_nothing_of_a_connection_is_left(serve, app, sio):
    running = await serve(app)
    before = handlers()
    for _ in range(3):
        client = await running.websocket()
        await client.join()
        client.writer.close()
        await client.writer.wait_closed()
    await until(lambda: not sio.eio.sockets)
    del client
    running.clients.clear()
    await until(lambda: handlers() <= before)


# Without a transport --------------------------------------------------------------------------


class Borrowed:
    """A transport that does not give its protocol away."""

    def __init__(self, transport):
        self._transport = transport

    def __getattr__(self, name):
        if name == "set_protocol":
            raise AttributeError(name)
        return getattr(self._transport, name)


@pytest.fixture
def borrowed(monkeypatch):
    """Every transport is `Borrowed`."""
    made = RequestHandler.connection_made

    def connection_made(self, transport):
        made(self, Borrowed(transport))

    monkeypatch.setattr(RequestHandler, "connection_made", connection_made)


async def test_aiohttps_own_class_takes_its_place(serve, app, sio, borrowed, caplog):
    reasons = []
    sio.on("disconnect", lambda sid, reason: reasons.append(str(reason)))
    running = await serve(app)
    client = await running.websocket()
    await client.join()
    assert running.connections == 1
    await works(client)
    await sio.emit("binary", b"\x01")
    assert (await client.message())[:4] == "451-"
    assert await client.message() == b"\x01"
    client.writer.transport.abort()
    await until(lambda: reasons)
    other = await running.websocket()
    await other.join()
    other.writer.write(frame_masked(CLOSE, b"\x03\xe8", MASK))
    await until(lambda: len(reasons) == 2)
    assert reasons == ["transport close"] * 2 or set(reasons) <= {
        "transport close",
        "transport error",
    }
    assert not sio.eio.sockets
    assert "Traceback" not in caplog.text


async def test_without_a_transport_the_limit_of_a_message_counts(serve, borrowed):
    sio = AsyncServer(async_mode="aiohttp", max_http_buffer_size=1000)
    app = web.Application()
    sio.attach(app)
    client = await (await serve(app)).websocket()
    await client.join()
    client.writer.write(masked("4" + "x" * 2000))
    assert await client.closed() == 1009
    await until(lambda: not sio.eio.sockets)


async def test_without_a_transport_a_server_closes(serve, app, sio, borrowed):
    running = await serve(app)
    client, other = await running.websocket(), await running.websocket()
    await client.join()
    await other.join()
    first = next(sid for sid, _ in sio.manager.get_participants("/", None))
    closing = asyncio.create_task(sio.disconnect(first, close=True))
    assert await client.closed() == 1000
    await closing
    stopping = asyncio.create_task(running.stop())
    assert await other.closed() == 1000
    await stopping


@pytest.mark.parametrize(
    ("query", "headers", "text"),
    [
        ("EIO=4&transport=nonsense", {}, b"Transport unknown"),
        (WEBSOCKET, {"Sec_WebSocket_Key": "short"}, b""),
    ],
)
async def test_without_a_transport_an_opening_is_refused(
    serve, app, sio, borrowed, query, headers, text
):
    client = await (await serve(app)).open()
    client.ask(query, **headers)
    status, _, body = await client.answer()
    assert status == 400
    assert text in body
    assert not sio.eio.sockets


def test_a_transport_that_only_has_the_methods_of_the_base_class_gives_nothing():
    class Asked:
        transport = asyncio.Transport()

    assert not websockets.gives_transport(Asked())
