"""`driver.py` and `pipe.py`, with a peer that behaves as badly as a test wants."""

import asyncio
import base64
import hashlib
import json
import select
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias
from unittest.mock import Mock

import pytest
import uvicorn

from sio_asgi import ASGIApp, AsyncServer
from sio_client import AsyncClient, exceptions
from sio_client.drivers.address_order import Addresses
from sio_client.drivers.asyncio.pipe import AsyncPipe, readable
from sio_client.drivers.line import FULL_BYTES
from sio_client.settings.settings import Settings
from sio_client.user_agent.orders import OpenPipe
from tests.support.certificates import make_certificate

OPEN = {"sid": "s", "upgrades": [], "pingInterval": 25000, "pingTimeout": 20000}
CLOSE = (1000).to_bytes(2)
LARGE = {**OPEN, "maxPayload": 10**9}


class Peer:
    """The server's side of one TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def request(self) -> str:
        """The head of a request."""
        return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    def answer(self, body: str, status: str = "200 OK") -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body.encode())}\r\n\r\n"
        self.writer.write((head + body).encode())

    async def websocket(self, handshake: Any = OPEN) -> None:
        """Accept a WebSocket and connect the default namespace."""
        (line,) = [
            line
            for line in (await self.request()).split("\r\n")
            if line.lower().startswith("sec-websocket-key:")
        ]
        key = line.partition(":")[2].strip() + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.writer.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        self.send("0" + json.dumps(handshake))
        assert await self.frame() == b"40"
        self.send('40{"sid":"public"}')

    def send(self, text: str) -> None:
        data = text.encode()
        assert len(data) < 126
        self.writer.write(bytes((0x81, len(data))) + data)

    async def frame(self) -> bytes:
        """The payload of the next frame."""
        size = (await self.reader.readexactly(2))[1] & 0x7F
        if size > 125:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8))
        mask = await self.reader.readexactly(4)
        data = await self.reader.readexactly(size)
        return bytes(byte ^ mask[i % 4] for i, byte in enumerate(data[:100]))


Script: TypeAlias = Callable[[Peer], Coroutine[Any, Any, None]]


@asynccontextmanager
async def scripted(script: Script, **options: Any) -> AsyncIterator[str]:
    """Run a script for each connection; one that raises fails the test."""
    failed: list[BaseException] = []
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await script(Peer(reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the client went away
        except BaseException as error:
            failed.append(error)
        finally:
            writer.transport.abort()
            tasks.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, **options)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert not failed


async def until(true: Callable[[], Any]) -> None:
    while not true():
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00\xff\x00\xff" * 100,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n0{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: https://[\r\nContent-Length: 0\r\n\r\n",
    ],
)
@pytest.mark.parametrize("transports", [["polling"], ["websocket"]])
async def test_an_answer_that_cannot_be(transports: list[str], garbage: bytes) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        peer.writer.write(garbage)
        await peer.writer.drain()

    client = AsyncClient()
    async with scripted(script) as url:
        with pytest.raises(exceptions.ConnectionError):
            await client.connect(url, transports=transports)
        assert not client._driver.lines


async def test_a_namespace_that_is_never_answered() -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        peer.answer("0" + json.dumps(OPEN))
        while True:
            await peer.request()
            peer.answer("6")

    client = AsyncClient()
    async with scripted(script) as url:
        with pytest.raises(exceptions.ConnectionError, match="no answer in time"):
            await client.connect(url, transports=["polling"], wait_timeout=0.05)


async def test_bytes_one_at_a_time() -> None:
    async def script(peer: Peer) -> None:
        write = peer.writer.write

        def dribble(data: bytes) -> None:
            for byte in data:
                write(bytes((byte,)))

        peer.writer.write = dribble  # type: ignore[method-assign]
        await peer.websocket()
        peer.send('42["news",1]')
        while await peer.frame() != CLOSE:
            pass

    client = AsyncClient()
    news: asyncio.Queue[Any] = asyncio.Queue()
    client.on("news", news.put_nowait)
    async with scripted(script) as url:
        await client.connect(url, transports=["websocket"], wait_timeout=60)
        assert await news.get() == 1
        await client.disconnect()


async def test_what_one_turn_emits_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[bytes] = []
    write = AsyncPipe.write
    monkeypatch.setattr(
        AsyncPipe,
        "write",
        lambda pipe, data, reused: (writes.append(data), write(pipe, data, reused)),
    )
    got: asyncio.Queue[bytes] = asyncio.Queue()

    async def script(peer: Peer) -> None:
        await peer.websocket()
        while (payload := await peer.frame()) != CLOSE:
            got.put_nowait(payload)

    client = AsyncClient()
    async with scripted(script) as url:
        await client.connect(url, transports=["websocket"], wait_timeout=60)
        writes.clear()
        for number in range(10):
            await client.emit("number", number)
        assert not writes
        assert [await got.get() for _ in range(10)] == [
            f'42["number",{number}]'.encode() for number in range(10)
        ]
        assert len(writes) == 1
        await client.disconnect()


async def test_what_a_handler_returns_is_written_in_the_turn_that_brought_the_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story: list[str] = []
    write = AsyncPipe.write

    def noted(pipe: AsyncPipe, data: bytes, reused: bool) -> None:
        story.append("written")
        write(pipe, data, reused)

    monkeypatch.setattr(AsyncPipe, "write", noted)
    answers: asyncio.Queue[bytes] = asyncio.Queue()

    async def script(peer: Peer) -> None:
        await peer.websocket()
        peer.send('427["question"]')
        answers.put_nowait(await peer.frame())
        while await peer.frame() != CLOSE:
            pass

    client = AsyncClient()

    @client.on("question")
    def question() -> int:
        story.clear()
        asyncio.get_running_loop().call_soon(story.append, "the next turn")
        return 1

    async with scripted(script) as url:
        await client.connect(url, transports=["websocket"], wait_timeout=60)
        assert await answers.get() == b"437[1]"
        assert story[:2] == ["written", "the next turn"]
        await client.disconnect()


async def test_emit_waits_while_the_network_is_behind() -> None:
    go_on, sent = asyncio.Event(), 0

    async def script(peer: Peer) -> None:
        await peer.websocket(LARGE)
        await go_on.wait()
        while await peer.frame() != CLOSE:
            pass

    client = AsyncClient()

    async def emit() -> None:
        nonlocal sent
        for _ in range(200):
            await client.emit("large", b"x" * 400_000)
            sent += 1

    async with scripted(script) as url:
        await client.connect(url, transports=["websocket"], wait_timeout=60)
        task = asyncio.create_task(emit())
        await until(lambda: client._driver.outbound_full)
        for _ in range(10):
            await asyncio.sleep(0)
        assert sent < 200
        assert not task.done()
        assert client._driver.line is not None
        assert client._driver.line.engine.queued_bytes < FULL_BYTES
        go_on.set()
        await task
        await client.disconnect()


async def test_an_emit_that_waits_ends_with_the_connection() -> None:
    gone = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.websocket(LARGE)
        await gone.wait()

    client = AsyncClient(reconnection=False)

    async def emit() -> None:
        while True:
            await client.emit("large", b"x" * 400_000)

    async with scripted(script) as url:
        await client.connect(url, transports=["websocket"], wait_timeout=60)
        task = asyncio.create_task(emit())
        await until(lambda: client._driver.outbound_full)
        gone.set()
        with pytest.raises(exceptions.BadNamespaceError):
            await task
        await client.disconnect()
        assert not client._driver.lines


async def test_emit_over_polling_waits_too() -> None:
    posts: asyncio.Queue[None] = asyncio.Queue()
    begun: asyncio.Queue[None] = asyncio.Queue()

    async def script(peer: Peer) -> None:
        while True:
            head = await peer.request()
            if head.startswith("POST"):
                size = int(head.lower().partition("content-length:")[2].split()[0])
                body = await peer.reader.readexactly(size)
                if not body.startswith(b"40"):
                    begun.put_nowait(None)
                    await posts.get()
                peer.answer("ok")
            elif "sid=" not in head:
                peer.answer("0" + json.dumps(LARGE))
            else:
                peer.answer('40{"sid":"public"}')
                await peer.reader.read()

    client = AsyncClient()
    async with scripted(script) as url:
        await client.connect(url, transports=["polling"])
        await client.emit("large", "x" * 10)
        await begun.get()  # what follows waits for the answer
        await client.emit("large", "x" * 400_000)
        await client.emit("large", "x" * 400_000)
        waiting = asyncio.create_task(client.emit("large", "x" * 400_000))
        await until(lambda: client._driver._waiters)
        posts.put_nowait(None)
        await waiting
        for _ in range(10):
            posts.put_nowait(None)
        await client.disconnect()


async def test_a_goodbye_that_nobody_reads() -> None:
    async def script(peer: Peer) -> None:
        await peer.websocket(LARGE)
        await asyncio.Event().wait()

    client = AsyncClient()
    async with scripted(script) as url:
        await client.connect(url, transports=["websocket"], wait_timeout=60)
        while not client._driver.outbound_full:
            waiting = asyncio.create_task(client.emit("large", b"x" * 400_000))
            await asyncio.sleep(0)
        await client.disconnect()
        await waiting
        assert not client.connected
        await until(lambda: not client._driver.lines)


async def test_silence_ends_the_connection() -> None:
    quick = {**OPEN, "pingInterval": 30, "pingTimeout": 20}

    async def script(peer: Peer) -> None:
        await peer.websocket(quick)
        peer.send("2")
        assert await peer.frame() == b"3"
        await peer.reader.read()

    client = AsyncClient(reconnection=False)
    reasons: list[str] = []
    client.on("disconnect", reasons.append)
    async with scripted(script) as url:
        await client.connect(url, transports=["websocket"], wait_timeout=60)
        await client.wait()
        assert reasons == ["ping timeout"]
        await client.disconnect()
        assert not client._driver.lines


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[tuple[str, Path]]:
    """A Socket.IO server behind TLS; its URL and its certificate."""
    made = make_certificate(tmp_path)
    sio = AsyncServer(async_mode="asgi")
    sio.on("echo", lambda sid, *args: args)
    config = uvicorn.Config(
        ASGIApp(sio),
        port=0,
        log_level="error",
        ssl_keyfile=str(made.key),
        ssl_certfile=str(made.chain),
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started or task.done())
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"https://127.0.0.1:{port}", made.chain
    await sio.shutdown()
    server.should_exit = True
    await task


@pytest.mark.parametrize("transports", [None, ["polling"], ["websocket"]])
async def test_tls(secure: tuple[str, Path], transports: Any) -> None:
    url, _ = secure
    client = AsyncClient(ssl_verify=False)
    await client.connect(url, transports=transports)
    assert await client.call("echo", (1, b"2")) == (1, b"2")
    await client.disconnect()
    assert not client._driver.lines


async def test_a_tls_connection_that_is_given_up_at_every_turn(secure: tuple[str, Path]) -> None:
    url, _ = secure
    loop = asyncio.get_running_loop()
    tls = AsyncClient(ssl_verify=False)
    await tls.connect(url, transports=["polling"])
    run = tls._connect_run
    assert run is not None
    settings = run._settings
    assert settings is not None
    await tls.disconnect()
    stood = 0
    for turns in range(30):
        line = Mock(addresses=Addresses(), settings=settings)
        closed = asyncio.Event()
        line.closed = lambda pipe, closed=closed: closed.set()
        order = OpenPipe(1, "127.0.0.1", int(url.rpartition(":")[2]), "127.0.0.1")
        pipe = AsyncPipe(order, line, loop)
        pipe.open()
        for _ in range(turns):
            await asyncio.sleep(0)
        stood += line.opened.called
        pipe.close()
        await closed.wait()
        assert not line.lost.called
        assert pipe._transport is None
        assert pipe._steps is None
    assert stood < 30


async def test_a_loop_that_does_not_say_that_it_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    # As uvloop does when the opening of a connection is cancelled.
    loop = asyncio.get_running_loop()
    transport, begun, closed = Mock(), asyncio.Event(), asyncio.Event()
    line = Mock(addresses=Addresses(), settings=Settings())
    line.closed = lambda pipe: closed.set()

    async def create_connection(make: Callable[[], AsyncPipe], sock: socket.socket) -> None:
        with sock:
            make().connection_made(transport)
            begun.set()
            await loop.create_future()

    monkeypatch.setattr(loop, "create_connection", create_connection)
    with socket.create_server(("127.0.0.1", 0)) as server:
        order = OpenPipe(1, "127.0.0.1", server.getsockname()[1], "localhost")
        pipe = AsyncPipe(order, line, loop)
        pipe.open()
        await begun.wait()
        pipe.close()
        await closed.wait()
    assert transport.abort.called
    assert not line.lost.called


async def test_readable_without_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    for has_poll in (True, False):
        if not has_poll:
            monkeypatch.delattr(select, "poll")
        near, far = socket.socketpair()
        with near:
            assert not readable(near.fileno())
            far.close()
            assert readable(near.fileno())


async def test_a_certificate_that_nobody_vouches_for(secure: tuple[str, Path]) -> None:
    url, _ = secure
    client = AsyncClient()
    with pytest.raises(exceptions.ConnectionError) as caught:
        await client.connect(url)
    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
    assert not client._driver.lines


async def test_tls_through_a_proxy(secure: tuple[str, Path], monkeypatch: Any) -> None:
    url, _ = secure
    target = url.rpartition(":")[2]
    tunnels: list[str] = []

    async def script(peer: Peer) -> None:
        tunnels.append((await peer.request()).split("\r\n")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", int(target))
        peer.writer.write(b"HTTP/1.1 200 OK\r\n\r\n")

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                sink.write(data)
            sink.close()

        await asyncio.gather(pump(peer.reader, writer), pump(reader, peer.writer))

    client = AsyncClient(ssl_verify=False)
    async with scripted(script) as proxy:
        monkeypatch.setenv("https_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        await client.connect(url, transports=["websocket"], wait_timeout=60)
        assert await client.call("echo", 1) == 1
        await client.disconnect()
        assert tunnels == [f"CONNECT 127.0.0.1:{target} HTTP/1.1"]
        assert not client._driver.lines


async def test_tls_that_fails_in_a_proxys_tunnel(monkeypatch: Any) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        peer.writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await peer.reader.read(1)
        peer.writer.write(b"this is no TLS" * 100)
        await peer.writer.drain()

    client = AsyncClient()
    async with scripted(script) as proxy:
        monkeypatch.setenv("https_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        with pytest.raises(exceptions.ConnectionError):
            await client.connect("https://127.0.0.1:9", transports=["polling"])
        await until(lambda: not client._driver.lines)
