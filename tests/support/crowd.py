"""Many clients of one server on bare connections: how the end of the process finds them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from tests.support.servers import Served

HANG = 60.0
"""Seconds after which a wait is a failure, on a busy machine."""

FULL = 1_000_000
"""Bytes that wait in a client which means that the server reads no more of it."""

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
CLOSE = 0x88
OPCODE = 0x0F

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Told:
    """How clients were told: by a close frame, by the last answer to a poll, or only by the end."""

    websockets: int = 0
    polls: int = 0
    cut_off: list[str] = field(default_factory=list)


class Crowd:
    """WebSockets, also such as read nothing, polls that wait, and requests that are half sent."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.told = Told()
        self._clients: list[asyncio.Task[None]] = []
        self._open: list[asyncio.StreamWriter] = []

    async def join(
        self, *, websockets: int = 0, polls: int = 0, half_posts: int = 0, deaf: int = 0
    ) -> None:
        """Have so many clients connect, and get every one of them where it is to wait."""
        ready = [asyncio.get_running_loop().create_future() for _ in range(websockets + polls)]
        for number, future in enumerate(ready):
            client = self._websocket if number < websockets else self._poll
            self._clients.append(asyncio.create_task(client(future)))
            if number % 20 == 19:  # what a server lets wait in its backlog is limited
                await asyncio.wait_for(future, HANG)
        async with asyncio.timeout(HANG):
            await asyncio.gather(*ready)
        for _ in range(half_posts):
            await self._half_post()
        for _ in range(deaf):
            await self._deaf()

    async def ended(self) -> Told:
        """Wait until every client has seen its end."""
        async with asyncio.timeout(HANG):
            await asyncio.gather(*self._clients)
        return self.told

    def leave(self) -> None:
        """Hang up on whatever is still there."""
        for client in self._clients:
            client.cancel()
        for writer in self._open:
            writer.transport.abort()

    # Clients --------------------------------------------------------------------------------

    async def _connect(self) -> Streams:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.served.port)
        self._open.append(writer)
        return reader, writer

    def _head(self, method: str, sid: str = "", transport: str = "polling") -> str:
        query = f"EIO=4&transport={transport}" + (f"&sid={sid}" if sid else "")
        return f"{method} /socket.io/?{query} HTTP/1.1\r\nHost: {self.served.host}\r\n"

    async def _open_websocket(self) -> Streams:
        reader, writer = await self._connect()
        writer.write(
            (
                self._head("GET", transport="websocket")
                + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + f"Sec-WebSocket-Key: {KEY}\r\n\r\n"
            ).encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        await _frame(reader)
        writer.write(b"\x81\x82\0\0\0\x0040")
        await _frame(reader)
        return reader, writer

    async def _deaf(self) -> None:
        """A WebSocket that reads no answer, until the server reads nothing of it either."""
        _, writer = await self._open_websocket()
        assert isinstance(writer.transport, asyncio.Transport)
        writer.transport.pause_reading()
        message = b'421["ask","' + b"x" * 60_000 + b'"]'
        frame = b"\x81\xfe" + len(message).to_bytes(2) + b"\0\0\0\0" + message
        async with asyncio.timeout(HANG):
            while writer.transport.get_write_buffer_size() < FULL:
                writer.write(frame)
                await asyncio.sleep(0)

    async def _websocket(self, ready: asyncio.Future[None]) -> None:
        reader, writer = await self._open_websocket()
        ready.set_result(None)
        try:
            while (await _frame(reader))[0] != CLOSE:
                pass
            writer.write(b"\x88\x82\0\0\0\0\x03\xe8")
            self.told.websockets += 1
        except (EOFError, OSError) as error:
            self.told.cut_off.append(f"websocket: {error!r}")
        finally:
            writer.close()

    async def _session(self, streams: Streams) -> str:
        first = await self._ask(streams, self._head("GET"))
        sid = re.search(rb'"sid":"([^"]+)"', first)
        assert sid is not None, first
        return sid[1].decode()

    async def _poll(self, ready: asyncio.Future[None]) -> None:
        streams = await self._connect()
        sid = await self._session(streams)
        assert await self._ask(streams, self._head("POST", sid), b"40") == b"ok"
        assert (await self._ask(streams, self._head("GET", sid))).startswith(b"40")
        streams[1].write((self._head("GET", sid) + "\r\n").encode())
        ready.set_result(None)
        try:
            body = await _body(streams[0])
            while body != b"1":
                body = await self._ask(streams, self._head("GET", sid))
            self.told.polls += 1
        except (EOFError, OSError, AssertionError) as error:
            self.told.cut_off.append(f"poll: {error!r}")
        finally:
            streams[1].close()

    async def _half_post(self) -> None:
        streams = await self._connect()
        sid = await self._session(streams)
        streams[1].write((self._head("POST", sid) + "Content-Length: 1000\r\n\r\n4half").encode())

    async def _ask(self, streams: Streams, head: str, body: bytes = b"") -> bytes:
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        streams[1].write(f"{head}{length}\r\n".encode() + body)
        return await _body(streams[0])


async def _body(reader: asyncio.StreamReader) -> bytes:
    """The body of the next answer, whose status must be 200."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.split()[1] == b"200", head
    length = re.search(rb"content-length: (\d+)", head)
    assert length is not None, head
    return await reader.readexactly(int(length[1]))


async def _frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The first byte and the payload of the next frame, which is a short one."""
    first, size = await reader.readexactly(2)
    assert size < 126
    return first, await reader.readexactly(size)
