"""Requests: their bodies, what the environment has of them, and clients that hang up."""

import asyncio

import aiohttp_session
import pytest
from aiohttp import ClientSession, UnixConnector, web
from aiohttp.test_utils import TestClient, TestServer

from sio_aiohttp import AsyncServer, hang_ups
from tests.support.aiohttp_running import POLLING, WEBSOCKET, sid_of, until

PLAIN = {"Content-Type": "text/plain"}
PATH = "/socket.io/?" + POLLING


async def opened(client):
    return sid_of(await (await client.get(PATH)).read())


def post(sid, body):
    """A request with `body` for a session."""
    head = f"POST {PATH}&sid={sid} HTTP/1.1\r\nHost: testserver\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


async def chunks(*parts):
    for part in parts:
        yield part
        await asyncio.sleep(0)


async def test_a_streamed_body_is_read_whole_whatever_client_max_size_says(sio):
    app = web.Application(client_max_size=10)
    sio.attach(app)
    texts = []
    sio.on("say", lambda sid, text: texts.append(text))
    async with TestClient(TestServer(app)) as client:
        sid = await opened(client)
        await client.post(f"{PATH}&sid={sid}", data="40")
        body = chunks(b'42["say","', *[b"x" * 1000] * 50, b'"]')
        answer = await client.post(f"{PATH}&sid={sid}", data=body, headers=PLAIN)
        assert (answer.status, await answer.text()) == (200, "ok")
        await until(lambda: texts)
    assert texts == ["x" * 50_000]


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_body_beyond_the_limit_is_refused(streamed):
    sio = AsyncServer(async_mode="aiohttp", max_http_buffer_size=1000)
    app = web.Application(client_max_size=10)
    sio.attach(app)
    async with TestClient(TestServer(app)) as client:
        sid = await opened(client)
        body = chunks(*[b"4" * 500] * 5) if streamed else b"4" * 2500
        answer = await client.post(f"{PATH}&sid={sid}", data=body, headers=PLAIN)
        assert answer.status == 413
        assert not sio.eio.sockets


@pytest.mark.parametrize(
    "body",
    [
        b"Transfer-Encoding: chunked\r\n\r\n3\r\n40x\r\nnonsense\r\n\r\n",
        b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nno gzip..",
    ],
)
async def test_a_body_that_is_none_is_a_bad_request(serve, app, sio, body):
    running = await serve(app)
    client = await running.open()
    client.get(PATH)
    sid = sid_of((await client.answer())[2])
    head = f"POST {PATH}&sid={sid} HTTP/1.1\r\nHost: testserver\r\n"
    client.writer.write(head.encode() + body)
    assert (await client.answer())[0] == 400


async def test_a_client_that_hangs_up_in_its_body(serve, app, sio):
    running = await serve(app)
    client, poster = await running.open(), await running.open()
    client.get(PATH)
    sid = sid_of((await client.answer())[2])
    head = f"POST {PATH}&sid={sid} HTTP/1.1\r\nHost: testserver\r\nContent-Length: 100\r\n\r\n4"
    poster.writer.write(head.encode())
    await until(lambda: sio.driver.polls)
    poster.writer.transport.abort()
    await until(lambda: not sio.eio.sockets)


@pytest.mark.parametrize("cancellation", [False, True])
async def test_a_client_that_hangs_up_on_a_poll(serve, app, sio, monkeypatch, cancellation):
    monkeypatch.setattr(hang_ups, "CHECK_SECONDS", 0.01)
    running = await serve(app, handler_cancellation=cancellation)
    gone, stays = await running.open(), await running.open()
    sids = []
    for client in (gone, stays):
        client.get(PATH)
        sids.append(sid_of((await client.answer())[2]))
        client.get(f"{PATH}&sid={sids[-1]}")
    await until(lambda: len(sio.driver.polls) == 2)
    gone.writer.transport.abort()
    await until(lambda: list(sio.eio.sockets) == sids[1:])
    await asyncio.sleep(0.05)  # in which the other poll is looked at again
    stays_open = await running.open()
    stays_open.writer.write(post(sids[1], b"40"))
    assert (await stays_open.answer())[2] == b"ok"
    assert (await stays.answer())[2][:2] == b"40"
    stays_open.writer.write(post(sids[1], b"1"))  # so that the end does not wait for it
    assert (await stays_open.answer())[2] == b"ok"


# The environment ------------------------------------------------------------------------------


@pytest.mark.parametrize("query", [POLLING, WEBSOCKET])
async def test_the_request_and_its_cookies_are_in_the_environment(serve, app, sio, query):
    client = await (await serve(app)).open()
    headers = {"Cookie": "a=1; b=2", "X-Text": "\xe9"}
    if query is WEBSOCKET:
        client.ask(query, **headers)
    else:
        client.get("/socket.io/?" + query, lines={"Host": "testserver", **headers})
    await client.answer()
    (environ,) = sio.environ.values()
    request = environ["aiohttp.request"]
    assert isinstance(request, web.Request)
    assert request.cookies == {"a": "1", "b": "2"}
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert environ["REMOTE_PORT"] == str(client.writer.get_extra_info("sockname")[1])
    assert environ["SERVER_PORT"] == str(client.writer.get_extra_info("peername")[1])
    assert environ["QUERY_STRING"] == query


async def test_what_a_middleware_says_of_the_client_counts(sio):
    found = []
    sio.on("connect", lambda sid, environ: found.append(environ))

    @web.middleware
    async def behind_a_proxy(request, handler):
        return await handler(request.clone(scheme="https", remote="203.0.113.9"))

    app = web.Application(middlewares=[behind_a_proxy])
    sio.attach(app)
    async with (
        TestClient(TestServer(app)) as client,
        client.ws_connect("/socket.io/?" + WEBSOCKET) as websocket,
    ):
        await websocket.receive_str()
        await websocket.send_str("40")
        await websocket.receive_str()
    (environ,) = found
    assert environ["REMOTE_ADDR"] == "203.0.113.9"
    assert environ["wsgi.url_scheme"] == "https"


async def test_a_unix_socket_has_no_port(sio, app, tmp_path):
    found = []
    sio.on("connect", lambda sid, environ: found.append(environ))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.UnixSite(runner, tmp_path / "socket").start()
    connector = UnixConnector(str(tmp_path / "socket"))
    async with (
        ClientSession(connector=connector) as client,
        client.ws_connect("http://testserver/socket.io/?" + WEBSOCKET) as websocket,
    ):
        await websocket.receive_str()
        await websocket.send_str("40")
        assert (await websocket.receive_str())[:2] == "40"
    await runner.cleanup()
    (environ,) = found
    assert (environ["REMOTE_PORT"], environ["SERVER_PORT"]) == ("0", "80")


# What aiohttp says to the library.
@pytest.mark.filterwarnings("ignore:It is recommended to use web")
async def test_a_session_of_aiohttp_session_is_read_in_the_connect_handler(sio):
    names = []

    @sio.event
    async def connect(sid, environ):
        session = await aiohttp_session.get_session(environ["aiohttp.request"])
        names.append(session.get("name"))

    async def login(request):
        session = await aiohttp_session.new_session(request)
        session["name"] = "Ann"
        return web.Response()

    app = web.Application()
    aiohttp_session.setup(app, aiohttp_session.SimpleCookieStorage())
    app.router.add_get("/login", login)
    sio.attach(app)
    async with TestClient(TestServer(app)) as client:
        for expected in (None, "Ann"):
            async with client.ws_connect("/socket.io/?" + WEBSOCKET) as websocket:
                await websocket.receive_str()
                await websocket.send_str("40")
                assert (await websocket.receive_str())[:2] == "40"
            sid = await opened(client)
            await client.post(f"{PATH}&sid={sid}", data="40")
            await until(lambda: len(names) == 2)
            assert names == [expected] * 2
            names.clear()
            await client.get("/login")
