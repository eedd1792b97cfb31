"""`websocket_transport.py`: a WebSocket on any transport of asyncio, from its acceptance on.

The frames themselves, pings and sizes are tested through uvicorn, in the tests of sio-asgi.
"""

import asyncio
from itertools import pairwise

import pytest

from sio_core import Request, Response
from sio_core.websocket import (
    BINARY,
    CLOSE,
    PING,
    TEXT,
    Close,
    FrameReader,
    close_payload,
    frame_binary,
    frame_close,
    frame_masked,
    frame_pong,
    frame_text,
)
from sio_server import AsyncServer
from sio_server.drivers.asyncio.transport import cut_off
from sio_server.drivers.asyncio.transport.codec import PlainCodec
from sio_server.drivers.asyncio.transport.paused_reading import PIECE
from sio_server.drivers.asyncio.transport.state import WebSocketState
from sio_server.drivers.asyncio.transport.websocket_transport import WebSocketTransport
from sio_server.serving import websockets

HANG = 20.0
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MASK = b"\x01\x02\x03\x04"


class Transport(asyncio.Transport):
    """A transport in memory."""

    def __init__(self):
        super().__init__()
        self.written = b""
        self.protocol = None
        self.closing = self.aborted = False
        self.reading = True
        self.buffered = 0

    def get_extra_info(self, name, default=None):
        return default

    def set_protocol(self, protocol):
        self.protocol = protocol

    def write(self, data):
        self.written += data

    def close(self):
        self.closing = True

    def abort(self):
        self.closing = self.aborted = True

    def is_closing(self):
        return self.closing

    def pause_reading(self):
        self.reading = False

    def resume_reading(self):
        self.reading = True

    def get_write_buffer_size(self):
        return self.buffered


class Keeper:
    """A reader that keeps what it gets, and is full when `full` is not set."""

    def __init__(self):
        self.messages = []
        self.heard = []
        self.capacity = asyncio.Event()
        self.capacity.set()

    def receive(self, message):
        self.messages.append(message)
        return not self.capacity.is_set()

    async def wait_for_capacity(self):
        await self.capacity.wait()

    def pause(self):
        self.heard.append("pause")

    def resume(self):
        self.heard.append("resume")

    def lost(self, error=""):
        self.heard.append(f"lost {error}".strip())


def client_frame(first, payload=b""):
    return frame_masked(first, payload, MASK)


@pytest.fixture
async def served():
    """A WebSocket whose messages are kept; its transport and reader are `transport`, `reader`."""
    return open_websocket()


def open_websocket():
    reader, lost = Keeper(), []
    websocket = WebSocketTransport(Transport(), PlainCodec(1000), lost.append, reader)
    return websocket, reader, lost


async def turns(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_what_came_early_comes_first(served):
    websocket, reader, _ = served
    websocket.start(client_frame(TEXT, b"early"))
    assert websocket.transport.protocol is websocket
    websocket.data_received(client_frame(BINARY, b"late"))
    assert reader.messages == ["early", b"late"]


async def test_messages_are_written_as_frames(served):
    websocket, _, _ = served
    websocket.start()
    websocket.send("text")
    websocket.send(b"binary")
    websocket.ping(b"x")
    assert websocket.transport.written == (
        frame_text("text") + frame_binary(b"binary") + b"\x89\x01x"
    )


async def test_a_full_reader_stops_the_reading(served):
    websocket, reader, _ = served
    websocket.start()
    reader.capacity.clear()
    websocket.data_received(client_frame(TEXT, b"1") + client_frame(TEXT, b"2"))
    assert reader.messages == ["1", "2"], "what was read is handed on"
    assert not websocket.transport.reading
    reader.capacity.set()
    await turns()
    assert websocket.transport.reading


async def test_a_client_that_does_not_read_is_not_read_from(served):
    websocket, reader, _ = served
    websocket.start()
    websocket.pause_writing()
    websocket.data_received(client_frame(PING, b"a") + client_frame(PING, b"b"))
    assert not websocket.transport.reading
    assert websocket.transport.written == b""
    websocket.resume_writing()
    assert websocket.transport.reading
    assert websocket.transport.written == frame_pong(b"b"), "one pong, for the last ping"
    assert reader.heard == ["pause", "resume"]


async def test_much_at_once_is_read_in_pieces(served):
    websocket, reader, _ = served
    websocket.start()
    sent = [f"{number:04}" for number in range(4 * PIECE // 10)]
    websocket.data_received(b"".join(client_frame(TEXT, text.encode()) for text in sent))
    counts = [len(reader.messages)]
    while len(reader.messages) < len(sent):
        assert not websocket.transport.reading, "the rest comes before what is still in the socket"
        await asyncio.sleep(0)
        counts.append(len(reader.messages))
    assert reader.messages == sent
    assert (
        max(counts[0], *(after - before for before, after in pairwise(counts))) <= PIECE // 10 + 1
    )
    assert websocket.transport.reading


async def test_a_full_reader_gets_no_further_piece(served):
    websocket, reader, _ = served
    websocket.start()
    reader.capacity.clear()
    frame = client_frame(TEXT, b"1234")
    websocket.data_received(frame * (2 * PIECE // len(frame)))
    count = len(reader.messages)
    await turns()
    assert len(reader.messages) == count
    websocket.data_received(client_frame(TEXT, b"last"))
    assert len(reader.messages) == count, "what came later is not read before"
    reader.capacity.set()
    await turns(10)
    assert reader.messages[-1] == "last"
    assert websocket.transport.reading


async def test_one_long_frame_is_read_as_it_comes():
    reader = Keeper()
    websocket = WebSocketTransport(Transport(), PlainCodec(1 << 20), lambda _: None, reader)
    websocket.start()
    frame = client_frame(BINARY, bytes(1 << 20))
    half = len(frame) // 2
    websocket.data_received(frame[:half])
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert websocket.transport.reading
    websocket.data_received(frame[half:])
    assert reader.messages == [bytes(1 << 20)], "which takes no turns"


async def test_the_end_of_a_websocket_is_read_in_pieces(served):
    websocket, reader, _ = served
    websocket.start()
    websocket.close(1000)
    flood = client_frame(TEXT, b"1234") * PIECE
    websocket.data_received(flood + client_frame(CLOSE, close_payload(1000)))
    assert not websocket.transport.closing
    assert not websocket.transport.reading
    await turns(len(flood) // PIECE + 2)
    assert websocket.transport.closing
    assert reader.messages == []


async def test_pieces_of_a_connection_that_is_gone_are_dropped(served):
    websocket, reader, lost = served
    websocket.start()
    websocket.data_received(client_frame(TEXT, b"1234") * PIECE)
    count = len(reader.messages)
    websocket.connection_lost(None)
    await turns()
    assert len(reader.messages) == count
    assert lost == [websocket]


async def test_the_client_closes(served):
    websocket, reader, lost = served
    websocket.start()
    websocket.data_received(client_frame(CLOSE, close_payload(4000, "bye")))
    assert websocket.transport.written == frame_close(4000)
    assert (websocket.close_code, websocket.close_reason) == (4000, "bye")
    assert websocket.state is WebSocketState.ENDING
    assert websocket.transport.closing
    websocket.connection_lost(None)
    assert websocket.state is WebSocketState.LOST
    assert reader.heard == ["lost"]
    assert lost == [websocket]


async def test_this_side_closes(served):
    websocket, reader, _ = served
    websocket.start()
    websocket.close(4000, "bye")
    assert websocket.state is WebSocketState.CLOSING
    assert reader.heard == ["lost"]
    websocket.data_received(client_frame(TEXT, b"crossed") + client_frame(PING))
    websocket.ping(b"x")
    websocket.close(4001)
    assert not websocket.transport.closing
    websocket.data_received(client_frame(CLOSE, close_payload(4000)))
    assert websocket.transport.written == frame_close(4000, "bye"), "and nothing after it"
    assert reader.messages == []
    assert websocket.transport.closing
    websocket.connection_lost(None)


async def test_a_breach_ends_the_websocket(served):
    websocket, reader, _ = served
    websocket.start()
    websocket.data_received(client_frame(BINARY, b"x" * 1001))
    assert reader.heard == ["lost payload too large"]
    assert websocket.state is WebSocketState.ENDING
    websocket.connection_lost(None)
    assert reader.heard == ["lost payload too large"], "the first word counts"


async def test_a_connection_that_breaks_off(served):
    websocket, reader, lost = served
    websocket.start()
    websocket.connection_lost(ConnectionResetError())
    assert reader.heard == ["lost"]
    assert lost == [websocket]
    websocket.close(1000)
    websocket.finish(1000)
    websocket.end(1000)
    assert websocket.transport.written == b""


async def test_the_web_server_stops(served):
    websocket, _, _ = served
    websocket.start()
    websocket.transport.buffered = 10
    websocket.shutdown()
    assert websocket.transport.written == frame_close(1012)
    assert websocket._cut_off.rounds == 1
    websocket.connection_lost(None)


async def until(condition):
    async with asyncio.timeout(HANG):
        while not condition():
            await asyncio.sleep(0.001)


async def test_a_client_that_never_answers_is_hung_up_on(served, monkeypatch):
    monkeypatch.setattr(cut_off, "CLOSE_TIMEOUT", 0.001)
    websocket, _, _ = served
    websocket.start()
    websocket.finish(1000)
    await until(lambda: websocket.transport.closing)
    assert websocket.state is WebSocketState.ENDING
    assert not websocket.transport.aborted
    websocket.connection_lost(None)


async def test_a_client_that_never_reads_is_cut_off(served, monkeypatch):
    monkeypatch.setattr(cut_off, "CLOSE_TIMEOUT", 0.001)
    websocket, _, _ = served
    websocket.start()
    websocket.transport.buffered = 10
    websocket.finish(1000)
    await until(lambda: websocket.transport.aborted)
    websocket.connection_lost(None)


async def test_a_connection_that_broke_off_before_it_was_taken_over(fake_http):
    sio = AsyncServer()
    request = Request("GET", "EIO=4&transport=websocket", (), host="h", websocket=True)
    connection = await sio.driver.own_socket(request, fake_http({}))
    websocket, _, _ = open_websocket()
    websocket.connection_lost(None)
    websocket.take_over(connection)
    assert not sio.driver.engine.sessions
    assert websocket.transport.protocol is None


async def test_the_limit_of_the_server_holds(fake_http):
    sio = AsyncServer(max_http_buffer_size=100)
    request = Request("GET", "EIO=4&transport=websocket", (), host="h", websocket=True)
    connection = await sio.driver.own_socket(request, fake_http({}))
    websocket, _, _ = open_websocket()
    websocket.take_over(connection, client_frame(TEXT, b"4" + b"x" * 100))
    assert websocket.state is WebSocketState.ENDING
    websocket.connection_lost(None)


# A framework that gives its transport away ----------------------------------------------------


class Framework(asyncio.Protocol):
    """Parses no request, then lets the driver have the transport."""

    def __init__(self, sio, fake_http):
        self.sio = sio
        self.http = fake_http({})

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.task = asyncio.create_task(self.serve())

    async def serve(self):
        headers = (
            ("host", "h"),
            ("upgrade", "websocket"),
            ("connection", "Upgrade"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", KEY),
        )
        request = Request("GET", "EIO=4&transport=websocket", headers, host="h", websocket=True)
        connection = await websockets.open_websocket(self.sio.driver, request, self.http)
        assert not isinstance(connection, Response)
        websockets.take_over(connection, request, self.transport, lambda _: None)


async def test_the_driver_has_the_transport_of_a_framework(fake_http):
    sio = AsyncServer()
    left = asyncio.Event()

    @sio.event
    async def double(sid, number):
        return number * 2

    @sio.event
    async def disconnect(sid, reason):
        left.set()

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Framework(sio, fake_http), "127.0.0.1", 0)
    async with asyncio.timeout(HANG):
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"GET /socket.io/ HTTP/1.1\r\n\r\n")
        assert b"101 Switching" in await reader.readuntil(b"\r\n\r\n")
        frames, received = FrameReader(1_000_000, masked=False), []

        async def messages(count):
            while len(received) < count:
                data = await reader.read(65536)
                assert data, received
                received.extend(frames.feed(data))
            return received

        writer.write(client_frame(TEXT, b"40"))
        assert [message[:2] for message in await messages(2)] == ["0{", "40"]
        writer.write(client_frame(TEXT, b'427["double",21]'))
        assert (await messages(3))[-1] == "437[42]"
        writer.write(client_frame(CLOSE, close_payload(1000)))
        assert isinstance((await messages(4))[-1], Close)
        assert await reader.read() == b""
        await left.wait()
    server.close()
    await server.wait_closed()
