"""permessage-deflate: only when asked for, and never more of a message than its limit inflated."""

import asyncio
import tracemalloc
import zlib

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Message,
    Ping,
    Pong,
    Request,
    TextMessage,
)
from wsproto.extensions import PerMessageDeflate

from sio_asgi.uvicorn import CompressedWebSocketProtocol

FIN, CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x80, 0, 1, 2, 8, 9, 10
ZIP = 0x40
DEFLATE = "permessage-deflate"


async def echo(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


def deflated(data):
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


@pytest.fixture
async def serve_echo(serve):
    async def start(**options):
        return await serve(echo, protocol=CompressedWebSocketProtocol, **options)

    return start


class Peer:
    """wsproto as the client, over a raw connection."""

    def __init__(self, client, extension):
        self.client = client
        self.extension = extension
        self.ws = WSConnection(ConnectionType.CLIENT)

    async def open(self):
        self.client.write(
            self.ws.send(Request(host="testserver", target="/", extensions=[self.extension]))
        )
        assert isinstance(await self.event(), AcceptConnection)

    async def event(self):
        async with asyncio.timeout(20):
            while (event := next(self.ws.events(), None)) is None:
                self.ws.receive_data(await self.client.reader.read(65536) or None)
        return event

    async def message(self):
        parts = []
        while True:
            event = await self.event()
            assert isinstance(event, TextMessage | BytesMessage), event
            parts.append(event.data)
            if event.message_finished:
                return parts[0][:0].join(parts)

    def send(self, event):
        self.client.write(self.ws.send(event))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"client_no_context_takeover": True, "server_no_context_takeover": True},
        {"client_max_window_bits": 9, "server_max_window_bits": 10},
    ],
    ids=str,
)
async def test_wsproto_as_client(serve_echo, options):
    peer = Peer(await (await serve_echo()).connect(), PerMessageDeflate(**options))
    await peer.open()
    assert peer.extension.enabled()
    for data in ("", "x" * 70000, "grüezi €" * 50, b"", bytes(range(256)) * 300):
        peer.send(Message(data=data))
        assert await peer.message() == data
    peer.send(Message(data="in €", message_finished=False))
    peer.send(Ping(b"between"))
    peer.send(Message(data=" parts"))
    event = await peer.event()
    assert isinstance(event, Pong)
    assert event.payload == b"between"
    assert await peer.message() == "in € parts"
    peer.send(CloseConnection(code=4000, reason="done"))
    closed = await peer.event()
    assert (closed.code, await peer.client.rest()) == (4000, b"")


@pytest.mark.parametrize(
    "offer",
    [
        None,
        "x-other",
        DEFLATE + "; client_max_window_bits=abc",
        DEFLATE + "; server_max_window_bits=99",
    ],
)
async def test_what_is_not_a_valid_offer_is_declined(serve_echo, offer):
    client = await (await serve_echo()).connect()
    status, headers = await client.request(sec_websocket_extensions=offer)
    assert status == 101
    assert "sec-websocket-extensions" not in headers
    client.send(FIN | TEXT, b"x")
    assert await client.message() == "x"


@pytest.fixture
async def opened(serve_echo):
    running = await serve_echo(ws_max_size=1000)
    client = await running.connect()
    status, headers = await client.request(sec_websocket_extensions=DEFLATE)
    assert (status, headers["sec-websocket-extensions"].split(";")[0]) == (101, DEFLATE)
    return client


async def code(client):
    """The close code, after whatever else was sent."""
    data = await client.rest()
    assert data[-4:-2] == b"\x88\x02" or b"\x88" in data
    at = data.rindex(b"\x88")
    assert len(data) == at + 2 + data[at + 1], "the close frame is the last"
    return int.from_bytes(data[at + 2 : at + 4])


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([(FIN | TEXT | ZIP, deflated(b"x" * 1001))], 1009),
        ([(FIN | TEXT | ZIP, deflated("é".encode() * 501))], 1009),
        ([(FIN | BINARY, b"x" * 1001)], 1009),
        (
            [
                (BINARY | ZIP, deflated(b"x" * 1001)[:3]),
                (FIN | PING, b""),
                (FIN | CONTINUATION, deflated(b"x" * 1001)[3:]),
            ],
            1009,
        ),
        ([(TEXT, b""), *[(CONTINUATION, b"")] * 16_384], 1008),
        ([(FIN | TEXT | ZIP, b"\xff\xff\xff\xff")], 1007),
        ([(FIN | TEXT | ZIP, deflated(b"\xff"))], 1007),
        ([(TEXT | ZIP, b""), (FIN | CONTINUATION | ZIP, b"")], 1002),
        ([(FIN | PING | ZIP, b"")], 1002),
    ],
)
async def test_breaches(opened, frames, expected):
    for first, payload in frames:
        opened.send(first, payload)
    assert await code(opened) == expected


async def test_control_frames_are_no_part_of_the_message(opened):
    opened.send(BINARY | ZIP, deflated(b"x" * 990)[:-1])
    opened.send(FIN | PING, b"y" * 125)
    opened.send(FIN | CONTINUATION, deflated(b"x" * 990)[-1:])
    opened.send(FIN | CLOSE, b"\x0f\xa0")
    assert await code(opened) == 4000


async def test_the_limit_is_for_each_message(opened):
    for _ in range(5):
        opened.send(FIN | BINARY | ZIP, deflated(b"x" * 1000))
        async with asyncio.timeout(20):
            first, size = await opened.reader.readexactly(2)
            await opened.reader.readexactly(size)
        assert first == FIN | BINARY | ZIP


async def test_a_bomb_is_never_inflated_whole(serve):
    ends = asyncio.Queue()

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        ends.put_nowait(await receive())

    bomb = deflated(bytes(1 << 28))
    assert len(bomb) < 1 << 19
    running = await serve(app, protocol=CompressedWebSocketProtocol, ws_max_size=1000)
    client = await running.open(sec_websocket_extensions=DEFLATE)
    tracemalloc.start()
    try:
        client.send(FIN | BINARY | ZIP, bomb)
        async with asyncio.timeout(20):
            assert (await ends.get())["code"] == 1009
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # One step of the bomb, and its own bytes as they are read and unmasked; not its 256 MiB.
    assert peak < 4 * (1 << 20) + 10 * len(bomb)


async def test_a_lone_surrogate_does_not_fail(serve):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "x\ud800"})
        await receive()

    running = await serve(app, protocol=CompressedWebSocketProtocol)
    peer = Peer(await running.connect(), PerMessageDeflate())
    await peer.open()
    assert await peer.message() == "x\ufffd"
