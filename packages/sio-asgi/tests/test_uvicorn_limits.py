"""What one client can make this project's WebSocket class keep: pongs, and what it inflates."""

import asyncio
import json
import os
import tracemalloc
import zlib

import pytest
from wsproto.events import Pong

from sio_asgi import ASGIApp, AsyncServer
from sio_asgi.uvicorn import CompressedWebSocketProtocol, WebSocketProtocol
from sio_server.drivers.asyncio.transport.state import WebSocketState

FIN, TEXT, BINARY, PING = 0x80, 1, 2, 9
ZIP = 0x40
DEFLATE = "permessage-deflate"
PATH = "/socket.io/?EIO=4&transport=websocket"
HANG = 20.0
MEGABYTE = 1 << 20


class Recording:
    """A transport that keeps what is written in place of sending it."""

    def __init__(self, transport):
        self._transport = transport
        self.writes = []

    def write(self, data):
        self.writes.append(bytes(data))

    def __getattr__(self, name):
        return getattr(self._transport, name)


async def echo(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


@pytest.fixture(params=["plain", "compressed"])
async def served(request, serve):
    """The server's side of a WebSocket, and its client."""
    protocol = WebSocketProtocol if request.param == "plain" else CompressedWebSocketProtocol
    running = await serve(echo, protocol=protocol)
    client = await running.open(sec_websocket_extensions=DEFLATE)
    return running.socket, client


def pings(client, count):
    return b"".join(client.frame(FIN | PING, b"%d" % number) for number in range(count))


async def until(condition):
    async with asyncio.timeout(HANG):
        while not condition():
            await asyncio.sleep(0)


# Pings --------------------------------------------------------------------------------------


async def test_of_the_pings_of_one_read_the_last_is_answered(served):
    served, client = served
    served.transport = Recording(served.transport)
    served.data_received(pings(client, 1000))
    assert served.transport.writes == [b"\x8a\x03999"]


async def test_while_a_client_does_not_read_its_last_ping_is_kept(served):
    served, client = served
    served.transport = Recording(served.transport)
    served.pause_writing()
    for _ in range(3):
        served.data_received(pings(client, 1000))
    assert served.transport.writes == []
    served.resume_writing()
    assert served.transport.writes == [b"\x8a\x03999"]
    served.pause_writing()
    served.resume_writing()
    assert len(served.transport.writes) == 1, "answered once"


async def test_a_ping_before_a_breach_is_answered_before_the_end(served):
    _, client = served
    client.write(client.frame(FIN | PING, b"x"), client.frame(FIN | TEXT | 0x20, b"y"))
    assert await client.event() == Pong(b"x")
    assert (await client.ended())[0] == 1002


@pytest.fixture
async def join(serve):
    """`await join(sio, protocol)`: a client on "/", and the server's side of it."""

    async def start(sio, protocol=WebSocketProtocol):
        running = await serve(ASGIApp(sio), protocol=protocol)
        client = await running.open(PATH, sec_websocket_extensions=DEFLATE)
        joined = asyncio.Event()
        sio.on("connect", lambda sid, environ: joined.set())
        client.send(FIN | TEXT, b"40")
        async with asyncio.timeout(HANG):
            await joined.wait()
        return client, running.socket

    return start


@pytest.mark.parametrize("protocol", [WebSocketProtocol, CompressedWebSocketProtocol])
async def test_a_client_that_does_not_read_is_not_read_from(join, protocol):
    sio = AsyncServer(max_queue_bytes=1 << 30)
    seen = []
    sio.on("after", lambda sid: seen.append(sid))
    client, served = await join(sio, protocol)
    client.writer.transport.pause_reading()
    async with asyncio.timeout(HANG):
        while not served._full:
            await sio.emit("fill", os.urandom(65536))
            await asyncio.sleep(0)
    assert not served._reading
    full = served.transport.get_write_buffer_size()
    client.write(pings(client, 1000), client.frame(FIN | TEXT, b'42["after"]'))
    for _ in range(50):
        await asyncio.sleep(0)
    assert not seen
    assert served.transport.get_write_buffer_size() <= full
    client.writer.transport.resume_reading()
    async with asyncio.timeout(HANG):
        while not seen:
            await client.reader.read(1 << 20)
    assert served._reading


async def test_the_heartbeat_waits_while_a_client_is_not_read_from(join):
    sio = AsyncServer()
    _, served = await join(sio)
    (session,) = sio.driver.engine.sessions.values()
    paused = []
    for _ in range(2):
        served.pause_writing()
        paused.append(session._pauses)
        served.resume_writing()
        paused.append(session._pauses)
    assert paused == [1, 0, 1, 0]
    served.pause_writing()
    served.transport.abort()
    await until(lambda: served.state is WebSocketState.LOST)
    assert session._pauses == 0
    assert sio.driver.writers == 0


# Sizes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", [WebSocketProtocol, CompressedWebSocketProtocol])
async def test_the_limit_of_the_server_holds_from_the_first_byte(join, protocol):
    sio = AsyncServer(max_http_buffer_size=1000)
    client, _ = await join(sio, protocol)
    left = asyncio.get_running_loop().create_future()
    sio.on("disconnect", lambda sid, reason: left.set_result(reason))
    whole = client.frame(FIN | TEXT, b"x" * 5000)
    # wsproto hands on what came of a frame so far, and that is then counted.
    client.write(whole[:20] if protocol is WebSocketProtocol else whole[:2000])
    async with asyncio.timeout(HANG):
        assert (await left).detail == "payload too large"


def deflated(data):
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


async def peak_of(coroutine):
    """The most memory that was taken while `coroutine` ran."""
    tracemalloc.start()
    try:
        await coroutine
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def test_a_bomb_is_inflated_up_to_the_limit_of_the_server(join):
    sio = AsyncServer()
    client, _ = await join(sio, CompressedWebSocketProtocol)
    client.send(FIN | TEXT | ZIP, deflated(b"4" * 16 * MEGABYTE))
    peak = await peak_of(until(lambda: not sio.driver.engine.sessions))
    assert peak < 8 * MEGABYTE


async def test_messages_are_inflated_and_handed_on_one_at_a_time(join):
    sio = AsyncServer()
    seen, turns = [], []

    @sio.event
    async def data(sid, text):
        seen.append(len(text))

    client, _ = await join(sio, CompressedWebSocketProtocol)
    text = b"42" + json.dumps(["data", "x" * 900_000]).encode()
    client.send(FIN | TEXT | ZIP, deflated(text))
    client.write(*[client.frame(FIN | TEXT | ZIP, deflated(text))] * 59)

    async def all_came():
        async with asyncio.timeout(3 * HANG):
            while len(seen) < 60:
                turns.append(len(seen))
                await asyncio.sleep(0)

    peak = await peak_of(all_came())
    assert seen == [900_000] * 60
    assert len(set(turns)) > 20, "others had their turns in between"
    assert peak < 20 * MEGABYTE


@pytest.mark.parametrize("first", [FIN | PING, TEXT])
async def test_others_have_their_turns_between_frames_that_bring_nothing(join, first):
    sio = AsyncServer()
    client, socket = await join(sio, CompressedWebSocketProtocol)
    turns = 0
    frames = [client.frame(0 if index and first == TEXT else first) for index in range(10_000)]
    socket.data_received(b"".join(frames))
    while not socket._reading:
        turns += 1
        await asyncio.sleep(0)
    assert turns >= 9


async def test_what_waits_for_the_application_is_not_inflated_yet(serve):
    go, got = asyncio.Event(), []

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await go.wait()
        while (message := await receive())["type"] == "websocket.receive":
            got.append(message["text"])

    running = await serve(app, protocol=CompressedWebSocketProtocol)
    client = await running.open(sec_websocket_extensions=DEFLATE)
    client.write(
        *(client.frame(FIN | TEXT | ZIP, deflated(b"%d" % number)) for number in range(100)),
        client.frame(FIN | 8, b"\x03\xe8"),
    )
    await until(lambda: not running.socket._reading)
    assert len(running.last._route._queue) == 16
    go.set()
    await until(lambda: len(got) == 100)
    assert got == [str(number) for number in range(100)]
    assert (await client.closed())[0] == 1000


async def test_the_end_is_found_behind_what_nobody_wants_any_more(serve):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        await send({"type": "websocket.close", "code": 3000})

    running = await serve(app, protocol=CompressedWebSocketProtocol)
    client = await running.open(sec_websocket_extensions=DEFLATE)
    bomb = client.frame(FIN | TEXT | ZIP, deflated(b"x" * MEGABYTE))
    client.write(*[bomb] * 20, client.frame(FIN | 8, b"\x0b\xb8"))
    assert (await client.ended())[0] == 3000


# The end ------------------------------------------------------------------------------------


async def test_a_client_that_reads_ever_so_slowly_is_cut_off_in_the_end(served, monkeypatch):
    monkeypatch.setattr("sio_server.drivers.asyncio.transport.cut_off.CLOSE_TIMEOUT", 0.01)

    class Trickling(Recording):
        left = 1_000_000
        aborted = False

        def get_write_buffer_size(self):
            self.left -= 1
            return self.left

        def abort(self):
            self.aborted = True
            self._transport.abort()

        def close(self):
            pass

    served, _ = served
    trickling = served.transport = Trickling(served.transport)
    served.finish(1000)
    await until(lambda: trickling.aborted)
    assert trickling.left > 999_900
