"""What of a scope's headers is believed: proxies' lines, names, origins, and their secrecy."""

import asyncio

import pytest

from sio_asgi import ASGIApp, AsyncServer
from sio_asgi.endpoint import make_environ, make_request
from sio_core import Response
from sio_server.serving.proxies import TrustedProxies

HANG = 20.0
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="


def make_scope(*headers, kind="http", version="1.1", query="EIO=4&transport=polling"):
    return {
        "type": kind,
        "http_version": version,
        "scheme": "http" if kind == "http" else "ws",
        "method": "GET",
        "path": "/socket.io/",
        "query_string": query.encode(),
        "client": ("10.0.0.1", 4711),
        "headers": [(b"host", b"testserver"), *headers],
    }


def read(*headers, trusted=("10.0.0.0/8",)):
    scope = make_scope(*headers)
    proxies = TrustedProxies(trusted)
    request = make_request(scope, proxies)
    return request, make_environ(request, scope, None, None)


def test_of_two_forwarded_lines_the_proxys_counts():
    request, environ = read(
        (b"x-forwarded-for", b"1.1.1.1"),
        (b"x-forwarded-host", b"evil.example"),
        (b"x-forwarded-proto", b"http"),
        (b"X-Forwarded-For", b"203.0.113.9"),
        (b"X-Forwarded-Host", b"app.example"),
        (b"X-Forwarded-Proto", b"https"),
    )
    assert environ["REMOTE_ADDR"] == request.address == "203.0.113.9"
    assert request.host == "app.example"
    assert environ["wsgi.url_scheme"] == request.scheme == "https"


def test_what_is_no_address_is_not_taken_for_one():
    _, environ = read((b"x-forwarded-for", b"203.0.113.9, nobody"))
    assert environ["REMOTE_ADDR"] == "10.0.0.1"


@pytest.mark.parametrize("order", [1, -1])
def test_names_with_an_underscore_are_left_out(order):
    lines = [(b"X_User", b"root"), (b"x-user", b"guest")][::order]
    request, environ = read(*lines, (b"x_only", b"1"), (b"x_forwarded_for", b"1.1.1.1"))
    assert environ["HTTP_X_USER"] == "guest"
    assert "HTTP_X_ONLY" not in environ
    assert environ["REMOTE_ADDR"] == "10.0.0.1"
    assert request.header("x_user") == ""


def test_two_origins_are_the_origin_of_nobody():
    request, environ = read((b"origin", b"http://testserver"), (b"Origin", b"http://evil"))
    assert request.header("origin") == "http://testserver,http://evil"
    assert environ["HTTP_ORIGIN"] == "http://testserver,http://evil"


def test_what_is_secret_is_in_no_repr():
    scope = make_scope((b"cookie", b"io=s3cret"), query="EIO=4&transport=polling&sid=s3cret")
    assert "s3cret" not in repr(make_request(scope, TrustedProxies(())))
    assert "s3cret" not in repr(Response(200, (("set-cookie", "io=s3cret"),), b"s3cret"))


# WebSockets of any web server -----------------------------------------------------------------


async def ask(app, scope):
    """What a WebSocket's application answers first."""
    sent: asyncio.Queue = asyncio.Queue()
    incoming: asyncio.Queue = asyncio.Queue()
    incoming.put_nowait({"type": "websocket.connect"})
    task = asyncio.create_task(app(scope, incoming.get, sent.put))
    try:
        async with asyncio.timeout(HANG):
            return (await sent.get())["type"]
    finally:
        incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await task


OPENINGS = {
    "good": ("websocket.accept", "1.1", [(b"sec-websocket-key", KEY)]),
    "not shown": ("websocket.accept", "1.1", []),
    "HTTP/2": ("websocket.accept", "2", []),
    "HTTP/1.0": ("websocket.close", "1.0", [(b"sec-websocket-key", KEY)]),
    "of starlette's test client": ("websocket.accept", "1.1", [(b"sec-websocket-key", b"test==")]),
    "two keys": ("websocket.close", "1.1", [(b"sec-websocket-key", KEY)] * 2),
    "own origin": ("websocket.accept", "1.1", [(b"origin", b"http://testserver")]),
    "two origins": ("websocket.close", "1.1", [(b"origin", b"http://testserver")] * 2),
}


@pytest.mark.parametrize("name", OPENINGS)
async def test_openings(name):
    answer, version, headers = OPENINGS[name]
    scope = make_scope(
        *headers, kind="websocket", version=version, query="EIO=4&transport=websocket"
    )
    assert await ask(ASGIApp(AsyncServer()), scope) == answer


async def test_a_bad_opening_is_told_what_is_wrong():
    keys = [(b"sec-websocket-key", KEY)] * 2
    scope = make_scope(*keys, kind="websocket", query="EIO=4&transport=websocket")
    scope["extensions"] = {"websocket.http.response": {}}
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "websocket.connect"}

    await ASGIApp(AsyncServer())(scope, receive, send)
    assert [message.get("status", message.get("body")) for message in sent] == [
        400,
        b"Invalid Sec-WebSocket-Key",
    ]


async def test_the_hooks_of_an_application_are_called():
    class Own(ASGIApp):
        async def not_found(self, receive, send):
            await send("nobody")

        async def lifespan(self, scope, receive, send):
            await send("life")

    sent = []

    async def send(message):
        sent.append(message)

    app = Own(AsyncServer())
    for kind in ("http", "websocket", "lifespan"):
        await app({"type": kind, "path": "/elsewhere"}, None, send)
    assert sent == ["nobody", {"type": "websocket.close", "code": 1000}, "life"]
    assert app.engineio_path == "/socket.io/"
    assert ASGIApp(AsyncServer(), socketio_path="").engineio_path == "/"
