"""How many connections one address may have, behind proxies and not, in every adapter."""

import asyncio
import io
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sanic
from aiohttp.test_utils import make_mocked_request
from sanic.compat import Header
from tornado.httputil import HTTPHeaders, RequestStartLine
from tornado.web import Application

from sio_asgi import ASGIApp, AsyncServer
from sio_server.serving.async_server_end import AsyncServerEnd
from sio_tornado import SocketIOHandler
from sio_wsgi import Server, WSGIApp

HANDSHAKE = "EIO=4&transport=polling"

Ask = Callable[..., Any]


async def ask_asgi(server: Any, address: str, headers: dict[str, str]) -> int:
    """One handshake; the status of its answer."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": "/socket.io/",
        "root_path": "",
        "query_string": HANDSHAKE.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": (address, 5000),
        "server": ("testserver", 80),
        "scheme": "http",
    }
    await ASGIApp(server)(scope, receive, send)
    return int(sent[0]["status"])


async def ask_wsgi(server: Any, address: str, headers: dict[str, str]) -> int:
    """One handshake; the status of its answer."""
    said: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/socket.io/",
        "QUERY_STRING": HANDSHAKE,
        "REMOTE_ADDR": address,
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "HTTP_HOST": "testserver",
        **{"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()},
    }
    b"".join(WSGIApp(server)(environ, lambda status, headers: said.append(status)))
    return int(said[0].partition(" ")[0])


async def ask_aiohttp(server: Any, address: str, headers: dict[str, str]) -> int:
    """One handshake; the status of its answer."""
    asked = make_mocked_request(
        "GET", f"/socket.io/?{HANDSHAKE}", {"Host": "testserver", **headers}
    )
    answer = await server.handle_request(asked.clone(remote=address))
    return int(answer.status)


async def ask_tornado(server: Any, address: str, headers: dict[str, str]) -> int:
    """One handshake; the status of its answer."""

    class Handler(SocketIOHandler):
        socketio_server = server
        socketio_end = cast("AsyncServerEnd", SimpleNamespace(watch=lambda: None))

    answered = asyncio.get_running_loop().create_future()
    connection: Any = SimpleNamespace(
        context=SimpleNamespace(remote_ip=address, protocol="http"),
        stream=SimpleNamespace(socket=None),
        set_close_callback=lambda callback: None,
        write_headers=lambda first, *more: answered.set_result(first.code),
        finish=lambda: None,
    )
    app = Application([(r"/socket.io/", Handler)], log_function=lambda handler: None)
    asked = app.start_request(None, connection)
    line = RequestStartLine("GET", f"/socket.io/?{HANDSHAKE}", "HTTP/1.1")
    asked.headers_received(line, HTTPHeaders({"Host": "testserver", **headers}))
    asked.finish()
    return int(await answered)


async def ask_sanic(server: Any, address: str, headers: dict[str, str]) -> int:
    """One handshake; the status of its answer."""
    transport: Any = SimpleNamespace(get_protocol=SimpleNamespace)
    app: sanic.Sanic[Any, Any] = sanic.Sanic("sessions", configure_logging=False)
    try:
        asked = sanic.Request(
            f"/socket.io/?{HANDSHAKE}".encode(),
            Header({"host": "testserver", **headers}),
            "1.1",
            "GET",
            transport,
            app,
        )
    finally:
        sanic.Sanic.unregister_app(app)
    connection: Any = SimpleNamespace(client_ip=address, ssl=False, sockname=None, client_port=0)
    asked.conn_info = connection
    stream: Any = SimpleNamespace(request_body=None)
    asked.stream = stream
    answer = await server.handle_request(asked)
    return int(answer.status)


ASK: dict[str, Ask] = {
    "asgi": ask_asgi,
    "wsgi": ask_wsgi,
    "aiohttp": ask_aiohttp,
    "tornado": ask_tornado,
    "sanic": ask_sanic,
}


@pytest.fixture(params=ASK)
async def colour(request):
    """`make(**options)` makes a server, `ask(server, address, headers)` a handshake."""
    servers: list[Any] = []

    def make(**options: Any) -> Any:
        if request.param != "wsgi":
            servers.append(AsyncServer(async_mode=request.param, **options))
        else:
            servers.append(Server(async_mode="threading", **options))
        return servers[-1]

    yield make, ASK[request.param]
    for server in servers:
        server.driver.stop()


async def test_connections_are_bounded(colour, caplog):
    make, ask = colour
    server = make(max_sessions=2)
    with caplog.at_level(logging.INFO, "engineio.server"):
        assert [await ask(server, "192.0.2.1", {}) for _ in range(3)] == [200, 200, 503]
    assert "there are too many sessions: see max_sessions" in caplog.text
    assert len(server.driver.engine.sessions) == 2


async def test_the_connections_of_an_address_are_bounded(colour, caplog):
    make, ask = colour
    server = make(max_sessions_per_address=1)
    with caplog.at_level(logging.INFO, "engineio.server"):
        statuses = [await ask(server, f"192.0.2.{number}", {}) for number in (1, 1, 2)]
    assert statuses == [200, 429, 200]
    assert "one address has too many sessions: see max_sessions_per_address" in caplog.text
    # Nobody believes what a stranger says of his address.
    assert await ask(server, "192.0.2.1", {"x-forwarded-for": "203.0.113.9"}) == 429


async def test_behind_a_proxy_the_address_is_the_clients(colour):
    make, ask = colour
    server = make(max_sessions_per_address=1, trusted_proxies="192.0.2.1")
    clients = ["203.0.113.1", "203.0.113.1", "203.0.113.2"]
    statuses = [await ask(server, "192.0.2.1", {"x-forwarded-for": name}) for name in clients]
    assert statuses == [200, 429, 200]


async def test_a_connection_keeps_no_more_of_its_request_than_it_may(colour):
    make, ask = colour
    server = make()
    assert await ask(server, "192.0.2.1", {"cookie": "x" * 15_000}) == 200
    assert await ask(server, "192.0.2.1", {"cookie": "x" * 17_000}) == 431
    assert await ask(make(max_header_bytes=50_000), "192.0.2.1", {"cookie": "x" * 17_000}) == 200


async def test_a_connection_has_ten_seconds_to_ask_for_a_namespace(colour):
    make, ask = colour
    server = make()
    await ask(server, "192.0.2.1", {})
    now, core = server.driver.now(), server._core
    assert core.handle_timeout(now + 9) == []
    assert core.handle_timeout(now + 11) != []
    assert server.driver.engine.sessions == {}
