"""Sanic's own web server in this process, and clients that write any bytes.

The listening socket is there before Sanic is, so clients connect at once. Every wait is bounded,
generously.
"""

import asyncio
import json
import logging
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count
from typing import Any

import pytest
from sanic import Sanic
from websockets.asyncio.client import ClientConnection, connect

from sio_sanic import AsyncServer

HANG = 20.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""

POLLING = "/socket.io/?EIO=4&transport=polling"
WEBSOCKET = "/socket.io/?EIO=4&transport=websocket"

numbers = count(1)


class Answer:
    """A response: its status, its headers (names in lower case) and its body."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def sid(self) -> str:
        """The secret id of the session that an open packet tells of."""
        sid: str = json.loads(self.body[1:])["sid"]
        return sid


class HTTP:
    """A client on one TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def begin(
        self,
        path: str,
        method: str = "GET",
        body: bytes = b"",
        version: str = "1.1",
        **headers: str,
    ) -> None:
        """Send a request; an underscore in the name of a header stands for a hyphen."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if body and "transfer-encoding" not in given:
            given.setdefault("content-length", str(len(body)))
        lines = [f"{name}: {value}" for name, value in {"host": "testserver", **given}.items()]
        head = "\r\n".join([f"{method} {path} HTTP/{version}", *lines, "", ""])
        self.writer.write(head.encode("latin-1") + body)

    async def answer(self, head_only: bool = False) -> Answer:
        """Read one response."""
        async with asyncio.timeout(HANG):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip().split("\r\n")
            pairs = (line.partition(":") for line in lines)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            size = 0 if head_only else int(headers.get("content-length", 0))
            return Answer(int(first.split()[1]), headers, await self.reader.readexactly(size))

    async def ask(self, path: str, *args: Any, **kwargs: Any) -> Answer:
        """Send a request and read its response."""
        self.begin(path, *args, **kwargs)
        return await self.answer(head_only=args[:1] == ("HEAD",))

    async def rest(self) -> bytes:
        """All bytes until the server ends the connection."""
        async with asyncio.timeout(HANG):
            return await self.reader.read()


class Running:
    """An application that is served on `port`, as `Sanic.serve_single` would."""

    def __init__(self, app: Sanic[Any, Any], server: Any, port: int) -> None:
        self.app = app
        self.server = server
        self.port = port
        self._clients: list[HTTP] = []

    async def http(self) -> HTTP:
        """A TCP connection."""
        client = HTTP(*await asyncio.open_connection("127.0.0.1", self.port))
        self._clients.append(client)
        return client

    async def ask(self, path: str, *args: Any, **kwargs: Any) -> Answer:
        """The response to a request on a connection of its own."""
        return await (await self.http()).ask(path, *args, **kwargs)

    def websocket(self, path: str = WEBSOCKET, **headers: str) -> connect:
        """A WebSocket, to be awaited or entered."""
        return connect(
            f"ws://127.0.0.1:{self.port}{path}",
            additional_headers=headers,
            ping_interval=None,
            max_size=None,
            open_timeout=HANG,
            close_timeout=HANG,
            proxy=None,
        )

    async def stop(self) -> None:
        """End the server as Sanic does."""
        await self.server.before_stop()
        self.server.server.close()
        for connection in list(self.server.connections):
            connection.close_if_idle()
        async with asyncio.timeout(HANG):
            while self.server.connections:
                await asyncio.sleep(0.01)
        await self.server.after_stop()

    def leave(self) -> None:
        """Let go of all connections."""
        for client in self._clients:
            client.writer.transport.abort()


async def joined(websocket: ClientConnection) -> str:
    """Connect to "/" over a new WebSocket. Returns the sid."""
    assert str(await websocket.recv())[0] == "0"
    await websocket.send("40")
    sid: str = json.loads(str(await websocket.recv())[2:])["sid"]
    return sid


Serve = Callable[..., Awaitable[Running]]


@pytest.fixture
def app() -> Iterator[Sanic[Any, Any]]:
    """A new application, which loads no extension."""
    Sanic.test_mode = True  # it may start more than once in a process
    made: Sanic[Any, Any] = Sanic(f"application{next(numbers)}", configure_logging=False)
    made.config.AUTO_EXTEND = False
    made.config.MOTD = False
    yield made
    Sanic.unregister_app(made)
    Sanic.test_mode = False


@pytest.fixture
def sio(app: Sanic[Any, Any]) -> AsyncServer:
    """A server that is attached to `app`."""
    server = AsyncServer(async_mode="sanic")
    server.attach(app)
    return server


@pytest.fixture
async def serve(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Serve]:
    """`await serve(app)`: a `Running` server; its log must have no errors."""
    started: list[Running] = []

    async def start(app: Sanic[Any, Any], **options: Any) -> Running:
        listening = socket.create_server(("127.0.0.1", 0))
        server: Any = await app.create_server(sock=listening, return_asyncio_server=True, **options)
        await server.startup()
        await server.before_start()
        await server.after_start()
        running = Running(app, server, listening.getsockname()[1])
        started.append(running)
        return running

    yield start
    for running in started:
        running.leave()
        if running.server.server.is_serving():
            await running.stop()
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    unlike = [record for record in errors if not re.search("refused", record.getMessage())]
    assert not unlike, [record.getMessage() for record in unlike]
