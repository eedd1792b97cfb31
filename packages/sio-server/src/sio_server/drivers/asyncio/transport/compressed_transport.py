"""A WebSocket over a transport of asyncio whose messages are compressed.

A few bytes can become many messages of a megabyte. So one message at a time is inflated and handed
on, and after a quarter of a megabyte the event loop turns to the others. It also does so after a
thousand frames, whatever is in them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

from sio_core import Prepared
from sio_core.websocket import Received

from .codec import Codec
from .paused_reading import READER, TURN, WRITING
from .reader import Reader
from .websocket_transport import OPEN, WebSocketTransport

INFLATED_A_TURN = 1 << 18
"""Bytes of inflated messages that are handed on before the event loop turns to the others."""
FRAME = INFLATED_A_TURN >> 10
"""Bytes that a frame counts beside what is in it."""


class CompressedTransport(WebSocketTransport):
    """`WebSocketTransport` for a codec that inflates each message when it is asked for."""

    __slots__ = ("_rest",)

    def __init__(
        self,
        transport: asyncio.Transport,
        codec: Codec,
        lost: Callable[[WebSocketTransport], None],
        reader: Reader | None = None,
    ) -> None:
        super().__init__(transport, codec, lost, reader)
        self._rest: Iterator[Received | None] | None = None
        """What was received and not handed on."""

    def data_received(self, data: bytes) -> None:
        """Read frames."""
        # While messages wait in `_rest`, what `feed` returns begins with them.
        waits, self._rest = self._rest is not None, iter(self._codec.feed(data))
        if not waits:
            self._inflate()

    def _inflate(self) -> None:
        rest, self._rest = self._rest, None
        assert rest is not None
        left = INFLATED_A_TURN
        for message in rest:
            left -= FRAME
            pauses = TURN
            if isinstance(message, str | bytes):
                self._hand_on(message)
                left -= len(message)
                pauses |= READER | WRITING
            else:
                self._control(message)
            if left < 0:
                self._pause_for_a_turn()
            if self._holds & pauses:
                self._rest = rest
                break
        self._answer_ping()

    def _hand_on(self, message: str | bytes) -> None:
        if self.state is OPEN and self._reader is not None and self._reader.receive(message):
            self._wait_for(self._reader)

    def _go_on(self) -> None:
        if self._rest is not None and not self._holds:
            self._inflate()
        super()._go_on()

    def send_all(self, messages: Sequence[Prepared]) -> None:
        """Write whole messages, each compressed for this client."""
        codec = self._codec
        self.transport.write(
            b"".join(
                codec.text(frame) if isinstance(frame, str) else codec.binary(frame)
                for message in messages
                for frame in message.frames
            )
        )
