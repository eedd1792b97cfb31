"""A server among the routes of an application: what is its own, and what goes on beside it."""

import asyncio

import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer

from sio_aiohttp import AsyncServer
from tests.support.aiohttp_running import POLLING, WEBSOCKET, works

PATH = "/socket.io/?" + POLLING


async def page(request: web.Request) -> web.Response:
    return web.Response(text=f"page {request.path}")


def catch_all(app):
    app.router.add_route("*", "/{rest:.*}", page)


@pytest.mark.parametrize("first", ["routes", "attach"])
async def test_the_order_of_routes_and_attach_does_not_matter(sio, first):
    app = web.Application()
    for step in sorted(["attach", "routes"], reverse=first == "routes"):
        catch_all(app) if step == "routes" else sio.attach(app)
    async with TestClient(TestServer(app)) as client:
        assert (await (await client.get(PATH)).text())[:7] == '0{"sid"'
        assert (await client.post("/socket.io/x?" + POLLING)).status == 400
        for path in ("/", "/socket.iox", "/other/socket.io/"):
            assert await (await client.get(path)).text() == f"page {path}"
        async with client.ws_connect("/socket.io/?" + WEBSOCKET) as websocket:
            assert (await websocket.receive_str())[0] == "0"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/my/own/", "/my/own/"),
        ("my/own", "/my/own"),
        ("", "/any/where"),
        ("", "/"),
        ("a.b+c", "/a.b+c/"),
    ],
)
async def test_the_path_may_be_another(sio, given, path):
    app = web.Application()
    sio.attach(app, given)
    async with TestClient(TestServer(app)) as client:
        assert (await client.get(f"{path}?{POLLING}")).status == 200
        async with client.ws_connect(f"{path}?{WEBSOCKET}") as websocket:
            assert (await websocket.receive_str())[0] == "0"


async def test_a_sub_application(serve, sio):
    seen = []
    part, app = web.Application(), web.Application()
    sio.on("connect", lambda sid, environ: seen.append(environ["PATH_INFO"]))
    sio.attach(part)
    part.router.add_get("/page", page)
    app.add_subapp("/part", part)
    catch_all(app)
    running = await serve(app)
    client = await running.websocket(path="/part/socket.io/")
    await client.join()
    await works(client)
    assert seen == ["/part/socket.io/"]
    other = await running.open()
    other.get("/socket.io/?" + POLLING)
    assert (await other.answer())[2] == b"page /socket.io/"
    # The shutdown of the application is that of its parts.
    stopping = asyncio.create_task(running.stop())
    assert await client.closed() == 1000
    await stopping


async def test_two_servers_in_one_application(sio):
    other = AsyncServer(async_mode="aiohttp")
    app = web.Application()
    sio.attach(app)
    other.attach(app, "other")
    async with TestClient(TestServer(app)) as client:
        await client.get(PATH)
        await client.get("/other/?" + POLLING)
        assert len(sio.eio.sockets) == len(other.eio.sockets) == 1


# What is wrong --------------------------------------------------------------------------------


async def test_an_application_that_runs(sio, serve):
    app = web.Application()
    await serve(app)
    with pytest.raises(ValueError, match="has started or that is part of another"):
        sio.attach(app)


async def test_an_application_that_is_just_starting(sio, serve):
    async def late(app):
        sio.attach(app)

    app = web.Application()
    app.on_startup.append(late)
    with pytest.raises(ValueError, match="before the application runs"):
        await serve(app)


def test_an_application_that_is_part_of_another(sio):
    part, app = web.Application(), web.Application()
    app.add_subapp("/part", part)
    with pytest.raises(ValueError, match="before add_subapp"):
        sio.attach(part)


def test_a_path_that_is_taken(app, sio):
    with pytest.raises(ValueError, match=r"serves '/socket\.io' already"):
        AsyncServer(async_mode="aiohttp").attach(app)


@pytest.mark.parametrize("wrong", [web.Application, "app", None, web.AppRunner])
def test_what_is_no_application(sio, wrong):
    with pytest.raises(ValueError, match="attach takes an application of aiohttp, not"):
        sio.attach(wrong)


def test_the_mode_is_that_of_the_application(app):
    sio = AsyncServer()
    sio.attach(web.Application())
    assert sio.async_mode == "aiohttp"


# What goes on beside it -----------------------------------------------------------------------


async def test_middlewares_and_signals_see_both_transports(serve, sio):
    seen = []

    @web.middleware
    async def note(request, handler):
        response = await handler(request)
        seen.append((request.method, response.status, type(request).__name__))
        return response

    async def mark(request, response):
        response.headers["X-Mark"] = "marked"
        response.set_cookie("mine", "1")

    app = web.Application(middlewares=[note])
    app.on_response_prepare.append(mark)
    sio.attach(app)
    running = await serve(app)
    polling = await running.open()
    polling.get(PATH)
    status, headers, _ = await polling.answer()
    assert (status, headers["x-mark"]) == (200, "marked")
    websocket = await running.open()
    websocket.ask(WEBSOCKET)
    status, headers, _ = await websocket.answer()
    assert (status, headers["x-mark"]) == (101, "marked")
    assert headers["server"].startswith("Python")
    await websocket.join()
    assert seen == [("GET", 200, "Request"), ("GET", 101, "Request")]


@pytest.mark.parametrize("query", [POLLING, WEBSOCKET])
async def test_a_middleware_may_refuse(serve, sio, query):
    @web.middleware
    async def refuse(request, handler):
        raise web.HTTPForbidden

    app = web.Application(middlewares=[refuse])
    sio.attach(app)
    client = await (await serve(app)).open()
    client.ask(query) if query is WEBSOCKET else client.get("/socket.io/?" + query)
    assert (await client.answer())[0] == 403
    assert not sio.eio.sockets


async def test_a_middleware_that_fails_behind_the_opening_breaks_nothing(serve, sio, caplog):
    @web.middleware
    async def fail(request, handler):
        await handler(request)
        raise LookupError("of the test")

    app = web.Application(middlewares=[fail])
    sio.attach(app)
    running = await serve(app)
    client = await running.websocket()
    await client.join()
    await works(client)
    assert "of the test" in caplog.text


async def test_static_files_and_websockets_of_the_application(app, tmp_path):
    async def own(request):
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        async for message in websocket:
            await websocket.send_str(message.data.upper())
        return websocket

    (tmp_path / "page.html").write_text("a file")
    app.router.add_get("/own", own)
    app.router.add_static("/", tmp_path)
    async with TestClient(TestServer(app)) as client:
        assert (await client.get(PATH)).status == 200
        assert await (await client.get("/page.html")).text() == "a file"
        async with client.ws_connect("/own") as websocket:
            await websocket.send_str("echo")
            assert (await websocket.receive()).data == "ECHO"
        async with client.ws_connect("/socket.io/?" + WEBSOCKET) as websocket:
            assert (await websocket.receive()).type is WSMsgType.TEXT


async def test_a_route_emits(sio, app, serve):
    async def tell(request):
        await sio.emit("told", {"by": request.path})
        return web.Response()

    app.router.add_get("/tell", tell)
    running = await serve(app)
    client, other = await running.websocket(), await running.open()
    await client.join()
    other.get("/tell")
    assert (await other.answer())[0] == 200
    assert await client.message() == '42["told",{"by":"/tell"}]'


async def test_requests_of_a_handler_that_calls_the_server(sio):
    # Without `attach`: the application has a route of its own for the path.
    async def mine(request):
        return await sio.handle_request(request)

    app = web.Application()
    app.router.add_route("*", "/mine/", mine)
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/mine/?" + POLLING)).status == 200
        async with client.ws_connect("/mine/?" + WEBSOCKET) as websocket:
            assert (await websocket.receive_str())[0] == "0"
