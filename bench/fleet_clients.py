"""Clients of a fleet that count the bytes they get: WebSockets with as little work as possible."""

import asyncio
import json
import os
from collections.abc import Sequence

from sides import BenchError

HANDSHAKE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
LIMIT_S = 60.0


class Crowd:
    """Clients whose frames are counted together.

    All events of a turn are the same, so bytes are as good as frames: `size` is that of one.
    """

    def __init__(self) -> None:
        self.received = 0
        self.size = 0
        self._wanted = 0
        self._enough = asyncio.Event()
        self._transports: list[asyncio.BaseTransport] = []

    async def connect(self, port: int, count: int, rooms: Sequence[str]) -> None:
        """Connect `count` clients to a server, in `rooms`; 50 at a time."""
        loop = asyncio.get_running_loop()
        for start in range(0, count, 50):
            made = [
                await loop.create_connection(lambda: Client(self, port, rooms), "127.0.0.1", port)
                for _ in range(min(50, count - start))
            ]
            async with asyncio.timeout(LIMIT_S):
                for transport, client in made:
                    self._transports.append(transport)
                    await client.ready

    def expect(self, events: int) -> None:
        """Begin to count to `events`."""
        self.received, self._wanted = 0, events * self.size
        self._enough.clear()

    async def heard(self) -> None:
        """Wait until all events that are expected are there."""
        try:
            async with asyncio.timeout(LIMIT_S):
                await self._enough.wait()
        except TimeoutError:
            found = f"{self.received} of {self._wanted} bytes"
            raise BenchError(f"clients got {found} in {LIMIT_S:.0f} s") from None

    def count(self, size: int) -> None:
        """Count the bytes of one read."""
        self.received += size
        if self.received >= self._wanted > 0:
            self._enough.set()

    def close(self) -> None:
        """Hang up."""
        for transport in self._transports:
            transport.close()


class Client(asyncio.Protocol):
    """One client; `ready` is done when its namespace is connected."""

    def __init__(self, crowd: Crowd, port: int, rooms: Sequence[str]) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._crowd = crowd
        self._hello = HANDSHAKE.format(port).encode()
        self._connect = b"40" + json.dumps({"rooms": rooms}).encode()
        self._start = b""
        self._asked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the WebSocket."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        """Count, or go on with connecting."""
        if self.ready.done():
            self._crowd.count(len(data))
            return
        self._start += data
        if not self._asked and b'0{"sid"' in self._start:
            self._asked = True
            self._transport.write(masked(self._connect))
        if b'40{"sid"' in self._start:
            self.ready.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so where somebody waits for the connection."""
        if not self.ready.done():
            self.ready.set_exception(BenchError(f"a client was turned away: {self._start!r}"))


def masked(payload: bytes) -> bytes:
    """Return a text frame of a client with less than 126 bytes."""
    assert len(payload) < 126
    key = os.urandom(4)
    body = bytes(byte ^ key[place % 4] for place, byte in enumerate(payload))
    return bytes((0x81, 0x80 | len(payload))) + key + body
