"""When a WebSocket on a transport of asyncio is read from, and how much in one turn of the loop."""

from __future__ import annotations

import asyncio

from .codec import Codec
from .reader import Reader
from .state import WebSocketState

READER, WRITING, TURN = 1, 2, 4
"""Why reading is paused: the reader is full, the client does not read, or it is others' turn."""

PIECE = 16_384
"""Bytes that are read in one turn of the event loop, unless one frame has more. A transport hands
on 16 times as many, which may be 40,000 pings."""

LOST = WebSocketState.LOST


class PausedReading(asyncio.Protocol):
    """The half of `WebSocketTransport`, which sets the fields, that pauses the reading."""

    __slots__ = (
        "_holds",
        "_loop",
        "_most",
        "_reading",
        "_resuming",
        "_unread",
        "state",
        "transport",
    )

    transport: asyncio.Transport
    state: WebSocketState
    _codec: Codec
    _loop: asyncio.AbstractEventLoop
    _holds: int
    """The reasons not to read."""
    _reading: bool
    _resuming: asyncio.Task[None] | None
    _unread: bytes
    _most: int
    """The bytes that are read at once; none while some are unread."""

    def _read_in_pieces(self, data: bytes) -> None:
        begun = not self._unread
        self._unread += data
        if begun:
            self._read_piece()

    def _read_piece(self) -> None:
        self._most = size = max(PIECE, self._codec.missing)
        piece, self._unread = self._unread[:size], self._unread[size:]
        if self._unread:
            self._pause_for_a_turn()
        self.data_received(piece)
        self._most = 0 if self._unread else PIECE

    def _pause_for_a_turn(self) -> None:
        """Let others have their turn before reading goes on."""
        if not self._holds & TURN:
            self._hold(TURN)
            self._loop.call_soon(self._let_go, TURN)

    def _wait_for(self, reader: Reader) -> None:
        if not self._holds & READER:
            self._hold(READER)
            self._resuming = self._loop.create_task(self._resume_after(reader))

    async def _resume_after(self, reader: Reader) -> None:
        await reader.wait_for_capacity()
        self._resuming = None
        self._let_go(READER)

    def _hold(self, reason: int) -> None:
        """Do not read, until `_let_go` was called for every reason."""
        self._holds |= reason
        if self._reading and not self.transport.is_closing():
            self._reading = False
            self.transport.pause_reading()

    def _let_go(self, reason: int) -> None:
        if self._holds & reason:
            self._holds &= ~reason
            self._go_on()

    def _go_on(self) -> None:
        """Read again, unless there is still a reason not to."""
        if self._unread and not self._holds:
            self._read_piece()
        if not self._holds and not self._reading and self.state is not LOST:
            self._reading = True
            self.transport.resume_reading()
