"""`AsyncServer.attach`: the paths, and what goes on beside it."""

import types
from pathlib import Path

import pytest
from sanic import Blueprint, Request, Sanic, Websocket, html, text
from websockets.exceptions import InvalidStatus

from sio_sanic import AsyncServer

from .conftest import POLLING, WEBSOCKET, joined


@pytest.mark.parametrize(
    ("path", "served", "elsewhere"),
    [
        ("socket.io", ["/socket.io/", "/socket.io", "/socket.io/below/it"], "/socket.iox/"),
        ("/my/own/", ["/my/own/", "/my/own", "/my/own/x"], "/socket.io/"),
        ("", ["/", "/any", "/any/where/"], None),
    ],
)
async def test_the_paths(app, serve, path, served, elsewhere):
    sio = AsyncServer()
    sio.attach(app, path)
    running = await serve(app)
    for one in served:
        assert (await running.ask(f"{one}?EIO=4&transport=polling")).sid
        async with running.websocket(f"{one}?EIO=4&transport=websocket") as websocket:
            await joined(websocket)
    if elsewhere is not None:
        assert (await running.ask(f"{elsewhere}?EIO=4&transport=polling")).status == 404
    assert sio.async_mode == "sanic"


async def test_two_servers_in_one_application(app, serve):
    first, second = AsyncServer(), AsyncServer()
    first.attach(app)
    second.attach(app, "second")
    running = await serve(app)
    await running.ask(POLLING)
    await running.ask("/second/?EIO=4&transport=polling")
    assert [len(sio.driver.engine.sessions) for sio in (first, second)] == [1, 1]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_other_methods_come_to_the_server(app, sio, serve, method):
    answer = await (await serve(app)).ask(POLLING, method)
    assert answer.status == (204 if method == "OPTIONS" else 400)


async def test_what_cannot_be_attached_to(app, serve):
    sio = AsyncServer(async_mode="sanic")
    with pytest.raises(ValueError, match="takes an application of Sanic, not Blueprint"):
        sio.attach(Blueprint("part"))
    AsyncServer().attach(app)
    with pytest.raises(ValueError, match=r"application that serves '/socket\.io' already"):
        sio.attach(app)
    await serve(app)
    with pytest.raises(ValueError, match="not started yet"):
        sio.attach(app)
    with pytest.raises(ValueError, match=r"application of sanic, Sanic, but .*async_mode='asgi'"):
        AsyncServer(async_mode="asgi").attach(Sanic("other"))
    Sanic.unregister_app(Sanic.get_app("other"))


async def test_routes_blueprints_files_and_websockets_go_on_beside_it(app, serve, tmp_path: Path):
    (tmp_path / "page.html").write_text("<p>page")
    sio = AsyncServer()
    part = Blueprint("part", url_prefix="/part")

    @app.get("/before")
    async def before(request: Request):
        return text("before")

    sio.attach(app)

    @part.get("/after")
    async def after(request: Request):
        await sio.emit("visited")
        return html("after")

    @app.websocket("/own")
    async def own(request: Request, websocket: Websocket):
        await websocket.send(f"own: {await websocket.recv()}")

    @app.post("/stream", stream=True)
    async def stream(request: Request):
        body = b""
        while (chunk := await request.stream.read()) is not None:
            body += chunk
        return text(body.decode())

    app.blueprint(part)
    app.static("/files", tmp_path)
    running = await serve(app)
    async with running.websocket() as client, running.websocket("/own") as websocket:
        await joined(client)
        http = await running.http()
        assert (await http.ask("/before")).body == b"before"
        assert (await http.ask("/part/after")).body == b"after"
        assert await client.recv() == '42["visited"]'
        assert (await http.ask("/files/page.html")).body == b"<p>page"
        assert (await http.ask("/stream", "POST", b"body")).body == b"body"
        assert (await http.ask("/missing")).status == 404
        await websocket.send("hello")
        assert await websocket.recv() == "own: hello"


async def test_a_route_may_hand_its_request_to_a_server(app, serve):
    sio = AsyncServer(async_mode="sanic")

    @app.route("/chosen", methods=["GET", "POST"])
    async def chosen(request: Request):
        return await sio.handle_request(request)

    running = await serve(app)
    opened = await running.ask("/chosen?EIO=4&transport=polling")
    answer = await running.ask(f"/chosen?EIO=4&transport=polling&sid={opened.sid}", "POST", b"40")
    assert (answer.status, answer.body) == (200, b"ok")
    async with running.websocket("/chosen?EIO=4&transport=websocket") as websocket:
        await joined(websocket)


async def test_a_websocket_is_refused_with_a_real_response(app, sio, serve):
    running = await serve(app)
    with pytest.raises(InvalidStatus) as caught:
        await running.websocket(WEBSOCKET + "&sid=forged")
    assert caught.value.response.status_code == 400
    assert caught.value.response.body == b"Session ID unknown"


async def test_the_environment_has_the_request(app, sio, serve):
    environs = []
    sio.on("connect", lambda sid, environ: environs.append(environ))

    @app.on_request
    async def user(request: Request):
        request.ctx.user = "Ann"

    running = await serve(app)
    async with running.websocket("/socket.io/?EIO=4&transport=websocket&x=%20") as websocket:
        await joined(websocket)
    (environ,) = environs
    assert environ["sanic.request"].ctx.user == "Ann"
    assert environ["PATH_INFO"] == "/socket.io/"
    assert environ["QUERY_STRING"] == "EIO=4&transport=websocket&x=%20"
    assert environ["SERVER_PORT"] == str(running.port)
    assert isinstance(environ["sanic.request"].conn_info.ctx, types.SimpleNamespace)
