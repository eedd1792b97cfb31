"""Applications of aiohttp that are served in this process, and clients that write any bytes.

Nothing here waits for a time: every wait is for something, and bounded, generously.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sio_core.websocket import CLOSE, TEXT, Close, FrameReader, frame_masked

HANG = 20.0
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""The example of RFC 6455, section 1.3."""
MASK = b"\xa1\x02\x7f\xff"
WEBSOCKET = "EIO=4&transport=websocket"
POLLING = "EIO=4&transport=polling"


def masked(text: str) -> bytes:
    """A text message as a client writes it."""
    return frame_masked(TEXT, text.encode(), MASK)


class Raw:
    """A client on a TCP connection, which reads answers and frames one after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._frames = FrameReader(10_000_000, masked=False)
        self._received: list[Any] = []

    def ask(
        self, query: str, behind: bytes = b"", path: str = "/socket.io/", **headers: str
    ) -> None:
        """Ask for a WebSocket, with the bytes `behind` in the same segment."""
        lines = {
            "Host": "testserver",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": KEY,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        self.get(f"{path}?{query}", behind, lines)

    def get(self, target: str, behind: bytes = b"", lines: dict[str, str] | None = None) -> None:
        """Send a GET."""
        lines = {"Host": "testserver"} if lines is None else lines
        head = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items())]
        self.writer.write("\r\n".join([*head, "", ""]).encode() + behind)

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: status, headers with names in lower case, and body."""
        async with asyncio.timeout(HANG):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status, *lines = head.strip().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines)
            headers = {name.lower(): value for name, value in headers.items()}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(status.split()[1]), headers, body

    async def message(self) -> Any:
        """The next message or close frame."""
        async with asyncio.timeout(HANG):
            while not self._received:
                data = await self.reader.read(65536)
                if not data:
                    raise EOFError
                self._received += self._frames.feed(data)
        return self._received.pop(0)

    async def join(self) -> None:
        """Open a session and the main namespace on an accepted WebSocket."""
        assert (await self.message())[0] == "0"
        self.writer.write(masked("40"))
        assert (await self.message())[:2] == "40"

    async def closed(self) -> int:
        """Read up to the close frame, answer it, and wait for the end. Returns the code."""
        while not isinstance(found := await self.message(), Close):
            pass
        self.writer.write(frame_masked(CLOSE, b"\x03\xe8", MASK))
        async with asyncio.timeout(HANG):
            with contextlib.suppress(ConnectionResetError):  # the server did not read the answer
                assert await self.reader.read() == b""
        return found.code


class Running:
    """One application that is served."""

    def __init__(self, runner: web.AppRunner, port: int) -> None:
        self.runner, self.port = runner, port
        self.clients: list[Raw] = []

    @property
    def connections(self) -> int:
        """How many connections aiohttp keeps in its list."""
        assert self.runner.server is not None
        return len(self.runner.server.connections)

    async def open(self) -> Raw:
        """Connect."""
        client = Raw(*await asyncio.open_connection("127.0.0.1", self.port))
        self.clients.append(client)
        return client

    async def websocket(self, query: str = WEBSOCKET, path: str = "/socket.io/") -> Raw:
        """Connect, and have a WebSocket accepted."""
        client = await self.open()
        client.ask(query, path=path)
        status, headers, _ = await client.answer()
        assert (status, headers["sec-websocket-accept"]) == (101, ACCEPT)
        return client

    async def stop(self) -> None:
        """End the application, and the clients."""
        async with asyncio.timeout(HANG):
            await self.runner.cleanup()
        for client in self.clients:
            client.writer.transport.abort()


def sid_of(body: bytes) -> str:
    """The secret id of the session that an answer opens."""
    return body.decode().partition('"sid":"')[2].partition('"')[0]


async def until(condition: Callable[[], Any]) -> None:
    """Wait for something to be true."""
    async with asyncio.timeout(HANG):
        while not condition():
            await asyncio.sleep(0.005)


async def works(client: Raw) -> None:
    """An event is answered."""
    client.writer.write(masked('420["echo","a€",1]'))
    answer = await client.message()
    assert answer[:3] == "430"
    assert json.loads(answer[3:]) == ["a€", 1]
