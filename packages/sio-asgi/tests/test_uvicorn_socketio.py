"""Socket.IO through the WebSocket class: what is written when, slow clients, broken ones."""

import asyncio
import json
import socket

import pytest

from sio_asgi import ASGIApp, AsyncServer
from sio_asgi.uvicorn import CompressedWebSocketProtocol, WebSocketProtocol
from sio_asgi.uvicorn.websockets.state import OpeningState
from sio_server.drivers.asyncio.transport.state import WebSocketState
from sio_server.drivers.asyncio.transport.websocket_transport import send_at_once

FIN, TEXT, BINARY, CLOSE, PING, PONG = 0x80, 1, 2, 8, 9, 10
PATH = "/socket.io/?EIO=4&transport=websocket"


class Counting:
    """A transport that counts the writes that go through it."""

    def __init__(self, transport):
        self._transport = transport
        self.writes = []

    def write(self, data):
        self.writes.append(bytes(data))
        self._transport.write(data)

    def __getattr__(self, name):
        return getattr(self._transport, name)


@pytest.fixture
async def join(serve):
    """`await join(sio)`: a client on "/", and the server's protocol with a counting transport."""
    started = {}

    async def start(sio, protocol=WebSocketProtocol, **options):
        if sio not in started:
            started[sio] = await serve(ASGIApp(sio), protocol=protocol, **options)
        running = started[sio]
        client = await running.open(PATH)
        assert (await client.message())[0] == "0"
        client.send(FIN | TEXT, b"40")
        client.sid = json.loads((await client.message())[2:])["sid"]
        running.socket.transport = Counting(running.socket.transport)
        return client, running.socket

    return start


@pytest.fixture
def sio():
    return AsyncServer()


async def turn(sio):
    """Wait until what this turn brought is written."""
    while sio.driver._to_flush:
        await asyncio.sleep(0)


async def test_ten_emits_in_one_turn_are_one_write(join, sio):
    client, served = await join(sio)
    for number in range(10):
        await sio.emit("n", number)
    assert served.transport.writes == [], "not before the turn is over"
    await turn(sio)
    assert len(served.transport.writes) == 1
    assert [await client.message() for _ in range(10)] == [f'42["n",{n}]' for n in range(10)]
    await sio.emit("later")
    await turn(sio)
    assert len(served.transport.writes) == 2


async def test_a_binary_event_is_one_write(join, sio):
    client, served = await join(sio)
    await sio.emit("b", [b"one", b"two"])
    await turn(sio)
    assert len(served.transport.writes) == 1
    header = await client.message()
    assert header.startswith('452-["b",')
    assert [await client.message(), await client.message()] == [b"one", b"two"]


async def test_a_broadcast_is_one_write_of_the_same_frame_each(join, sio):
    served = [(await join(sio))[1] for _ in range(3)]
    await sio.emit("all", 1)
    await turn(sio)
    assert [protocol.transport.writes for protocol in served] == [[b'\x81\x0b42["all",1]']] * 3


async def test_answers_to_one_read_are_one_write(join, sio):
    @sio.event
    def double(sid, number):
        return number * 2

    client, served = await join(sio)
    client.write(*(client.frame(FIN | TEXT, b'42%d["double",%d]' % (n, n)) for n in range(5)))
    assert [await client.message() for _ in range(5)] == [f"43{n}[{n * 2}]" for n in range(5)]
    assert len(served.transport.writes) == 1


async def test_ten_emits_are_one_write_of_a_compressed_connection(serve, sio):
    running = await serve(ASGIApp(sio), protocol=CompressedWebSocketProtocol)
    client = await running.open(PATH, sec_websocket_extensions="permessage-deflate")
    joined = asyncio.Event()
    sio.on("connect", lambda sid, environ: joined.set())
    client.send(FIN | TEXT, b"40")
    await joined.wait()
    async with asyncio.timeout(20):
        while not sio.driver.engine.sessions or sio._dispatcher.tasks():
            await asyncio.sleep(0)
    await turn(sio)
    running.socket.transport = Counting(running.socket.transport)
    for number in range(10):
        await sio.emit("n", number)
    await turn(sio)
    assert len(running.socket.transport.writes) == 1


async def test_no_task_and_no_queue_for_an_idle_connection(join, sio):
    await join(sio)
    before = asyncio.all_tasks()
    _, served = await join(sio)
    async with asyncio.timeout(20):
        while asyncio.all_tasks() - before:
            await asyncio.sleep(0)
    assert served.pong is None, "no keepalive of an ordinary route"
    assert sio.driver.writers == 0


# Slow clients -----------------------------------------------------------


async def fill(sio, served):
    """Emit until the connection is backed up."""
    async with asyncio.timeout(20):
        while not served._reader._paused:
            await sio.emit("fill", "x" * 65536)
            await turn(sio)


async def test_a_backed_up_connection_queues_and_goes_on(join, sio):
    client, served = await join(sio)
    await join(sio)
    client.writer.transport.pause_reading()
    await fill(sio, served)
    assert sio.driver.writers == 1
    sessions = list(sio.driver.engine.sessions.values())
    (session,) = (s for s in sessions if s.link.driver is served._reader)
    await sio.emit("queued", 1)
    await turn(sio)
    assert session.queued == 1, "only a connection that is backed up has a queue"
    writes = len(served.transport.writes)
    await sio.emit("queued", 2)
    await turn(sio)
    assert len(served.transport.writes) == writes
    assert sorted(s.queued for s in sessions) == [0, 2]
    client.writer.transport.resume_reading()
    while (message := await client.message()).startswith('42["fill"'):
        pass
    assert [message, await client.message()] == ['42["queued",1]', '42["queued",2]']
    assert sio.driver.writers == 0
    assert session.queued == 0


@pytest.mark.parametrize(
    ("limit", "said"),
    [({"max_queue_messages": 5}, "messages wait"), ({"max_queue_bytes": 5000}, "bytes wait")],
    ids=str,
)
async def test_a_client_over_the_limit_is_cut_off(join, monkeypatch, limit, said):
    monkeypatch.setattr("sio_server.drivers.asyncio.transport.cut_off.CLOSE_TIMEOUT", 0.01)
    sio = AsyncServer(**limit)
    left = asyncio.get_running_loop().create_future()
    sio.on("disconnect", lambda sid, reason: left.set_result(reason))
    client, served = await join(sio)
    client.writer.transport.pause_reading()
    await fill(sio, served)
    emits = 0
    while not left.done() and emits < 100:
        await sio.emit("more", "x" * 1000)
        emits += 1
        await asyncio.sleep(0)
    assert emits < 20
    reason = await left
    assert reason == "transport error"
    assert said in reason.describe()
    # It never reads again, and is gone all the same.
    async with asyncio.timeout(20):
        while served.state is not WebSocketState.LOST:
            await asyncio.sleep(0.01)
    assert sio.driver.writers == 0


async def test_a_client_that_reads_slowly_gets_what_was_sent_before_the_close(
    join, sio, monkeypatch
):
    monkeypatch.setattr("sio_server.drivers.asyncio.transport.cut_off.CLOSE_TIMEOUT", 0.5)
    client, served = await join(sio)
    client.writer.transport.pause_reading()
    await fill(sio, served)
    await sio.emit("last", 1)
    await sio.disconnect(client.sid)
    client.writer.transport.resume_reading()
    while (message := await client.message()).startswith('42["fill"'):
        pass
    assert [message, await client.message()] == ['42["last",1]', "41"]


async def test_events_that_are_still_handled_stop_reading(join):
    sio = AsyncServer(max_running_handlers=3)
    go = asyncio.Event()
    seen = []

    @sio.event
    async def wait(sid, number):
        seen.append(number)
        await go.wait()

    client, served = await join(sio)
    for number in range(3):
        client.send(FIN | TEXT, b'42["wait",%d]' % number)
    async with asyncio.timeout(20):
        while served._reading:
            await asyncio.sleep(0)
    client.send(FIN | TEXT, b'42["wait",3]')
    for _ in range(20):
        await asyncio.sleep(0)
    assert seen == [0, 1, 2]
    go.set()
    async with asyncio.timeout(20):
        while len(seen) < 4:
            await asyncio.sleep(0)
    assert served._reading


# Middlewares ------------------------------------------------------------


@pytest.mark.parametrize("wrapped", ["send", "receive", "neither"])
async def test_a_middleware_that_wraps_the_web_servers_functions_sees_every_message(
    serve, sio, wrapped
):
    app, seen = ASGIApp(sio), []

    async def middleware(scope, receive, send):
        async def wrapped_receive():
            message = await receive()
            seen.append(message["type"])
            return message

        async def wrapped_send(message):
            seen.append(message["type"])
            await send(message)

        await app(
            scope,
            wrapped_receive if wrapped == "receive" else receive,
            wrapped_send if wrapped == "send" else send,
        )

    running = await serve(middleware)
    client = await running.open(PATH)
    assert (await client.message())[0] == "0"
    client.send(FIN | TEXT, b"40")
    assert (await client.message())[:2] == "40"
    assert (running.last.state is OpeningState.TAKEN) == (wrapped == "neither")
    assert {
        "send": ["websocket.accept", "websocket.send", "websocket.send"],
        "receive": ["websocket.connect", "websocket.receive"],
        "neither": [],
    }[wrapped] == seen


async def test_two_origins(serve, sio):
    client = await (await serve(ASGIApp(sio))).connect()
    own = "http://testserver"
    assert (await client.request(PATH, origin=f"{own}\r\nOrigin: {own}"))[0] == 400


# Sockets ----------------------------------------------------------------


class FakeTransport:
    def __init__(self, raw):
        self.raw = raw

    def get_extra_info(self, name, default=None):
        return self.raw if name == "socket" else default


@pytest.mark.parametrize("family", ["tcp", "unix", None])
def test_small_frames_are_not_held_back(family):
    if family == "tcp":
        raw = socket.socket()
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
    elif family == "unix":
        raw = socket.socket(socket.AF_UNIX)
    else:
        raw = None
    send_at_once(FakeTransport(raw))
    if raw is not None:
        if family == "tcp":
            assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        raw.close()


# Broken clients ---------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x88\x80\0\0\0\0", "transport close"),
        (b"\x88\x82\0\0\0\0\x03\xe8", "transport close"),
        (b"\xc1\x80\0\0\0\0", "transport error"),
        (b"\x81\x81\0\0\0\0\xff", "transport error"),
        (b"", "transport close"),
    ],
)
async def test_the_disconnect_handler_is_told_what_happened(join, sio, data, reason):
    left = asyncio.get_running_loop().create_future()
    sio.on("disconnect", lambda sid, reason: left.set_result(reason))
    client, _ = await join(sio)
    client.write(data)
    client.writer.write_eof()
    async with asyncio.timeout(20):
        assert str(await left) == reason
    await client.rest()


async def test_a_payload_over_max_http_buffer_size(join):
    sio = AsyncServer(max_http_buffer_size=100)
    client, _ = await join(sio)
    client.send(FIN | TEXT, b"4" + b"x" * 100)
    assert (await client.ended())[0] == 1009


async def test_a_client_that_is_gone_before_it_is_allowed_in(serve, caplog):
    asked, go = asyncio.Event(), asyncio.Event()

    async def allow(environ):
        asked.set()
        await go.wait()
        return True

    sio = AsyncServer(allow_request=allow)
    running = await serve(ASGIApp(sio))
    client = await running.connect()
    asking = asyncio.create_task(client.request(PATH))
    await asked.wait()
    client.reset()
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await asking
    async with asyncio.timeout(20):
        while running.server.server_state.connections:
            await asyncio.sleep(0)
        go.set()
        while running.server.server_state.tasks:
            await asyncio.sleep(0)
    assert not sio.driver.engine.sessions
    assert "Traceback" not in caplog.text


async def test_frames_that_came_before_the_answer(serve):
    asked, go = asyncio.Event(), asyncio.Event()

    async def allow(environ):
        asked.set()
        await go.wait()
        return True

    running = await serve(ASGIApp(AsyncServer(allow_request=allow)))
    client = await running.connect()
    asking = asyncio.create_task(client.request(PATH))
    await asked.wait()
    client.send(FIN | TEXT, b"40")
    async with asyncio.timeout(20):
        while not running.last._early:
            await asyncio.sleep(0)
    go.set()
    assert (await asking)[0] == 101
    assert (await client.message())[0] == "0"
    assert (await client.message())[:2] == "40"


async def test_the_server_stops(serve, sio):
    running = await serve(ASGIApp(sio))
    client = await running.open(PATH)
    await client.message()
    running.server.should_exit = True
    assert (await client.ended())[0] in (1000, 1012)


@pytest.mark.parametrize("protocol", [WebSocketProtocol, CompressedWebSocketProtocol])
async def test_a_second_websocket_of_a_session_is_opened_and_closed(join, sio, protocol):
    client, _ = await join(sio, protocol)
    (sid,) = sio.driver.engine.sessions
    reader, writer = await asyncio.open_connection(*client.writer.get_extra_info("peername"))
    second = type(client)(reader, writer)
    assert (await second.request(f"{PATH}&sid={sid}"))[0] == 101
    assert (await second.closed())[0] == 1000
    second.send(FIN | CLOSE, b"\x03\xe8")
    assert await second.rest() == b""
    assert len(sio.driver.engine.sessions) == 1
    await sio.emit("still there")
    assert await client.message() == '42["still there"]'
    writer.close()
