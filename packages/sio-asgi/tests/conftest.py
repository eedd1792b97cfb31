"""uvicorn in this process with this project's WebSocket class, and clients that write any bytes.

The listening socket is there before uvicorn is, so clients connect at once and
nothing waits for a start. Every wait is bounded, generously.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, TextMessage

from sio_asgi.uvicorn import WebSocketProtocol
from sio_server.drivers.asyncio.transport.websocket_transport import WebSocketTransport

HANG = 20.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""The example of RFC 6455, section 1.3."""

UPGRADE = {
    "Host": "testserver",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY.decode(),
}
MASK = b"\xa1\x02\x7f\xff"


class Raw:
    """A client on a TCP connection; reads frames by wsproto, writes whatever it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._events: list[Event] = []
        self._frames = Connection(ConnectionType.CLIENT)

    def write(self, *data: bytes) -> None:
        """Write bytes as they are."""
        self.writer.write(b"".join(data))

    async def request(
        self,
        path: str = "/",
        method: str = "GET",
        version: str = "1.1",
        **headers: str | None,
    ) -> tuple[int, dict[str, str]]:
        """Ask for a WebSocket; `headers` replace those of `UPGRADE` or, if None, drop them.

        An underscore in a name stands for a hyphen. Returns status and headers of the answer.
        """
        given = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        kept = {name: value for name, value in UPGRADE.items() if name.lower() not in given}
        lines = [f"{method} {path} HTTP/{version}"]
        lines += [f"{name}: {value}" for name, value in {**kept, **given}.items() if value]
        self.write("\r\n".join([*lines, "", ""]).encode())
        return await self.head()

    async def head(self) -> tuple[int, dict[str, str]]:
        """The status and the headers of a response."""
        async with asyncio.timeout(HANG):
            head = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        pairs = (line.split(": ", 1) for line in lines)
        return int(first.split()[1]), {name.lower(): value for name, value in pairs}

    async def rest(self) -> bytes:
        """All bytes until the server ends the connection."""
        async with asyncio.timeout(HANG):
            return await self.reader.read()

    @staticmethod
    def frame(first: int, payload: bytes = b"", mask: bytes | None = MASK) -> bytes:
        """One frame with `first` as its first byte."""
        size, bit = len(payload), 0 if mask is None else 0x80
        if size < 126:
            head = bytes((first, bit | size))
        elif size < 1 << 16:
            head = bytes((first, bit | 126)) + size.to_bytes(2)
        else:
            head = bytes((first, bit | 127)) + size.to_bytes(8)
        if mask is None:
            return head + payload
        return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))

    def send(self, first: int, payload: bytes = b"", mask: bytes | None = MASK) -> None:
        """Write one frame."""
        self.write(self.frame(first, payload, mask))

    async def event(self) -> Event:
        """The next message or control frame as wsproto reads it."""
        while not self._events:
            async with asyncio.timeout(HANG):
                data = await self.reader.read(65536)
            if not data:
                raise EOFError
            self._frames.receive_data(data)
            self._events += self._frames.events()
        return self._events.pop(0)

    async def message(self) -> str | bytes:
        """The next message, which must be next."""
        first = await self.event()
        assert isinstance(first, TextMessage | BytesMessage), first
        parts = [first.data]
        # wsproto gives what came of a frame so far.
        while not first.message_finished:
            first = await self.event()
            assert isinstance(first, TextMessage | BytesMessage), first
            parts.append(first.data)
        return "".join(parts) if isinstance(first, TextMessage) else b"".join(parts)  # type: ignore[arg-type]

    async def closed(self) -> tuple[int, str]:
        """The close frame, which must be next, and after it nothing but the end."""
        event = await self.event()
        assert isinstance(event, CloseConnection), event
        assert not self._events, "something came after the close frame"
        return int(event.code), event.reason or ""

    async def ended(self) -> tuple[int, str]:
        """`closed`, and the server ends the connection without another byte."""
        result = await self.closed()
        assert await self.rest() == b""
        return result

    def reset(self) -> None:
        """Break the connection off with a TCP reset."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.writer.transport.abort()


class Running:
    """A server that listens on `port`; `protocols` are its WebSockets, as they came.

    None are there where the option `http` says what reads the requests.
    """

    def __init__(self, server: uvicorn.Server, port: int) -> None:
        self.server = server
        self.port = port
        self.protocols: list[WebSocketProtocol] = []
        self.task: asyncio.Task[None] | None = None
        self.clients: list[Raw] = []

    async def connect(self) -> Raw:
        """A TCP connection."""
        client = Raw(*await asyncio.open_connection("127.0.0.1", self.port))
        self.clients.append(client)
        return client

    async def open(self, path: str = "/", **headers: str | None) -> Raw:
        """A WebSocket."""
        client = await self.connect()
        status, answer = await client.request(path, **headers)
        assert status == 101, (status, answer)
        return client

    @property
    def last(self) -> WebSocketProtocol:
        """The server's side of the latest connection, from its request on."""
        return self.protocols[-1]

    @property
    def socket(self) -> WebSocketTransport:
        """The server's side of the latest WebSocket, which was accepted."""
        websocket = self.last.websocket
        assert websocket is not None
        return websocket

    async def stop(self) -> None:
        """End the server and wait for that."""
        self.server.should_exit = True
        assert self.task is not None
        async with asyncio.timeout(HANG):
            await self.task


Serve = Callable[..., Awaitable[Running]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """`await serve(app, protocol=..., **options of uvicorn.Config)`: a `Running` server."""
    started: list[Running] = []

    async def start(
        app: Any, *, protocol: type[WebSocketProtocol] = WebSocketProtocol, **options: Any
    ) -> Running:
        class Recorded(protocol):  # type: ignore[misc, valid-type]
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                running.protocols.append(self)

        # `HTTPProtocol` opens no WebSockets without ASGI where their class is not its own.
        kind = protocol if "http" in options else Recorded
        options = {"lifespan": "off", "timeout_graceful_shutdown": 10, "ws": kind, **options}
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, **options))
        listening = socket.create_server(("127.0.0.1", 0))
        running = Running(server, listening.getsockname()[1])
        running.task = asyncio.create_task(server.serve(sockets=[listening]))
        started.append(running)
        return running

    yield start
    for running in started:
        for client in running.clients:
            client.writer.transport.abort()
        await running.stop()
