"""`HTTPProtocol`, where an `ASGIApp` is mounted in an application of Starlette or FastAPI."""

import json
import logging

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Host, Match, Mount, Route, Router

from sio_asgi import ASGIApp, AsyncServer
from sio_asgi.uvicorn import HTTPProtocol
from sio_server.aio import Driver

POLLING = "?EIO=4&transport=polling"
ROOT = "/socket.io/"


@pytest.fixture
def sio():
    return AsyncServer()


@pytest.fixture
def ordinary(monkeypatch):
    """How many requests and WebSockets came to the driver as ASGI has them."""
    calls = []

    def count(name):
        own = getattr(Driver, name)

        def counted(self, *args):
            calls.append(args)
            return own(self, *args)

        monkeypatch.setattr(Driver, name, counted)

    for name in ("http", "websocket", "own_socket"):
        count(name)
    return calls


async def ask(client, path, method="GET", body=b"", host="here"):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "X-Who: me"]
    if method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    client.write("\r\n".join([*lines, "", ""]).encode() + body)
    status, headers = await client.head()
    size = int(headers.get("content-length", 0))
    return status, headers, await client.reader.readexactly(size)


async def join(running, root=ROOT):
    """A client on polling that is let in, and polls a few times."""
    polling, posting = await running.connect(), await running.connect()
    status, _, body = await ask(polling, root + POLLING)
    assert status == 200, body
    path = f"{root}{POLLING}&sid={json.loads(body[1:])['sid']}"
    assert (await ask(posting, path, "POST", b"40"))[2] == b"ok"
    assert (await ask(polling, path))[2].startswith(b"40{")
    for _ in range(3):
        assert (await ask(posting, path, "POST", b"3"))[2] == b"ok"
    return polling, posting, path


REQUESTS = 6


def mounted(kind, app, path="", **options):
    site = kind(**options)
    site.mount(path, app)
    return site


@pytest.fixture
def start(serve):
    async def started(app, **options):
        given = {"access_log": False, "lifespan": "on", **options}
        return await serve(app, http=HTTPProtocol, **given)

    return started


KINDS = pytest.mark.parametrize("kind", [Starlette, FastAPI])
MOUNTS = pytest.mark.parametrize(
    ("at", "endpoint", "root"),
    [
        ("", "socket.io", "/socket.io/"),
        ("/", "socket.io", "/socket.io/"),
        ("/socket.io", "socket.io", "/socket.io/"),
        ("/socket.io", "", "/socket.io/"),
        ("/ws", "socket.io", "/ws/socket.io/"),
        ("/{room}", "socket.io", "/blue/socket.io/"),
    ],
)


# Without ASGI -------------------------------------------------------------------


@KINDS
@MOUNTS
async def test_requests_go_to_the_driver(start, sio, kind, at, endpoint, root, ordinary):
    app = mounted(kind, ASGIApp(sio, socketio_path=endpoint), at)
    await join(await start(app), root)
    assert ordinary == []


@KINDS
@MOUNTS
async def test_both_ways_have_one_environment(serve, sio, kind, at, endpoint, root):
    app = mounted(kind, ASGIApp(sio, socketio_path=endpoint), at)
    found = []
    for own in (True, False):
        more = {"http": HTTPProtocol} if own else {}
        # FastAPI has a root path of its own, and this project's path is below it, too.
        below = "/below" if kind is Starlette and at + endpoint != "/socket.iosocket.io" else ""
        running = await serve(app, root_path=below, lifespan="on", **more)
        await join(running, root)
        client = await running.open(root + POLLING.replace("polling", "websocket"))
        sids = list(sio.eio.sockets)
        found.append([whole(sio.environ[sid]) for sid in sids[-2:]])
        client.reset()
        running.server.should_exit = True
    assert found[0] == found[1]


def whole(environ):
    """What is not different each time."""
    scope = environ.pop("asgi.scope")
    kept = {
        name: scope.get(name)
        for name in ("type", "path", "raw_path", "root_path", "app", "router", "endpoint")
    }
    kept["path_params"] = scope["path_params"]
    kept["app_root_path"] = scope["app_root_path"]
    for name in ("asgi.receive", "asgi.send", "wsgi.input", "REMOTE_PORT", "SERVER_PORT"):
        del environ[name]
    return kept, environ


@KINDS
async def test_other_routes_are_answered_as_ever(start, sio, kind, ordinary):
    app = kind(routes=[Route("/hello", lambda request: PlainTextResponse("hello"))])
    app.mount("/ws", ASGIApp(sio))
    running = await start(app)
    client = await running.connect()
    for _ in range(2):
        assert (await ask(client, "/hello"))[2] == b"hello"
        assert (await ask(client, "/ws/socket.io/" + POLLING))[0] == 200
        assert (await ask(client, "/ws/else"))[0] == 404
        assert (await ask(client, "/else%80"))[0] == 404
    assert ordinary == []


async def test_routers_that_are_included(start, sio, ordinary):
    router = APIRouter(prefix="/api")

    @router.get("/{number}")
    async def number(number: int):
        return number

    app = FastAPI()
    app.include_router(router)
    app.mount("/", ASGIApp(sio))
    running = await start(app)
    await join(running)
    assert (await ask(await running.connect(), "/api/7"))[2] == b"7"
    assert ordinary == []


async def test_websockets_too(start, sio, ordinary):
    @sio.on("ask")
    async def ask_(sid, *args):
        return args

    running = await start(mounted(FastAPI, ASGIApp(sio)))
    client = await running.open(ROOT + POLLING.replace("polling", "websocket"))
    assert not running.server.server_state.tasks
    assert (await client.message()).startswith("0{")
    client.send(0x81, b"40")
    assert (await client.message()).startswith("40{")
    client.send(0x81, b'421["ask",2]')
    assert await client.message() == "431[2]"
    assert ordinary == []


async def test_access_is_logged_as_ever(serve, sio, caplog):
    caplog.set_level(logging.INFO, "uvicorn.access")
    for more in ({"http": HTTPProtocol}, {}):
        caplog.clear()
        running = await serve(mounted(Starlette, ASGIApp(sio), "/ws"), access_log=True, **more)
        client = await running.connect()
        for _ in range(2):
            await ask(client, "/ws/socket.io/" + POLLING)
        lines = [r.getMessage() for r in caplog.records if r.name == "uvicorn.access"]
        assert len(lines) == 2
        for line in lines:
            assert line.endswith(f' - "GET /ws/socket.io/{POLLING} HTTP/1.1" 200')


# The ordinary way -----------------------------------------------------------------


class Around:
    """A middleware."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


class OwnCall(Starlette):
    async def __call__(self, scope, receive, send):
        await super().__call__(scope, receive, send)


class OwnStack(FastAPI):
    def build_middleware_stack(self):
        return Around(super().build_middleware_stack())


class OwnRouter(Router):
    async def app(self, scope, receive, send):
        await super().app(scope, receive, send)


class OwnRoute(BaseRoute):
    def matches(self, scope):
        return Match.NONE, {}


async def on_error(request, error):
    return PlainTextResponse("sorry", 500)


def router_of_its_own(app):
    site = Starlette()
    site.router = OwnRouter([Mount("/", app)])
    return site


def router_behind_a_middleware(app):
    site = Starlette()
    site.router = Router([Mount("/", app)], middleware=[Middleware(Around)])
    return site


def replaced_stack(app):
    site = mounted(Starlette, app)
    site.middleware_stack = Around(site.build_middleware_stack())
    return site


class Telemetry:
    def enabled(self):
        return True

    async def __call__(self, app, scope, receive, send, **others):
        await app(scope, receive, send)


def with_telemetry(app):
    site = mounted(FastAPI, app)
    site._native_telemetry = Telemetry()
    return site


@pytest.mark.parametrize(
    "made",
    [
        lambda app: mounted(Starlette, app, middleware=[Middleware(Around)]),
        lambda app: mounted(FastAPI, app, middleware=[Middleware(Around)]),
        lambda app: mounted(OwnCall, app),
        lambda app: mounted(OwnStack, app),
        lambda app: mounted(Starlette, app, debug=True),
        lambda app: mounted(Starlette, app, exception_handlers={500: on_error}),
        lambda app: mounted(FastAPI, app, exception_handlers={Exception: on_error}),
        lambda app: mounted(Starlette, app, routes=[OwnRoute()]),
        lambda app: mounted(Starlette, mounted(Starlette, app)),
        lambda app: mounted(Starlette, Around(app)),
        lambda app: Starlette(routes=[Mount("/", app, middleware=[Middleware(Around)])]),
        lambda app: Starlette(routes=[Host("here", app)]),
        lambda app: mounted(FastAPI, app, root_path="/below"),
        router_of_its_own,
        router_behind_a_middleware,
        replaced_stack,
        with_telemetry,
    ],
)
async def test_what_sees_each_request(start, sio, made, ordinary):
    await join(await start(made(ASGIApp(sio))))
    assert len(ordinary) == REQUESTS


@KINDS
async def test_a_limit_of_the_framework_holds(start, sio, kind, ordinary):
    try:
        app = mounted(kind, ASGIApp(sio), max_body_size=100)
    except TypeError:
        pytest.skip("this version has no limit")
    _, posting, path = await join(await start(app))
    assert (await ask(posting, path, "POST", b"4" * 101))[0] == 413
    assert len(ordinary) >= REQUESTS


async def test_the_first_request_makes_the_middlewares(start, sio, ordinary):
    await join(await start(mounted(Starlette, ASGIApp(sio)), lifespan="off"))
    assert len(ordinary) == 1


@KINDS
async def test_an_earlier_route_has_what_it_had(start, sio, kind, ordinary):
    taken = Route(ROOT, lambda request: PlainTextResponse("mine"), methods=["GET"])
    running = await start(mounted(kind, ASGIApp(sio), routes=[taken]))
    client = await running.connect()
    assert (await ask(client, ROOT + POLLING))[2] == b"mine"
    # Of the route, only another method is not answered.
    assert (await ask(client, ROOT + POLLING, "POST", b"40"))[0] == 400
    other = await start(mounted(kind, ASGIApp(sio), routes=[Mount("/socket.io", Around(None))]))
    assert (await ask(await other.connect(), ROOT + POLLING))[0] == 500


@KINDS
async def test_a_route_that_comes_later(start, sio, kind, ordinary):
    app = mounted(kind, ASGIApp(sio))
    running = await start(app)
    polling, _, path = await join(running)
    app.router.routes.insert(0, Route(ROOT, lambda request: PlainTextResponse("mine")))
    assert (await ask(polling, path))[2] == b"mine"
    assert ordinary == []


async def test_a_host_decides(start, sio, ordinary):
    mine = Starlette(routes=[Route(ROOT, lambda request: PlainTextResponse("mine"))])
    running = await start(mounted(Starlette, ASGIApp(sio), routes=[Host("there", mine)]))
    client = await running.connect()
    for host, body in (("here", b"0{"), ("there", b"mine"), ("here", b"0{")):
        assert (await ask(client, ROOT + POLLING, host=host))[2].startswith(body)
    assert ordinary == []


async def test_an_error_of_a_route_is_that_of_the_framework(start, sio, monkeypatch, caplog):
    running = await start(mounted(Starlette, ASGIApp(sio)))

    def broken(self, scope):
        raise ValueError("broken")

    monkeypatch.setattr(Mount, "matches", broken)
    assert (await ask(await running.connect(), ROOT + POLLING))[0] == 500


async def test_a_mount_that_is_exchanged(start, sio, ordinary):
    app = mounted(Starlette, ASGIApp(sio))
    running = await start(app)
    polling, _, path = await join(running)
    app.router.routes[0].app = ASGIApp(AsyncServer())
    assert (await ask(polling, path))[0] == 400
    assert ordinary == []


async def test_a_call_that_is_replaced_later_sees_each_request(start, sio, monkeypatch, ordinary):
    polling, _, path = await join(await start(mounted(Starlette, ASGIApp(sio))))
    assert ordinary == []
    call = Starlette.__call__

    async def watched(self, scope, receive, send):
        await call(self, scope, receive, send)

    monkeypatch.setattr(Starlette, "__call__", watched)
    polling.write(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
    await sio.emit("said")
    assert (await polling.head())[0] == 200
    assert len(ordinary) == 1
