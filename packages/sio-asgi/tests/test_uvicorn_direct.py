"""`HTTPProtocol`: which requests go to the driver without ASGI, and what becomes of them."""

import asyncio
import gc
import gzip
import json
import logging

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from sio_asgi import ASGIApp, AsyncServer, engineio
from sio_asgi.uvicorn import CompressedWebSocketProtocol, HTTPProtocol, WebSocketProtocol
from sio_asgi.uvicorn.answers import header_lines
from sio_asgi.uvicorn.http import http_protocol
from sio_core.engineio import Session
from sio_core.socketio import Socket
from sio_server.aio import Driver
from sio_server.drivers.asyncio.transport.websocket_transport import WebSocketTransport
from sio_server.drivers.asyncio.websockets.own_socket import OwnSocketConnection

HANG = 20.0
PATH = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture
def sio():
    return AsyncServer()


@pytest.fixture
def ordinary(monkeypatch):
    """How many requests came to the driver as ASGI has them."""
    calls = []
    http = Driver.http

    def counted(self, *args):
        calls.append(args)
        return http(self, *args)

    monkeypatch.setattr(Driver, "http", counted)
    return calls


@pytest.fixture
def start(serve):
    async def started(app, **options):
        return await serve(app, http=HTTPProtocol, **{"access_log": False, **options})

    return started


async def ask(client, path=PATH, method="GET", body=b"", version="1.1", **headers):
    """Write a request, and read the answer: status, headers, body."""
    write(client, path, method, body, version, **headers)
    return await answer(client, method)


def write(client, path=PATH, method="GET", body=b"", version="1.1", **headers):
    lines = [f"{method} {path} HTTP/{version}", "Host: testserver"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if method == "POST" and "Transfer_Encoding" not in headers and "Content_Length" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    client.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)


async def answer(client, method="GET"):
    status, headers = await client.head()
    size = 0 if method == "HEAD" or status == 204 else int(headers["content-length"])
    async with asyncio.timeout(HANG):
        return status, headers, await client.reader.readexactly(size)


async def join(running):
    """A client on polling that is let in: its path, and its two connections."""
    polling, posting = await running.connect(), await running.connect()
    sid = json.loads((await ask(polling))[2][1:])["sid"]
    path = f"{PATH}&sid={sid}"
    assert (await ask(posting, path, "POST", b"40"))[2] == b"ok"
    assert (await ask(polling, path))[2].startswith(b"40{")
    return path, polling, posting


async def until(condition):
    async with asyncio.timeout(HANG):
        while not condition():
            await asyncio.sleep(0.005)


async def polls(sio):
    await until(lambda: any(s.poll is not None for s in sio.driver.engine.sessions.values()))


# Without ASGI -----------------------------------------------------------------


async def test_a_poll_that_waits_has_no_task(start, sio, ordinary):
    running = await start(ASGIApp(sio))
    path, polling, _ = await join(running)
    write(polling, path)
    await polls(sio)
    assert not running.server.server_state.tasks
    await sio.emit("said", "now")
    assert (await answer(polling))[::2] == (200, b'42["said","now"]')
    assert ordinary == []


async def test_an_event_is_answered(start, sio, ordinary):
    @sio.on("ask")
    async def ask_(sid, *args):
        return args

    running = await start(ASGIApp(sio))
    path, polling, posting = await join(running)
    write(polling, path)
    assert (await ask(posting, path, "POST", b'427["ask",1]'))[::2] == (200, b"ok")
    assert (await answer(polling))[2] == b"437[1]"
    assert ordinary == []


async def test_the_answer_has_the_headers_of_uvicorn_and_one_write(start, sio):
    running = await start(ASGIApp(sio), headers=[("x-all", "2")])
    client = await running.connect()
    status, headers, body = await ask(client)
    assert (status, headers["server"], headers["x-all"]) == (200, "uvicorn", "2")
    assert "date" in headers
    assert headers["content-type"].startswith("text/plain")
    assert int(headers["content-length"]) == len(body)
    assert "connection" not in headers


async def test_servers_of_engine_io_too(start, ordinary):
    eio = engineio.AsyncServer()

    @eio.on("message")
    async def message(sid, data):
        await eio.send(sid, data)

    running = await start(engineio.ASGIApp(eio))
    polling, path = await running.connect(), PATH.replace("socket.io", "engine.io")
    path += "&sid=" + json.loads((await ask(polling, path))[2][1:])["sid"]
    assert (await ask(await running.connect(), path, "POST", b"4hello"))[2] == b"ok"
    assert (await ask(polling, path))[2] == b"4hello"
    assert ordinary == []


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD", "PUT"])
async def test_other_methods(start, sio, method, ordinary):
    running = await start(ASGIApp(sio))
    client = await running.connect()
    status, _, body = await ask(client, method=method)
    assert (await ask(client))[0] == 200, "the connection goes on"
    assert ordinary == []
    plain = await serve_ordinarily(running, method)
    assert (status, body) == plain


async def serve_ordinarily(running, method):
    """What ASGI would have said."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request"}

    scope = {"type": "http", "path": "/socket.io/", "method": method, "headers": []}
    scope["query_string"] = PATH.partition("?")[2].encode()
    app = running.server.config.loaded_app
    await app(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


async def test_the_environment_is_whole_long_after_the_request(start, sio):
    running = await start(ASGIApp(sio), root_path="/below")
    await join(running)
    found = sio.get_environ(next(iter(sio.manager.rooms["/"][None])))
    assert found["PATH_INFO"] == "/socket.io/"
    assert found["SCRIPT_NAME"] == "/below"
    assert found["RAW_URI"] == "/below" + PATH
    assert found["REMOTE_ADDR"] == "127.0.0.1"
    assert found["HTTP_HOST"] == "testserver"
    scope = found["asgi.scope"]
    assert (scope["method"], scope["path"]) == ("GET", "/below/socket.io/")
    assert scope["raw_path"] == b"/below/socket.io/"
    assert scope["query_string"] == PATH.partition("?")[2].encode()
    with pytest.raises(RuntimeError, match="the driver"):
        await found["asgi.send"]({})
    with pytest.raises(RuntimeError, match="the driver"):
        await found["asgi.receive"]()


async def test_access_is_logged_as_uvicorn_does(start, sio, caplog):
    caplog.set_level(logging.INFO, "uvicorn.access")
    running = await start(ASGIApp(sio), access_log=True)
    await ask(await running.connect())
    [line] = [record.getMessage() for record in caplog.records if record.name == "uvicorn.access"]
    assert line.startswith("127.0.0.1:")
    assert line.endswith(f' - "GET {PATH} HTTP/1.1" 200')


# Proxies ----------------------------------------------------------------------


@pytest.mark.parametrize("trusted", ["127.0.0.1", "10.0.0.1"])
async def test_a_proxy_that_uvicorn_trusts(start, sio, trusted, ordinary):
    running = await start(ASGIApp(sio), forwarded_allow_ips=trusted)
    client = await running.connect()
    more = {"X_Forwarded_For": "192.0.2.7", "X_Forwarded_Proto": "https"}
    sid = json.loads((await ask(client, **more))[2][1:])["sid"]
    found = sio.environ[sid]
    believed = trusted == "127.0.0.1"
    assert found["REMOTE_ADDR"] == ("192.0.2.7" if believed else "127.0.0.1")
    assert found["wsgi.url_scheme"] == ("https" if believed else "http")
    assert ordinary == []


async def test_no_proxy_is_trusted_where_uvicorn_trusts_none(start, sio):
    running = await start(ASGIApp(sio), proxy_headers=False)
    sid = json.loads((await ask(await running.connect(), X_Forwarded_For="192.0.2.7"))[2][1:])
    assert sio.environ[sid["sid"]]["REMOTE_ADDR"] == "127.0.0.1"


async def test_proxies_that_the_server_trusts(start):
    sio = AsyncServer(trusted_proxies=["127.0.0.1"])
    running = await start(ASGIApp(sio), proxy_headers=False)
    sid = json.loads((await ask(await running.connect(), X_Forwarded_For="192.0.2.7"))[2][1:])
    assert sio.environ[sid["sid"]]["REMOTE_ADDR"] == "192.0.2.7"


# The ordinary way -------------------------------------------------------------


class Around:
    """A middleware."""

    def __init__(self, app):
        self.app = app
        self.seen = 0

    async def __call__(self, scope, receive, send):
        self.seen += scope["type"] == "http"
        await self.app(scope, receive, send)


async def test_a_middleware_sees_each_request(start, sio, ordinary):
    app = Around(ASGIApp(sio))
    await join(await start(app))
    assert app.seen == len(ordinary) == 3


async def test_a_mounted_server_is_served_by_its_application(start, sio, ordinary):
    site = Starlette(middleware=[Middleware(Around)])
    site.mount("/", ASGIApp(sio))
    await join(await start(site))
    assert len(ordinary) == 3


async def test_a_class_of_the_application_sees_each_request(start, sio, ordinary):
    class Own(ASGIApp):
        seen = 0

        async def __call__(self, scope, receive, send):
            Own.seen += 1
            await super().__call__(scope, receive, send)

    await join(await start(Own(sio), lifespan="off"))
    assert Own.seen == len(ordinary) == 3


async def test_a_patched_handler_of_requests_sees_each(start, sio, ordinary, monkeypatch):
    running = await start(ASGIApp(sio))
    path, polling, _ = await join(running)
    assert ordinary == []
    seen = []
    handle = sio.handle_request

    async def patched(*args):
        seen.append(args)
        return await handle(*args)

    sio.handle_request = patched
    write(polling, path)
    await polls(sio)
    await sio.emit("said")
    await answer(polling)
    assert len(seen) == len(ordinary) == 1
    del sio.handle_request

    async def subclassed(self, *args):
        seen.append(args)
        return await handle(*args)

    monkeypatch.setattr(AsyncServer, "handle_request", subclassed)
    await ask(await running.connect())
    assert len(seen) == len(ordinary) == 2


async def test_another_handler_of_the_class_sees_each(start, ordinary):
    class Own(AsyncServer):
        async def handle_request(self, *args):
            return await super().handle_request(*args)

    await join(await start(ASGIApp(Own())))
    assert len(ordinary) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"version": "1.0"},
        {"path": "http://testserver" + PATH},
        {"path": PATH.replace("socket", "s%6Fcket"), "direct": True},
        {"Expect": "100-continue", "method": "POST"},
        {"Upgrade": "h2c", "Connection": "Upgrade"},
    ],
    ids=str,
)
async def test_requests_that_uvicorn_handles(start, sio, change, ordinary):
    direct = change.pop("direct", False)
    running = await start(ASGIApp(sio))
    client = await running.connect()
    write(client, **change)
    if "Expect" in change:
        assert (await client.head())[0] == 400  # no session: nothing of a body is wanted
    else:
        assert (await answer(client))[0] == 200
    assert len(ordinary) == (0 if direct else 1)


async def test_other_paths_are_those_of_the_other_application(start, sio, ordinary):
    async def other(scope, receive, send):
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]}
        )
        await send({"type": "http.response.body", "body": b"other"})

    client = await (await start(ASGIApp(sio, other))).connect()
    for path in ("/", "/socket.iox", "/socket.iox%80", "/a#b"):
        assert (await ask(client, path))[2] == b"other", path
    assert (await ask(client))[0] == 200, "the same connection goes to the driver then"
    assert (await ask(client, "/"))[2] == b"other"
    assert ordinary == []


async def test_a_limit_of_uvicorn_on_concurrency_holds(start, sio, ordinary):
    running = await start(ASGIApp(sio), limit_concurrency=1)
    await running.connect()
    client = await running.connect()
    assert (await client_status(client)) == 503


async def client_status(client):
    write(client)
    return (await client.head())[0]


async def test_requests_behind_a_poll_wait_for_it(start, sio, ordinary):
    async def other(scope, receive, send):
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]}
        )
        await send({"type": "http.response.body", "body": b"other"})

    running = await start(ASGIApp(sio, other))
    path, polling, _ = await join(running)
    write(polling, path)
    write(polling, "/")
    write(polling, path, "POST", b"3")
    await polls(sio)
    await sio.emit("said")
    assert (await answer(polling))[2] == b'42["said"]'
    assert (await answer(polling))[2] == b"other"
    assert (await answer(polling))[2] == b"ok"
    assert len(ordinary) == 1


async def test_a_poll_ends_with_its_connection_whatever_waits_behind_it(start, sio):
    running = await start(ASGIApp(sio))
    path, polling, _ = await join(running)
    write(polling, path)
    write(polling, path, "POST", b"3")
    await polls(sio)
    [connection] = [c for c in running.server.server_state.connections if c.pipeline]
    connection.transport.abort()
    await until(lambda: not sio.eio.sockets)


# Bodies -----------------------------------------------------------------------


async def test_a_body_in_chunks(start, sio, ordinary):
    heard = asyncio.Queue()
    sio.on("say", lambda sid, word: heard.put_nowait(word))
    running = await start(ASGIApp(sio))
    path, _, posting = await join(running)
    write(posting, path, "POST", Transfer_Encoding="chunked")
    for piece in (b'42["s', b'ay","w', b'ord"]'):
        posting.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await asyncio.sleep(0.01)
    posting.write(b"0\r\n\r\n")
    assert (await answer(posting))[2] == b"ok"
    async with asyncio.timeout(HANG):
        assert await heard.get() == "word"
    assert ordinary == []


async def test_a_long_body_is_read_in_a_task(start, sio):
    heard = asyncio.Queue()
    sio.on("say", lambda sid, word: heard.put_nowait(word))
    running = await start(ASGIApp(sio))
    path, _, posting = await join(running)
    body = json.dumps(["say", "x" * 200_000]).encode()
    assert (await ask(posting, path, "POST", b"42" + body))[2] == b"ok"
    async with asyncio.timeout(HANG):
        assert len(await heard.get()) == 200_000
    await until(lambda: not running.server.server_state.tasks)


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_that_is_too_large(start, chunked):
    sio = AsyncServer(max_http_buffer_size=1000)
    running = await start(ASGIApp(sio))
    path, _, posting = await join(running)
    body = b"4" + b"2" * 2000
    if chunked:
        write(posting, path, "POST", Transfer_Encoding="chunked")
        posting.write(b"%x\r\n%s\r\n" % (len(body), body))
    else:
        write(posting, path, "POST", body)
    assert (await answer(posting))[0] == 413
    assert not sio.eio.sockets
    if chunked:
        posting.write(b"0\r\n\r\n")
    assert (await ask(posting))[0] == 200, "the rest was read, and the connection goes on"


async def test_too_many_chunks(start):
    sio = AsyncServer(max_body_chunks=3)
    running = await start(ASGIApp(sio))
    path, _, posting = await join(running)
    write(posting, path, "POST", Transfer_Encoding="chunked")
    for _ in range(4):
        posting.write(b"1\r\n3\r\n")
    assert (await answer(posting))[0] == 413


async def test_a_body_that_is_late_costs_the_connection(start):
    sio = AsyncServer(body_timeout=0.05)
    running = await start(ASGIApp(sio))
    path, _, posting = await join(running)
    write(posting, path, "POST", Content_Length=10)
    posting.write(b"4")
    status, headers, _ = await answer(posting)
    assert (status, headers["connection"]) == (408, "close")
    assert await posting.rest() == b""


async def test_a_client_that_goes_before_its_body_is_whole(start, sio):
    running = await start(ASGIApp(sio))
    path, _, posting = await join(running)
    write(posting, path, "POST", Content_Length=10)
    await until(lambda: any(s.post is not None for s in sio.driver.engine.sessions.values()))
    posting.reset()
    await until(lambda: not sio.eio.sockets)
    assert not sio.driver.polls


async def test_a_body_while_the_application_is_asked(serve, start):
    asked = asyncio.Event()
    allowed = asyncio.Event()

    async def allow(origin, environ):
        asked.set()
        await allowed.wait()
        return True

    sio = AsyncServer(cors_allowed_origins=allow)
    running = await start(ASGIApp(sio))
    client = await running.connect()
    write(client, Origin="http://elsewhere")
    await asked.wait()
    assert len(running.server.server_state.tasks) == 1
    allowed.set()
    path = f"{PATH}&sid={json.loads((await answer(client))[2][1:])['sid']}"
    asked.clear()
    allowed.clear()
    body = b"4" * 300_000
    write(client, path, "POST", Content_Length=len(body), Origin="http://elsewhere")
    await asked.wait()
    client.write(body)
    connection = next(iter(running.server.server_state.connections))
    await until(lambda: connection.flow.read_paused)
    allowed.set()
    assert (await answer(client))[0] in (200, 400)
    await until(lambda: not running.server.server_state.tasks)


async def test_a_request_that_the_application_refuses(start):
    async def allow(environ):
        return False

    running = await start(ASGIApp(AsyncServer(allow_request=allow)))
    assert (await ask(await running.connect()))[0] == 403
    await until(lambda: not running.server.server_state.tasks)


async def test_an_error_in_a_task_is_an_answer(start, monkeypatch, caplog):
    async def broken(*args):
        raise ValueError("broken")

    sio = AsyncServer(allow_request=lambda environ: True)
    running = await start(ASGIApp(sio))
    monkeypatch.setattr(sio.driver, "finish", broken)
    status, _, body = await ask(await running.connect())
    assert (status, body) == (500, b"Internal Server Error")
    assert "Exception in Socket.IO" in caplog.text


@pytest.mark.parametrize(
    "header", [("x-why", "tea\r\nx-more: milk"), ("x why", "tea"), ("", "tea"), ("x:", "tea")]
)
def test_what_is_no_header_is_not_sent(header):
    with pytest.raises(ValueError, match="no header"):
        header_lines((header,))


# Answers ----------------------------------------------------------------------


async def test_a_heavy_answer_is_compressed_in_a_thread(start, sio):
    running = await start(ASGIApp(sio))
    path, polling, _ = await join(running)
    await sio.emit("said", "x" * 300_000)
    _, headers, body = await ask(polling, path, Accept_Encoding="gzip")
    assert headers["content-encoding"] == "gzip"
    assert len(gzip.decompress(body)) > 300_000
    assert (await ask(polling, path, "POST", b"3"))[2] == b"ok"


async def test_an_error_in_the_driver_is_an_answer(start, sio, monkeypatch, caplog):
    running = await start(ASGIApp(sio))
    path, polling, posting = await join(running)

    def broken(*args, **kwargs):
        raise ValueError("broken")

    monkeypatch.setattr(sio.driver, "read", broken)
    assert (await ask(posting, path, "POST", b"3"))[::2] == (500, b"Internal Server Error")
    monkeypatch.undo()
    assert (await ask(posting))[0] == 200
    monkeypatch.setattr(sio.driver, "input", broken)
    write(polling, path)
    await polls(sio)
    emitting = sio.emit("said")
    monkeypatch.setattr(sio.driver, "input", sio.driver.__class__.input.__get__(sio.driver))
    await emitting
    assert (await answer(polling))[0] == 200


async def test_a_poll_that_cannot_be_answered_is_an_answer_too(start, sio, monkeypatch, caplog):
    running = await start(ASGIApp(sio))
    path, polling, _ = await join(running)
    write(polling, path)
    await polls(sio)
    real = sio.driver.input
    failed = []

    def once(*args, **kwargs):
        if not failed:
            failed.append(True)
            raise ValueError("broken")
        real(*args, **kwargs)

    monkeypatch.setattr(sio.driver, "input", once)
    await sio.emit("said")
    assert (await answer(polling))[0] == 500
    assert "could not be answered" in caplog.text
    assert not sio.eio.sockets
    assert not sio.driver.polls


async def test_an_answer_that_cannot_be_made_is_an_answer_too(start, sio, monkeypatch, caplog):
    running = await start(ASGIApp(sio))
    path, polling, _ = await join(running)
    write(polling, path)
    await polls(sio)
    failed = []
    head = HTTPProtocol.head

    def once(self, response):
        if not failed:
            failed.append(response)
            raise ValueError("broken")
        return head(self, response)

    monkeypatch.setattr(HTTPProtocol, "head", once)
    await sio.emit("said")
    assert (await answer(polling))[0] == 500
    assert "could not be answered" in caplog.text
    assert not sio.driver.polls


async def test_two_polls_at_once_end_the_session(start, sio):
    running = await start(ASGIApp(sio))
    path, polling, _ = await join(running)
    write(polling, path)
    await polls(sio)
    assert (await ask(await running.connect(), path))[0] == 400
    assert (await answer(polling))[0] == 200
    assert not sio.eio.sockets


# WebSockets -------------------------------------------------------------------

WEBSOCKET = PATH.replace("polling", "websocket")


@pytest.fixture
def asked(monkeypatch):
    """How many WebSockets came to the driver as ASGI has them."""
    calls = []
    own_socket = Driver.own_socket

    def counted(self, *args):
        calls.append(args)
        return own_socket(self, *args)

    monkeypatch.setattr(Driver, "own_socket", counted)
    return calls


async def test_a_websocket_is_opened_without_a_task(start, sio, asked):
    @sio.on("ask")
    async def ask_(sid, *args):
        return args

    running = await start(ASGIApp(sio), root_path="/below", log_level="info")
    client = await running.open(WEBSOCKET, x_forwarded_proto="https")
    assert not running.server.server_state.tasks
    eio_sid = json.loads((await client.message())[1:])["sid"]
    client.send(0x81, b"40")
    assert (await client.message()).startswith("40{")
    client.send(0x81, b'421["ask",2]')
    assert await client.message() == "431[2]"
    found = sio.environ[eio_sid]
    assert found["asgi.scope"]["path"] == "/below/socket.io/"
    assert found["wsgi.url_scheme"] == "https"
    assert asked == []


async def test_the_same_connection_polls_first(start, sio, asked):
    running = await start(ASGIApp(sio))
    path, polling, _ = await join(running)
    sid = path.rpartition("=")[2]
    status, _ = await polling.request(f"{WEBSOCKET}&sid={sid}")
    assert status == 101
    polling.send(0x81, b"2probe")
    assert await polling.message() == "3probe"
    polling.send(0x81, b"5")
    await until(lambda: sio.eio.sockets[sid].upgraded)
    assert asked == []


class OfTheApplication(WebSocketProtocol):
    """A class that sees each request."""


@pytest.mark.parametrize("protocol", [OfTheApplication, CompressedWebSocketProtocol])
async def test_nothing_of_http_is_kept_for_a_websocket(start, sio, protocol):
    def living(*kinds):
        return sum(isinstance(each, kinds) for each in gc.get_objects())

    running = await start(ASGIApp(sio), protocol=protocol)
    gc.collect()
    gc.disable()
    try:
        before = living(HTTPProtocol), living(protocol)
        client = await running.open(WEBSOCKET)
        await client.message()
        await until(lambda: living(HTTPProtocol) == before[0])
        assert sio.eio.sockets, "it is open, and waits for no time limit"
        client.send(0x88)
        await client.ended()
        await until(lambda: not sio.eio.sockets)
        await until(lambda: (living(HTTPProtocol), living(protocol)) == before)
    finally:
        gc.enable()


async def test_a_websocket_that_is_refused(start, sio, asked, caplog):
    caplog.set_level(logging.INFO, "uvicorn.error")
    running = await start(ASGIApp(sio))
    client = await running.connect()
    assert (await client.request(WEBSOCKET.replace("EIO=4", "EIO=9")))[0] == 400
    assert b"Unsupported protocol version" in await client.rest()
    assert '"WebSocket /socket.io/" 400' in caplog.text
    assert asked == []


async def test_a_websocket_about_which_the_application_is_asked(start, asked):
    async def allow(environ):
        return "mine" in environ["QUERY_STRING"]

    sio = AsyncServer(allow_request=allow)
    running = await start(ASGIApp(sio))
    client = await running.connect()
    assert (await client.request(WEBSOCKET))[0] == 403
    await running.open(WEBSOCKET + "&mine=1")
    assert len(asked) == 2
    assert len(sio.eio.sockets) == 1


async def test_a_websocket_of_another_path(start, sio, asked):
    async def other(scope, receive, send):
        assert scope["path"] == "/else"
        await send({"type": "websocket.close"})

    running = await start(ASGIApp(sio, other))
    assert (await (await running.connect()).request("/else"))[0] == 403
    assert asked == []


async def test_a_middleware_sees_each_websocket(start, sio, asked):
    running = await start(Around(ASGIApp(sio)))
    await running.open(WEBSOCKET)
    assert len(asked) == 1


async def test_a_class_of_the_application_sees_each_websocket(start, sio, asked):
    opened = []

    class Own(WebSocketProtocol):
        def take_over(self, connection):
            opened.append(connection)
            super().take_over(connection)

    running = await start(ASGIApp(sio), protocol=Own)
    await running.open(WEBSOCKET)
    assert len(opened) == len(asked) == 1


async def test_the_answer_and_the_first_packet_of_a_websocket_are_one_write(
    start, sio, monkeypatch
):
    written = []
    take_over = WebSocketTransport.take_over

    def recorded(self, *args, **kwargs):
        transport = self.transport

        class Recorded:
            def write(self, data):
                written.append(bytes(data))
                transport.write(data)

            def __getattr__(self, name):
                return getattr(transport, name)

        self.transport = Recorded()
        take_over(self, *args, **kwargs)

    monkeypatch.setattr(WebSocketTransport, "take_over", recorded)
    running = await start(ASGIApp(sio), headers=[("x-all", "2")])
    client = await running.connect()
    status, headers = await client.request(WEBSOCKET)
    assert (status, headers["server"], headers["x-all"]) == (101, "uvicorn", "2")
    packet = await client.message()
    assert packet.startswith('0{"sid"')
    client.send(0x81, b"40")
    assert (await client.message()).startswith("40{")
    assert len(written) == 2
    assert written[0].startswith(b"HTTP/1.1 101 ")
    assert written[0].endswith(packet.encode())


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Sec_WebSocket_Version": "12"}, 426),
        ({"Sec_WebSocket_Key": "short"}, 400),
        ({"Host": ""}, 400),
    ],
)
async def test_what_is_no_opening_of_a_websocket(start, sio, asked, change, status):
    running = await start(ASGIApp(sio))
    client = await running.connect()
    assert (await client.request(WEBSOCKET, **change))[0] == status
    await client.rest()
    assert asked == []
    await until(lambda: not running.server.server_state.connections)


async def test_a_websocket_of_a_server_that_is_full_is_closed(start):
    sio = AsyncServer(max_sessions=1)
    running = await start(ASGIApp(sio))
    await running.open(WEBSOCKET)
    client = await running.connect()
    assert (await client.request(WEBSOCKET))[0] == 503


async def test_a_session_that_may_not_begin_after_all_is_told_so(start, sio, monkeypatch):
    running = await start(ASGIApp(sio))
    at_once = sio.driver.own_socket_at_once

    def late(*args):
        connection = at_once(*args)
        sio.driver.engine.accepting = False
        return connection

    monkeypatch.setattr(sio.driver, "own_socket_at_once", late)
    client = await running.open(WEBSOCKET)
    assert await client.closed() == (1000, "")


async def test_nothing_of_a_websocket_is_left_to_the_collector(start, sio):
    kinds = HTTPProtocol, WebSocketTransport, OwnSocketConnection, Session, Socket

    def found():
        return {id(one): one for one in gc.get_objects() if isinstance(one, kinds)}

    def left():
        return [type(one) for number, one in found().items() if number not in others]

    running = await start(ASGIApp(sio))
    gc.collect()
    gc.disable()
    others = found()  # of other tests
    try:
        client = await running.open(WEBSOCKET)
        client.send(0x81, b"40")
        await client.message()
        await client.message()
        assert set(left()) == {*kinds[1:]}  # the connection is not uvicorn's any more
        client.send(0x88, b"\x03\xe8")
        await client.ended()
        await until(lambda: not left())
    finally:
        gc.enable()


async def test_headers_that_cannot_be_sent_are_an_error(start, sio, caplog):
    running = await start(ASGIApp(sio), headers=[("x-all", "2\r\nx-more: 3")])
    assert (await (await running.connect()).request(WEBSOCKET))[0] == 500
    assert "Exception in Socket.IO" in caplog.text
    await until(lambda: not sio.eio.sockets)


async def test_an_error_in_the_opening_is_an_answer(start, sio, monkeypatch, caplog):
    def broken(*args):
        raise ValueError("broken")

    running = await start(ASGIApp(sio))
    monkeypatch.setattr(sio.driver, "own_socket_at_once", broken)
    assert (await (await running.connect()).request(WEBSOCKET))[0] == 500
    assert "Exception in Socket.IO" in caplog.text


# The life of a connection -----------------------------------------------------


@pytest.mark.parametrize("family", ["127.0.0.1", "::1", "unix"])
@pytest.mark.parametrize("known", [True, False])
async def test_a_connection_begins_as_with_the_class_of_uvicorn(
    sio, tmp_path, monkeypatch, family, known
):
    assert http_protocol.KNOWN  # else this uvicorn is another one: look at what it does
    monkeypatch.setattr(http_protocol, "KNOWN", known)
    loop = asyncio.get_running_loop()
    config = uvicorn.Config(ASGIApp(sio), log_config=None)
    config.load()
    kinds, made = iter([HttpToolsProtocol, HTTPProtocol]), []

    def make():
        made.append(next(kinds)(config, ServerState(), {}))
        return made[-1]

    path = str(tmp_path / "socket")
    if family == "unix":
        server = await loop.create_unix_server(make, path)
    else:
        server = await loop.create_server(make, family, 0)
        port = server.sockets[0].getsockname()[1]
    writers = []
    for _ in range(2):
        if family == "unix":
            writers.append((await asyncio.open_unix_connection(path))[1])
        else:
            writers.append((await asyncio.open_connection(family, port))[1])
    await until(lambda: len(made) == 2 and all(one.transport for one in made))
    theirs, ours = made
    assert ours.server == theirs.server == ((path, None) if family == "unix" else (family, port))
    for one, writer in zip(made, writers, strict=True):
        assert one.client == (None if family == "unix" else writer.get_extra_info("sockname")[:2])
    assert ours.scheme == theirs.scheme == "http"
    assert ours in ours.connections
    assert ours.flow is not None
    assert vars(theirs).keys() <= vars(ours).keys()
    for writer in writers:
        writer.close()
    server.close()


async def test_a_connection_that_is_idle_is_closed(start, sio):
    running = await start(ASGIApp(sio), timeout_keep_alive=0.05)
    client = await running.connect()
    await ask(client)
    assert await client.rest() == b""


async def test_a_connection_whose_poll_waits_is_not_idle(start, sio):
    running = await start(ASGIApp(sio), timeout_keep_alive=0.05)
    path, polling, _ = await join(running)
    write(polling, path)
    await polls(sio)
    [connection] = [
        c
        for c in running.server.server_state.connections
        if c.cycle.keep_alive and not c.cycle.response_complete
    ]
    await until(lambda: connection._idle_timer is None)
    await sio.emit("said")
    assert (await answer(polling))[2] == b'42["said"]'
    assert await polling.rest() == b"", "but now it is"


async def test_a_client_may_ask_for_the_end_of_its_connection(start, sio):
    client = await (await start(ASGIApp(sio))).connect()
    _, headers, _ = await ask(client, Connection="close")
    assert headers["connection"] == "close"
    assert await client.rest() == b""


async def test_the_end_of_the_server_answers_polls(start, sio):
    running = await start(ASGIApp(sio), lifespan="on")
    path, polling, _ = await join(running)
    write(polling, path)
    await polls(sio)
    running.server.should_exit = True
    await sio.shutdown()
    status, _, body = await answer(polling)
    assert (status, body) == (200, b"1")
    assert await polling.rest() == b""


async def test_what_the_end_cuts_off(start, sio, monkeypatch):
    running = await start(ASGIApp(sio))
    path, _, posting = await join(running)
    write(posting, path, "POST", Content_Length=10)
    await until(lambda: any(s.post is not None for s in sio.driver.engine.sessions.values()))
    await sio.shutdown(0.0)
    status, headers, _ = await answer(posting)
    assert (status, headers["connection"]) in ((400, "close"), (503, "close"))
    assert not sio.driver.polls


def test_without_httptools(monkeypatch):
    import sys

    import sio_asgi.uvicorn as package

    monkeypatch.setitem(sys.modules, "httptools", None)
    monkeypatch.delitem(sys.modules, "uvicorn.protocols.http.httptools_impl", raising=False)
    monkeypatch.delitem(sys.modules, "sio_asgi.uvicorn.http.http_protocol", raising=False)
    with pytest.raises(ImportError, match=r'pip install "sio-asgi\[uvicorn\]"'):
        _ = package.HTTPProtocol
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = package.Nothing
