"""The WebSocket class as RFC 6455 wants a server: frame by frame, with and without compression."""

import asyncio
import itertools

import pytest
import websockets
from wsproto.events import Ping, Pong

from sio_asgi.uvicorn import CompressedWebSocketProtocol, WebSocketProtocol

FIN, CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x80, 0, 1, 2, 8, 9, 10
DEFLATE = "permessage-deflate"


class Echo:
    """An application that sends back what it gets, and keeps how it ended."""

    def __init__(self):
        self.ends = asyncio.Queue()

    async def __call__(self, scope, receive, send):
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({**message, "type": "websocket.send"})
        self.ends.put_nowait((message["code"], message.get("reason", "")))

    async def end(self):
        async with asyncio.timeout(20):
            return await self.ends.get()


@pytest.fixture
def app():
    return Echo()


@pytest.fixture(params=["plain", "not asked", "compressed"])
async def opened(request, serve, app):
    """An accepted WebSocket, with each of the ways to read its frames."""
    protocol = WebSocketProtocol if request.param == "plain" else CompressedWebSocketProtocol
    running = await serve(app, protocol=protocol, ws_max_size=1000)
    extension = None if request.param == "not asked" else DEFLATE
    client = await running.connect()
    status, headers = await client.request(sec_websocket_extensions=extension)
    assert status == 101
    assert (DEFLATE in headers.get("sec-websocket-extensions", "")) == (
        request.param == "compressed"
    )
    client.compressed = request.param == "compressed"
    if client.compressed:
        client.message = lambda: inflated(client)
    return client


async def inflated(client):
    """The next message of a server that compresses; each is a block of its own here."""
    import zlib

    data = b""
    async with asyncio.timeout(20):
        first, size = await client.reader.readexactly(2)
        assert first & 0x40, "not compressed"
        assert size < 126
        data = await client.reader.readexactly(size)
    if not hasattr(client, "inflate"):
        client.inflate = zlib.decompressobj(-15)
    plain = client.inflate.decompress(data + b"\x00\x00\xff\xff")
    return plain.decode() if first & 0x0F == TEXT else plain


# Messages ---------------------------------------------------------------


async def test_text_and_binary(opened):
    opened.send(FIN | TEXT, "grüezi €".encode())
    assert await opened.message() == "grüezi €"
    opened.send(FIN | BINARY, b"\x00\xff")
    assert await opened.message() == b"\x00\xff"
    opened.send(FIN | TEXT)
    opened.send(FIN | BINARY)
    assert [await opened.message(), await opened.message()] == ["", b""]


async def test_fragments_with_control_frames_between_them(opened):
    opened.send(TEXT, b"x\xe2")
    opened.send(FIN | PING, b"1")
    assert await opened.reader.readexactly(3) == b"\x8a\x011", "a ping is answered at once"
    opened.send(CONTINUATION, b"\x82")
    opened.send(FIN | PONG, b"unasked")
    opened.send(CONTINUATION)
    opened.send(FIN | CONTINUATION, b"\xac")
    assert await opened.message() == "x€"
    opened.send(BINARY, b"a")
    opened.send(FIN | CONTINUATION, b"b")
    assert await opened.message() == b"ab"


async def test_one_byte_at_a_time(opened):
    data = b"".join(
        (
            opened.frame(FIN | TEXT, "one €".encode()),
            opened.frame(BINARY, b"t"),
            opened.frame(FIN | CONTINUATION, b"wo"),
            opened.frame(FIN | TEXT, b"x" * 126),
        )
    )
    for index in range(len(data)):
        opened.write(data[index : index + 1])
        # TCP_NODELAY of the client, and a turn of the loop: mostly one read a byte.
        await asyncio.sleep(0)
    assert [await opened.message(), await opened.message()] == ["one €", b"two"]
    if not opened.compressed:
        assert await opened.message() == "x" * 126


async def test_many_frames_in_one_read(opened):
    frames = [opened.frame(FIN | TEXT, b"%d" % number) for number in range(500)]
    opened.write(*frames)
    assert [await opened.message() for _ in range(500)] == [str(number) for number in range(500)]


async def test_a_ping_is_answered_with_its_payload(opened):
    for payload in (b"", b"\x00" * 125):
        opened.send(FIN | PING, payload)
        assert await opened.event() == Pong(payload)


# Breaches ---------------------------------------------------------------

F = FIN
BREACHES = {
    "reserved bit 2": (1002, [(F | TEXT | 0x20, b"x")]),
    "reserved bit 3": (1002, [(F | TEXT | 0x10, b"x")]),
    "reserved bit of a ping": (1002, [(F | PING | 0x40, b"x")]),
    "reserved data opcode": (1002, [(F | 3, b"x")]),
    "reserved control opcode": (1002, [(F | 11, b"x")]),
    "unmasked": (1002, [(F | TEXT, b"x", None)]),
    "ping of 126 bytes": (1002, [(F | PING, b"x" * 126)]),
    "close of 126 bytes": (1002, [(F | CLOSE, b"\x03\xe8" + b"x" * 124)]),
    "fragmented ping": (1002, [(PING, b"x")]),
    "fragmented close": (1002, [(CLOSE, b"")]),
    "continuation of nothing": (1002, [(F | CONTINUATION, b"x")]),
    "start of nothing": (1002, [(CONTINUATION, b"x")]),
    "message in a message": (1002, [(TEXT, b"x"), (F | TEXT, b"y")]),
    "other message in a message": (1002, [(BINARY, b"x"), (BINARY, b"y")]),
    "close of one byte": (1002, [(F | CLOSE, b"\x03")]),
    "close code 0": (1002, [(F | CLOSE, b"\x00\x00")]),
    "close code 999": (1002, [(F | CLOSE, b"\x03\xe7")]),
    "close code 1005": (1002, [(F | CLOSE, b"\x03\xed")]),
    "close code 1006": (1002, [(F | CLOSE, b"\x03\xee")]),
    "close code 2999": (1002, [(F | CLOSE, b"\x0b\xb7")]),
    "close code 5000": (1002, [(F | CLOSE, b"\x13\x88")]),
    "text that is not UTF-8": (1007, [(F | TEXT, b"\xff")]),
    "half a character": (1007, [(F | TEXT, b"x\xe2\x82")]),
    "a surrogate": (1007, [(F | TEXT, b"\xed\xa0\x80")]),
    "half a character at the end of fragments": (1007, [(TEXT, b"\xe2"), (F | 0, b"\x82")]),
    "other half in a later fragment": (1007, [(TEXT, b"\xe2"), (0, b"x")]),
    "close reason that is not UTF-8": (1007, [(F | CLOSE, b"\x03\xe8\xff")]),
    "too big": (1009, [(F | BINARY, b"x" * 1001)]),
    "too big in bytes": (1009, [(F | TEXT, "é".encode() * 501)]),
    "too big together": (1009, [(BINARY, b"x" * 600), (F | 0, b"x" * 401)]),
    "too many fragments": (1008, [(BINARY, b""), *[(0, b"")] * 16_384]),
}


@pytest.mark.parametrize("name", BREACHES)
async def test_breaches(opened, app, name):
    code, frames = BREACHES[name]
    opened.send(FIN | PING, b"before")
    for first, *rest in frames:
        opened.send(first, *rest)
    opened.send(FIN | PING, b"after")
    assert await opened.event() == Pong(b"before")
    assert (await opened.ended())[0] == code
    assert (await app.end())[0] == code


async def test_compression_bit_without_compression(serve, app):
    client = await (await serve(app)).open(sec_websocket_extensions=DEFLATE)
    client.send(FIN | TEXT | 0x40, b"x")
    assert (await client.ended())[0] == 1002


async def test_a_header_that_promises_too_much_is_enough(serve, app):
    client = await (await serve(app, ws_max_size=1000)).open()
    client.write(b"\x82\xff" + (1 << 40).to_bytes(8))
    assert (await client.ended())[0] == 1009


@pytest.mark.parametrize(
    "size", ["\xfe\x00\x7d", "\xff\0\0\0\0\0\0\xff\xff", "\xff\x80" + "\0" * 7]
)
async def test_lengths_that_are_not_minimal_or_not_positive(opened, size):
    opened.write(b"\x81" + size.encode("latin-1") + b"\0" * 4 + b"x" * 126)
    assert (await opened.ended())[0] == 1002


async def test_messages_up_to_the_limit(opened):
    opened.send(FIN | BINARY, b"x" * 1000)
    opened.send(BINARY, b"x" * 600)
    opened.send(FIN | CONTINUATION, b"x" * 400)
    assert [await opened.message(), await opened.message()] == [b"x" * 1000] * 2


# The closing handshake --------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1007, 1011, 1012, 3000, 4999])
async def test_a_close_is_answered_with_its_code(opened, app, code):
    opened.send(FIN | CLOSE, code.to_bytes(2) + "grüezi".encode())
    assert (await opened.ended())[0] == code
    assert await app.end() == (code, "grüezi")


async def test_a_close_without_code(opened, app):
    opened.send(FIN | CLOSE)
    opened.send(FIN | TEXT, b"never read")
    assert (await opened.ended())[0] in (1000, 1005)
    assert await app.end() == (1005, "")


async def test_frames_after_a_close_are_ignored(opened, app):
    opened.write(
        opened.frame(FIN | CLOSE, b"\x03\xe8"),
        opened.frame(FIN | PING, b"x"),
        opened.frame(FIN | TEXT, b"\xff"),
        opened.frame(FIN | CLOSE, b"\x03\xe9"),
    )
    assert (await opened.ended())[0] == 1000
    assert await app.end() == (1000, "")


@pytest.mark.parametrize("answer", [b"\x03\xe8", b""])
async def test_the_server_closes_first(serve, answer):
    ends = asyncio.Queue()

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        assert (await receive())["text"] == "go"
        await send({"type": "websocket.close", "code": 4001, "reason": "over"})
        ends.put_nowait(await receive())

    client = await (await serve(app)).open()
    client.send(FIN | TEXT, b"go")
    assert await client.closed() == (4001, "over")
    client.send(FIN | TEXT, b"crossed the close frame")
    client.send(FIN | PING, b"no answer after a close frame")
    client.send(FIN | CLOSE, answer)
    assert await client.rest() == b""
    assert await ends.get() == {"type": "websocket.disconnect", "code": 4001, "reason": "over"}


async def test_a_client_that_never_answers_a_close_is_cut_off(serve, monkeypatch):
    monkeypatch.setattr("sio_server.drivers.asyncio.transport.cut_off.CLOSE_TIMEOUT", 0.01)

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})

    client = await (await serve(app)).open()
    assert await client.ended() == (1000, "")


async def test_a_client_that_neither_answers_nor_reads_is_cut_off(serve, monkeypatch):
    monkeypatch.setattr("sio_server.drivers.asyncio.transport.cut_off.CLOSE_TIMEOUT", 0.01)
    over = asyncio.Event()

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "bytes": bytes(16 << 20)})
        over.set()

    running = await serve(app)
    client = await running.open()
    await over.wait()
    client.writer.transport.pause_reading()
    running.socket.finish(1000)
    async with asyncio.timeout(20):
        while running.server.server_state.connections:
            await asyncio.sleep(0.01)


# Broken connections -----------------------------------------------------


async def test_a_half_closed_connection_is_over(opened, app):
    opened.send(FIN | TEXT, b"last")
    opened.writer.write_eof()
    assert await opened.message() == "last"
    assert await opened.rest() == b""
    assert await app.end() == (1005, "")


async def test_half_a_frame_and_the_end(opened, app):
    opened.write(opened.frame(FIN | TEXT, b"never finished")[:-1])
    opened.writer.write_eof()
    assert await opened.rest() == b""
    assert await app.end() == (1005, "")


async def test_a_reset_connection_is_over(opened, app):
    opened.send(FIN | TEXT, b"x")
    await opened.message()
    opened.reset()
    assert await app.end() == (1005, "")


# Other implementations as clients ---------------------------------------


@pytest.mark.parametrize("protocol", [WebSocketProtocol, CompressedWebSocketProtocol])
@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_websockets_as_client(serve, app, protocol, compression):
    running = await serve(app, protocol=protocol)
    url = f"ws://127.0.0.1:{running.port}/"
    async with websockets.connect(url, compression=compression, proxy=None) as client:
        extensions = [extension.name for extension in client.protocol.extensions]
        asked = compression is not None and protocol is CompressedWebSocketProtocol
        assert extensions == ([DEFLATE] if asked else [])
        for message in ("", "x" * 70000, "€" * 1000, b"", bytes(range(256)) * 300):
            await client.send(message)
            assert await client.recv() == message
        await client.send(["a", "b", "€"])
        assert await client.recv() == "ab€"
        await (await client.ping(b"payload"))
    assert (client.close_code, client.close_reason) == (1000, "")
    assert await app.end() == (1000, "")


async def test_masks_of_any_value(opened):
    for mask in itertools.product((0, 0xFF, 0x5A), repeat=4):
        opened.send(FIN | BINARY, b"0123456789", bytes(mask))
        assert await opened.message() == b"0123456789"


async def test_nothing_is_written_unasked(opened):
    opened.send(FIN | PONG, b"x")
    opened.send(FIN | PING, b"mark")
    event = await opened.event()
    assert not isinstance(event, Ping)
    assert event == Pong(b"mark")
