"""The opening handshake: what is refused, and how, under three classes for HTTP."""

import asyncio
import logging

import pytest

from sio_asgi.uvicorn import CompressedWebSocketProtocol, HTTPProtocol
from sio_asgi.uvicorn.websockets.protocol import (
    MAX_EARLY,
    WebSocketProtocol,
)

FIN, TEXT, PING = 0x80, 1, 9
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""The answer to the key in RFC 6455, section 1.3."""


async def accept(scope, receive, send):
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": "hello"})
    await receive()


async def never(scope, receive, send):
    raise AssertionError("a bad handshake reached the application")


@pytest.fixture(params=["h11", "httptools", HTTPProtocol], ids=["h11", "httptools", "own"])
def http(request):
    return request.param


@pytest.fixture(params=[WebSocketProtocol, CompressedWebSocketProtocol])
def protocol(request):
    return request.param


async def test_the_answer(serve, http, protocol):
    client = await (await serve(accept, http=http, protocol=protocol)).connect()
    status, headers = await client.request()
    assert status == 101
    assert headers["sec-websocket-accept"] == ACCEPT
    assert headers["upgrade"].lower() == "websocket"
    assert headers["connection"].lower() == "upgrade"
    assert "sec-websocket-protocol" not in headers
    assert "sec-websocket-extensions" not in headers
    assert await client.message() == "hello"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"sec_websocket_version": "12"}, 426),
        ({"sec_websocket_version": "14"}, 426),
        ({"sec_websocket_version": None}, 400),
        ({"sec_websocket_key": None}, 400),
        ({"sec_websocket_key": "c2hvcnQ="}, 400),
        ({"sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==!"}, 400),
        ({"sec_websocket_key": KEY + "\r\nSec-WebSocket-Key: " + KEY}, 400),
        ({"sec_websocket_key": KEY + "\r\nsec-websocket-KEY: x"}, 400),
        ({"method": "POST"}, 400),
        ({"host": None}, 400),
        ({"host": "\xff"}, 400),
        ({"host": "one\r\nHost: two"}, 400),
    ],
    ids=str,
)
async def test_bad_handshakes(serve, http, protocol, change, status):
    client = await (await serve(never, http=http, protocol=protocol)).connect()
    got, headers = await client.request(**change)
    assert got == status
    if status == 426:
        # RFC 6455, section 4.2.2: "MUST ... send a |Sec-WebSocket-Version| header"
        assert headers["sec-websocket-version"] == "13"
    # The answer is whole, and the connection ends with it.
    body = await client.rest()
    assert len(body) == int(headers.get("content-length", len(body)))


@pytest.mark.parametrize(
    "change",
    [{"upgrade": "h2c"}, {"upgrade": None}, {"connection": "close"}, {"connection": None}],
    ids=str,
)
async def test_what_is_no_upgrade_is_a_plain_request(serve, http, change):
    async def app(scope, receive, send):
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    client = await (await serve(app, http=http)).connect()
    assert (await client.request(**change))[0] == 204


async def test_http_1_0_is_not_upgraded_by_accident(serve):
    # RFC 6455, section 4.1: "at least HTTP/1.1"; uvicorn's parsers decide, and both still answer.
    client = await (await serve(accept, http="h11")).connect()
    status, _ = await client.request(version="1.0")
    assert status in (101, 400, 426)


async def test_names_and_values_that_differ_in_case(serve, http, protocol):
    client = await (await serve(accept, http=http, protocol=protocol)).connect()
    status, _ = await client.request(connection="keep-alive, UPGRADE", upgrade="WebSocket")
    assert status == 101


async def test_byte_by_byte(serve, http, protocol):
    client = await (await serve(accept, http=http, protocol=protocol)).connect()
    request = (
        b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    for index in range(len(request)):
        client.write(request[index : index + 1])
        await asyncio.sleep(0)
    assert (await client.head())[0] == 101
    assert await client.message() == "hello"


async def test_subprotocols_and_headers(serve, http, protocol):
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope)
        await receive()
        await send(
            {
                "type": "websocket.accept",
                "subprotocol": "second",
                "headers": [(b"x-own", b"1"), (b"set-cookie", b"a=b")],
            }
        )
        await receive()

    running = await serve(
        app, http=http, protocol=protocol, server_header=False, headers=[("x-all", "2")]
    )
    client = await running.connect()
    status, headers = await client.request(
        "/a%20b?q=%20", sec_websocket_protocol="first, second", origin="http://elsewhere", x_a="é"
    )
    assert status == 101
    assert headers["sec-websocket-protocol"] == "second"
    assert (headers["x-own"], headers["set-cookie"], headers["x-all"]) == ("1", "a=b", "2")
    assert "server" not in headers
    (scope,) = scopes
    assert scope["subprotocols"] == ["first", "second"]
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == (
        "/a b",
        b"/a%20b",
        b"q=%20",
    )
    assert (scope["scheme"], scope["http_version"]) == ("ws", "1.1")
    assert scope["client"] == client.writer.get_extra_info("sockname")
    assert scope["server"] == ("127.0.0.1", running.port)
    names = dict(scope["headers"])
    assert names[b"host"] == b"testserver"
    assert names[b"origin"] == b"http://elsewhere"
    assert names[b"x-a"] == "é".encode()
    assert names[b"sec-websocket-protocol"] == b"first, second"


async def test_a_subprotocol_that_nobody_offered(serve, caplog, protocol):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "own"})

    client = await (await serve(app, protocol=protocol)).connect()
    status, _ = await client.request(sec_websocket_protocol="other")
    assert status == 500
    assert await client.rest() == b"Internal Server Error"
    assert "Exception in ASGI application" in caplog.text
    assert "[accepted]" not in caplog.text


async def test_root_path_and_state(serve):
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope)
        await accept(scope, receive, send)

    await (await serve(app, root_path="/mounted")).open("/x")
    assert scopes[0]["root_path"] == "/mounted"
    assert scopes[0]["path"] == "/mounted/x"
    assert scopes[0]["raw_path"] == b"/mounted/x"
    assert scopes[0]["state"] == {}


async def test_the_log_has_a_line_for_each_answer(serve, caplog):
    async def app(scope, receive, send):
        await receive()
        kind = "close" if scope["path"] == "/no" else "accept"
        await send({"type": "websocket." + kind})
        await receive()

    caplog.set_level(logging.INFO, "uvicorn.error")
    running = await serve(app)
    yes, no = await running.connect(), await running.connect()
    assert (await yes.request("/yes?sid=s3cret"))[0] == 101
    assert (await no.request("/no"))[0] == 403
    lines = [line for line in caplog.messages if "WebSocket" in line]
    addresses = ["{}:{}".format(*client.writer.get_extra_info("sockname")) for client in (yes, no)]
    assert lines == [
        f'{addresses[0]} - "WebSocket /yes" [accepted]',
        f'{addresses[1]} - "WebSocket /no" 403',
    ]


# Before the answer ------------------------------------------------------


class Slow:
    """An application that answers when it is told to; `received` is what it then reads."""

    def __init__(self, *answer):
        self.answer = answer or ({"type": "websocket.accept"},)
        self.asked = asyncio.Event()
        self.go = asyncio.Event()
        self.errors = asyncio.Queue()
        self.received = asyncio.Queue()

    async def __call__(self, scope, receive, send):
        await receive()
        self.asked.set()
        await self.go.wait()
        try:
            for message in self.answer:
                await send(message)
        except BaseException as error:
            self.errors.put_nowait(error)
            raise
        while True:
            self.received.put_nowait(message := await receive())
            if message["type"] == "websocket.disconnect":
                return


async def early(running, app, *data):
    """A connection that writes `data` while its handshake is under way."""
    client = await running.connect()
    asking = asyncio.create_task(client.request())
    await app.asked.wait()
    arrived = sum(map(len, data))
    client.write(*data)
    async with asyncio.timeout(20):
        while len(running.last._early) < arrived:
            await asyncio.sleep(0)
    app.go.set()
    return client, await asking


async def test_frames_before_the_answer_are_kept(serve):
    app = Slow()
    running = await serve(app)
    frames = [b"\x81\x80\0\0\0\0", b"\x82\x81\0\0\0\0x"]
    _, (status, _) = await early(running, app, *frames)
    assert status == 101
    async with asyncio.timeout(20):
        assert (await app.received.get())["text"] == ""
        assert (await app.received.get())["bytes"] == b"x"


async def test_frames_in_the_turn_of_the_answer_come_after_those_before_it(serve):
    app, texts = Slow(), asyncio.Queue()

    async def accepting(scope, receive, send):
        await receive()
        app.asked.set()
        await app.go.wait()
        await send({"type": "websocket.accept"})
        running.last.data_received(b"\x81\x81\0\0\0\0b")
        for _ in range(2):
            texts.put_nowait((await receive())["text"])

    running = await serve(accepting)
    await early(running, app, b"\x81\x81\0\0\0\0a")
    async with asyncio.timeout(20):
        assert [await texts.get(), await texts.get()] == ["a", "b"]


async def test_a_refusal_has_nothing_of_what_the_client_sent_early(serve):
    body = {"type": "websocket.http.response.body", "body": b"no"}
    app = Slow({"type": "websocket.http.response.start", "status": 401, "headers": []}, body)
    client, (status, headers) = await early(await serve(app), app, b"early bytes")
    assert status == 401
    assert headers["content-length"] == "2"
    assert await client.rest() == b"no"


async def test_too_much_before_the_answer(serve):
    app = Slow()
    running = await serve(app)
    client = await running.connect()
    asking = asyncio.create_task(client.request())
    await app.asked.wait()
    client.write(bytes(MAX_EARLY + 1))
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await asking
    app.go.set()
    assert isinstance(await app.errors.get(), OSError)


async def test_a_client_that_is_gone_in_the_middle_of_its_handshake(serve, caplog):
    app = Slow()
    running = await serve(app)
    client = await running.connect()
    asking = asyncio.create_task(client.request())
    await app.asked.wait()
    client.reset()
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await asking
    async with asyncio.timeout(20):
        while running.server.server_state.connections:
            await asyncio.sleep(0)
        app.go.set()
        # ASGI 2.4: sending to a client that is gone raises a subclass of OSError.
        assert isinstance(await app.errors.get(), OSError)
    assert "Exception" not in caplog.text


async def test_a_client_that_is_gone_before_its_application_looks(serve):
    app = Slow({"type": "websocket.close"})
    running = await serve(app)
    client = await running.connect()
    client.writer.write(b"")
    asking = asyncio.create_task(client.request())
    await app.asked.wait()
    receiving = app.received
    client.reset()
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await asking
    async with asyncio.timeout(20):
        while running.server.server_state.connections:
            await asyncio.sleep(0)
    assert await running.last.receive() == {
        "type": "websocket.disconnect",
        "code": 1006,
        "reason": "",
    }
    app.go.set()
    assert receiving.empty()


async def test_the_server_stops_in_the_middle_of_a_handshake(serve):
    app = Slow()
    running = await serve(app)
    client = await running.connect()
    asking = asyncio.create_task(client.request())
    await app.asked.wait()
    running.server.should_exit = True
    status, _ = await asking
    assert status == 500
    assert await client.rest() == b"Internal Server Error"
    app.go.set()
    assert isinstance(await app.errors.get(), OSError)
