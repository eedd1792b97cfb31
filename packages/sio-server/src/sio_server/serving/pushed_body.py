"""The body of one request, as a framework hands it on piece by piece, and its client's end."""

from __future__ import annotations

import asyncio
from contextlib import suppress

LINGER = 1.0
"""Seconds in which a client that was answered early may send the rest of its body."""


class PushedBody:
    """What has come of a body; the framework waits with it until the driver reads."""

    __slots__ = ("_change", "_chunks", "_gone", "_limit", "_read", "_size", "_whole")

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0
        self._limit: int | None = None
        self._whole = False
        self._gone = False
        self._read: asyncio.Future[None] | None = None
        self._change: asyncio.Future[None] | None = None

    # From the framework ---------------------------------------------------

    def feed(self, chunk: bytes) -> asyncio.Future[None] | None:
        """Take a piece. The framework is to wait for what is returned before the next."""
        # What comes within one turn of the event loop is taken up to the limit, and no further.
        if self._limit is None or self._size <= self._limit:
            self._chunks.append(chunk)
        self._size += len(chunk)
        _resolve(self._change)
        if self._limit is None and self._read is None:
            self._read = asyncio.get_running_loop().create_future()
        return self._read

    def end(self) -> None:
        """The body is whole."""
        self._whole = True
        _resolve(self._change)

    def lose(self) -> None:
        """The client has hung up."""
        self._gone = True
        _resolve(self._change)

    def let_go(self) -> None:
        """Have the framework wait no more."""
        read, self._read = self._read, None
        _resolve(read)

    # For the driver -------------------------------------------------------

    async def read(self, limit: int, max_chunks: int) -> bytes | None:
        """Return the body, or None as soon as it has more bytes or chunks than it may.

        Raises `ConnectionError` when the client hangs up first.
        """
        self._limit = limit
        self.let_go()
        while self._size <= limit and len(self._chunks) <= max_chunks:
            if self._whole:
                return b"".join(self._chunks)
            if self._gone:
                raise ConnectionError("the client hung up")
            await self._next_change()
        return None

    async def discard(self) -> None:
        """Let the rest come: a connection that ends with unread bytes takes the answer with it."""
        if self._whole or self._gone:
            return
        self._chunks.clear()
        self._limit = -1
        self.let_go()
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                while not self._whole and not self._gone:
                    await self._next_change()

    async def gone(self) -> None:
        """Return when the client has hung up."""
        while not self._gone:
            await self._next_change()

    async def _next_change(self) -> None:
        self._change = asyncio.get_running_loop().create_future()
        await self._change


def _resolve(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)
