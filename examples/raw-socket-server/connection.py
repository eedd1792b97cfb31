"""One TCP connection: one HTTP request, which may become a WebSocket; then it is closed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from http1 import parse_head, write_head
from websocket import serve_websocket

from sio_core import Request, Response
from sio_core.engineio import Exchange, ReadBody, Suspend, UpgradeToWebSocket

if TYPE_CHECKING:
    from server import Chat

MAX_HEAD = 16_384
"""Bytes that the head of a request may have."""
PATIENCE = 25.0
"""Seconds in which a client must send its request, and take what it is sent."""


class Connection:
    """One TCP connection; `ready` is set when its client or the core has something new."""

    def __init__(
        self, chat: Chat, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.chat, self.reader, self.writer = chat, reader, writer
        self.ready = asyncio.Event()

    async def serve(self) -> None:
        """Serve the connection to its end; a client that is gone or too slow ends it early."""
        with suppress(OSError, EOFError):
            try:
                async with asyncio.timeout(PATIENCE):
                    head = await self.reader.readuntil(b"\r\n\r\n")
                request = parse_head(head, self.writer.get_extra_info("peername")[0])
            except (ValueError, asyncio.LimitOverrunError):
                await self.respond(Response(400))
            else:
                await self.answer(request)
        self.writer.close()

    async def answer(self, request: Request) -> None:
        """Answer a request, doing what the core says step by step."""
        enter = self.chat.enter
        exchange = self.chat.engine.exchange(request)
        exchange.driver = self.ready
        try:
            enter(exchange.start)
            if isinstance(exchange.step, ReadBody):
                await self.read_body(exchange, exchange.step.limit)
            if isinstance(exchange.step, Suspend):
                hung_up = self.read()
                await self.ready.wait()
                if hung_up.cancel():
                    enter(exchange.resume)
        finally:
            enter(exchange.lost)  # which means nothing once there is an answer
        if isinstance(exchange.step, UpgradeToWebSocket):
            await serve_websocket(self, exchange.step, request)
        elif isinstance(exchange.step, Response):
            await self.respond(exchange.step)

    async def read_body(self, exchange: Exchange, limit: int) -> None:
        """Read the body of a POST request; one whose length is not known counts as too large."""
        length = exchange.request.header("content-length")
        if not length.isdecimal() or int(length) > limit:
            return self.chat.enter(exchange.body_too_large)
        async with asyncio.timeout(PATIENCE):
            body = await self.reader.readexactly(int(length))
        return self.chat.enter(exchange.receive_body, body)

    async def respond(self, response: Response) -> None:
        """Write a response, whose end is that of the connection."""
        head = write_head(response.status, (*response.headers, ("connection", "close")))
        await self.write(head, response.body)

    def read(self) -> asyncio.Task[bytes]:
        """Begin to read; `ready` is set once there is something, or nothing at the end."""
        reading = asyncio.create_task(self._read())
        reading.add_done_callback(lambda _: self.ready.set())
        return reading

    async def _read(self) -> bytes:
        with suppress(OSError):
            return await self.reader.read(65536)
        return b""

    async def write(self, *data: bytes) -> None:
        """Write, and wait until the client has taken most of it."""
        self.writer.write(b"".join(data))
        async with asyncio.timeout(PATIENCE):
            await self.writer.drain()
