"""WebSocket routes beside Socket.IO: ordinary ASGI, with uvicorn's own settings."""

import asyncio
import logging

import pytest
from wsproto.events import Ping

from sio_asgi import ASGIApp, AsyncServer

FIN, TEXT, BINARY, CLOSE, PING, PONG = 0x80, 1, 2, 8, 9, 10
ACCEPT = {"type": "websocket.accept"}


class Scripted:
    """An application that runs `script(receive, send)` and keeps what came of it."""

    def __init__(self, script, *, connect=True):
        self.script = script
        self.connect = connect
        self.outcome = asyncio.Queue()

    async def __call__(self, scope, receive, send):
        if self.connect:
            assert await receive() == {"type": "websocket.connect"}
        try:
            result = await self.script(receive, send)
        except BaseException as error:
            self.outcome.put_nowait(error)
            raise
        self.outcome.put_nowait(result)

    async def result(self):
        async with asyncio.timeout(20):
            return await self.outcome.get()


@pytest.fixture
def beside(serve):
    """`await beside(script, **options)`: the application, served as another of an `ASGIApp`."""

    async def start(script, **options):
        app = Scripted(script)
        return app, await serve(ASGIApp(AsyncServer(), app), **options)

    return start


# Accepting and refusing -------------------------------------------------


async def test_text_bytes_and_close(beside):
    async def script(receive, send):
        await send(ACCEPT)
        got = [await receive(), await receive()]
        await send({"type": "websocket.send", "text": "t", "bytes": None})
        await send({"type": "websocket.send", "bytes": b"b", "text": None})
        await send({"type": "websocket.send", "bytes": b"only"})
        await send({"type": "websocket.close", "code": 4000, "reason": "grüezi"})
        return got

    app, running = await beside(script)
    client = await running.open("/ws")
    client.send(FIN | TEXT, b"t")
    client.send(FIN | BINARY, b"b")
    assert [await client.message() for _ in range(3)] == ["t", b"b", b"only"]
    assert await client.closed() == (4000, "grüezi")
    kind = "websocket.receive"
    assert await app.result() == [{"type": kind, "text": "t"}, {"type": kind, "bytes": b"b"}]


async def test_a_refusal_without_a_response(beside):
    async def script(receive, send):
        await send({"type": "websocket.close", "code": 4000})
        return await receive()

    app, running = await beside(script)
    client = await running.connect()
    assert (await client.request("/ws"))[0] == 403
    assert await client.rest() == b""
    assert (await app.result())["code"] == 1006


async def test_a_refusal_with_a_response(beside):
    async def script(receive, send):
        kind = "websocket.http.response."
        headers = [(b"x-why", b"because")]
        await send({"type": kind + "start", "status": 418, "headers": headers})
        await send({"type": kind + "body", "body": b"tea", "more_body": True})
        await send({"type": kind + "body", "body": b"pot"})
        return await receive()

    app, running = await beside(script)
    client = await running.connect()
    status, headers = await client.request("/ws")
    assert (status, headers["x-why"], headers["content-length"]) == (418, "because", "6")
    assert await client.rest() == b"teapot"
    assert (await app.result())["code"] == 1006


START = {"type": "websocket.http.response.start", "status": 401, "headers": []}
BODY = {"type": "websocket.http.response.body", "body": b"no"}


@pytest.mark.parametrize(
    "messages",
    [
        [{"type": "websocket.send", "text": "too early"}],
        [BODY],
        [{**START, "status": 700}, BODY],
        [{**START, "status": 101}, BODY],
        [START, ACCEPT],
        [START, START],
        [{"type": "nonsense"}],
        [],
        [START],
        [START, {**BODY, "more_body": True}],
    ],
    ids=str,
)
async def test_no_proper_answer_is_answered_with_500(beside, caplog, messages):
    async def script(receive, send):
        for message in messages:
            await send(message)

    app, running = await beside(script)
    client = await running.connect()
    assert (await client.request("/ws"))[0] == 500
    assert await client.rest() == b"Internal Server Error"
    result = await app.result()
    if result is not None:
        assert isinstance(result, RuntimeError)
        assert "Exception in ASGI application" in caplog.text
    else:
        assert "returned without completing handshake" in caplog.text


async def test_an_exception_before_the_answer(beside, caplog):
    async def script(receive, send):
        raise ValueError("own")

    _, running = await beside(script)
    client = await running.connect()
    assert (await client.request("/ws"))[0] == 500
    assert await client.rest() == b"Internal Server Error"
    assert "ValueError: own" in caplog.text


async def test_an_exception_after_the_answer(beside, caplog):
    async def script(receive, send):
        await send(ACCEPT)
        raise ValueError("own")

    _, running = await beside(script)
    client = await running.open("/ws")
    assert (await client.ended())[0] == 1011
    assert "ValueError: own" in caplog.text


async def test_returning_ends_the_connection(beside, caplog):
    async def script(receive, send):
        await send(ACCEPT)

    _, running = await beside(script)
    client = await running.open("/ws")
    assert await client.rest() == b""
    # Not what asyncio says of tasks that other tests left.
    mine = [record for record in caplog.records if "was destroyed" not in record.getMessage()]
    assert not [record for record in mine if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("messages", [[START, BODY], [{"type": "websocket.close"}]], ids=str)
async def test_sending_after_a_refusal(beside, messages):
    async def script(receive, send):
        for message in messages:
            await send(message)
        await send({"type": "websocket.send", "text": "late"})

    app, running = await beside(script)
    client = await running.connect()
    assert (await client.request("/ws"))[0] in (401, 403)
    assert isinstance(await app.result(), RuntimeError)


# After the end ----------------------------------------------------------


@pytest.mark.parametrize("kind", ["websocket.send", "websocket.close"])
async def test_sending_after_the_own_close(beside, kind):
    async def script(receive, send):
        await send(ACCEPT)
        await send({"type": "websocket.close"})
        await send({"type": kind, "text": "late"})

    app, running = await beside(script)
    client = await running.open("/ws")
    assert await client.closed() == (1000, "")
    assert isinstance(await app.result(), RuntimeError)


@pytest.mark.parametrize("end", [b"\x88\x82\0\0\0\0\x03\xe8", b"\xff"], ids=["close", "breach"])
async def test_sending_after_the_client_ended_it(beside, caplog, end):
    # ASGI 2.4: OSError, which uvicorn does not log.
    async def script(receive, send):
        await send(ACCEPT)
        assert (await receive())["type"] == "websocket.disconnect"
        await send({"type": "websocket.send", "text": "late"})

    app, running = await beside(script)
    client = await running.open("/ws")
    client.write(end + b"\x80\0\0\0\0")
    await client.closed()
    assert isinstance(await app.result(), OSError)
    assert "Exception" not in caplog.text


async def test_sending_to_a_client_that_is_gone(beside, caplog):
    async def script(receive, send):
        await send(ACCEPT)
        await receive()
        for _ in range(3):
            await asyncio.sleep(0)
        await send({"type": "websocket.send", "text": "late"})

    app, running = await beside(script)
    client = await running.open("/ws")
    client.reset()
    assert isinstance(await app.result(), OSError)
    assert "Exception" not in caplog.text


async def test_waiting_to_send_ends_with_the_client(beside):
    full = asyncio.Event()

    async def script(receive, send):
        await send(ACCEPT)
        await send({"type": "websocket.send", "bytes": bytes(16 << 20)})
        full.set()
        await send({"type": "websocket.send", "text": "never"})

    app, running = await beside(script)
    client = await running.open("/ws")
    await full.wait()
    client.reset()
    assert isinstance(await app.result(), OSError)


async def test_messages_wait_for_the_application_within_reason(beside):
    from sio_asgi.uvicorn.websockets.route import MAX_QUEUED

    go = asyncio.Event()

    async def script(receive, send):
        await send(ACCEPT)
        await go.wait()
        return [(await receive())["bytes"] for _ in range(400)]

    app, running = await beside(script)
    client = await running.open("/ws")
    big = bytes(65535)
    for _ in range(400):
        client.send(FIN | BINARY, big)
    async with asyncio.timeout(20):
        while running.last is None or len(running.last._route._queue) < MAX_QUEUED:
            await asyncio.sleep(0)
    assert not running.socket._reading
    # What one read of the socket held may come on top.
    assert MAX_QUEUED <= len(running.last._route._queue) <= MAX_QUEUED + 8
    assert client.writer.transport.get_write_buffer_size() > 0, "the client feels it"
    go.set()
    assert await app.result() == [big] * 400


async def test_a_close_is_heard_although_messages_wait(beside):
    go = asyncio.Event()

    async def script(receive, send):
        await send(ACCEPT)
        await go.wait()
        await send({"type": "websocket.close"})

    app, running = await beside(script)
    client = await running.open("/ws")
    for _ in range(20):
        client.send(FIN | TEXT, b"x")
    async with asyncio.timeout(20):
        while running.socket._reading:
            await asyncio.sleep(0)
    go.set()
    assert await client.closed() == (1000, "")
    cut_off = running.socket._cut_off  # which the end of the connection takes away
    client.send(FIN | CLOSE, b"\x03\xe8")
    assert await client.rest() == b""
    assert cut_off._timer.cancelled(), "it was not the timer that ended this"
    await app.result()


@pytest.mark.parametrize(("code", "sent"), [(1005, 1005), (1006, 1000), (1015, 1000)])
async def test_codes_that_never_go_on_the_wire(beside, code, sent):
    # RFC 6455, section 7.4.1: "MUST NOT be set as a status code in a Close control frame"
    async def script(receive, send):
        await send(ACCEPT)
        await send({"type": "websocket.close", "code": code})

    _, running = await beside(script)
    client = await running.open("/ws")
    assert (await client.closed())[0] == sent


# Settings of uvicorn ----------------------------------------------------


async def until_disconnect(receive, send):
    await send(ACCEPT)
    while (message := await receive())["type"] != "websocket.disconnect":
        pass
    return message


async def test_ws_max_size(beside):
    app, running = await beside(until_disconnect, ws_max_size=10)
    client = await running.open("/ws")
    client.send(FIN | TEXT, b"x" * 10)
    client.send(FIN | TEXT, b"x" * 11)
    assert (await client.ended())[0] == 1009
    assert (await app.result())["code"] == 1009


async def test_ws_ping_interval(beside):
    app, running = await beside(until_disconnect, ws_ping_interval=0.01)
    client = await running.open("/ws")
    payloads = set()
    for _ in range(3):
        ping = await client.event()
        assert isinstance(ping, Ping)
        payloads.add(bytes(ping.payload))
        client.send(FIN | PONG, b"unasked, or stale")
        client.send(FIN | PONG, ping.payload)
    assert len(payloads) == 3
    client.send(FIN | CLOSE)
    assert (await app.result())["code"] == 1005


async def test_ws_ping_timeout(beside):
    app, running = await beside(until_disconnect, ws_ping_interval=0.01, ws_ping_timeout=0.01)
    client = await running.open("/ws")
    assert isinstance(await client.event(), Ping)
    client.send(FIN | PONG, b"some other ping")
    assert await client.ended() == (1011, "keepalive ping timeout")
    assert (await app.result())["code"] in (1005, 1011)


@pytest.mark.parametrize("interval", [None, 0])
async def test_no_ping_interval(beside, interval):
    _, running = await beside(until_disconnect, ws_ping_interval=interval)
    client = await running.open("/ws")
    client.send(FIN | PING)
    await client.event()
    assert running.last._route._keepalive is None


async def test_the_server_stops(beside):
    app, running = await beside(until_disconnect)
    client = await running.open("/ws")
    running.server.should_exit = True
    assert (await client.ended())[0] == 1012
    assert (await app.result())["code"] == 1012


async def test_websockets_count_for_limit_concurrency(beside):
    _, running = await beside(until_disconnect, limit_concurrency=3)
    await running.open("/ws")
    await running.open("/ws")
    client = await running.connect()
    assert (await client.request("/ws", upgrade=None))[0] == 503
