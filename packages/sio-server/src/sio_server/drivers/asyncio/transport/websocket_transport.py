"""An accepted WebSocket over a transport of asyncio, for frameworks that give theirs away.

The framework, or its adapter, answers the opening handshake and chooses the codec. From then on
this class reads frames, answers pings and closes as RFC 6455 says, and is the socket of the
driver: a Socket.IO connection on it has no task of its own, messages go from the transport to the
driver and frames from the driver to the transport.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Any, cast

from sio_core import Prepared
from sio_core.transitions import advance
from sio_core.websocket import BROKEN, Close, Failed, Ping, Pong, Received

from ..websockets.own_socket import OwnSocketConnection
from .codec import Codec
from .cut_off import CutOff
from .reader import Reader
from .state import WEBSOCKET, WebSocketInput, WebSocketState

READER, WRITING, TURN = 1, 2, 4
"""Why reading is paused: the reader is full, the client does not read, or it is others' turn."""

PIECE = 16_384
"""Bytes that are read in one turn of the event loop, unless one frame has more. A transport hands
on 16 times as many, which may be 40,000 pings."""

RESTART = 1012
"""The close code of a server that stops (IANA's registry of RFC 6455, section 11.7)."""

OPEN = WebSocketState.OPEN
LOST = WebSocketState.LOST
OVER = (WebSocketState.ENDING, LOST)


class WebSocketTransport(asyncio.Protocol):
    """This is one accepted WebSocket on `transport`; `codec` reads and writes its frames.

    The adapter calls `take_over` with a connection of the driver, or `start` where `reader` is to
    get the messages. `lost` is called once, when the connection is gone; `pong` is called
    with the payload of each pong, where it is set.
    """

    __slots__ = (
        "_codec",
        "_cut_off",
        "_full",
        "_holds",
        "_loop",
        "_lost",
        "_most",
        "_ping_payload",
        "_reader",
        "_reading",
        "_resuming",
        "_unread",
        "close_code",
        "close_reason",
        "pong",
        "state",
        "transport",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        codec: Codec,
        lost: Callable[[WebSocketTransport], None],
        reader: Reader | None = None,
    ) -> None:
        self.transport = transport
        self.state = OPEN
        self.close_code, self.close_reason = 1006, ""
        """What the reader may be told of the end."""
        self.pong: Callable[[bytes], None] | None = None
        self._codec = codec
        self._lost = lost
        self._reader = reader
        self._loop = asyncio.get_running_loop()
        self._reading = True
        self._holds = 0
        self._unread = b""
        self._most = PIECE  # bytes that are read at once; none while some are unread
        self._resuming: asyncio.Task[None] | None = None
        self._full = False
        self._ping_payload: bytes | None = None
        self._cut_off: CutOff | None = None
        send_at_once(transport)

    # For the adapter ------------------------------------------------------

    def take_over(self, connection: OwnSocketConnection, early: bytes = b"") -> None:
        """Hand messages to `connection` from now on; `early` are bytes of frames that came already.

        The caller must have accepted the WebSocket with the connection's headers.
        """
        self._codec.limit(connection.max_size)
        self._reader = connection
        connection.opened(self)
        if self._full:
            connection.pause()
        if self.state in OVER:
            self._end_reader(1006)
        self.start(early)

    def start(self, early: bytes = b"") -> None:
        """Become the protocol of the transport, and begin to read with `early`."""
        if self.state is LOST:
            return
        self.transport.set_protocol(self)
        if early and self.state not in OVER:
            self.data_received(early)

    def send(self, message: str | bytes) -> None:
        """Write one message; the caller asks for `state` before, and heeds `Reader.pause`."""
        codec = self._codec
        data = codec.text(message) if isinstance(message, str) else codec.binary(message)
        self.transport.write(data)

    def ping(self, payload: bytes) -> None:
        """Write a ping with at most 125 bytes, unless a close frame was written before."""
        if self.state is OPEN:
            self.transport.write(self._codec.ping(payload))

    def close(self, code: int, reason: str = "") -> None:
        """Close the WebSocket and tell the reader; a client that never answers is cut off."""
        self._write_close(code, reason)
        self._end_reader(code, reason)
        self._hang_up_later()

    def end(self, code: int, reason: str = "") -> None:
        """Tell client and reader of the end, and end the connection once all is written."""
        self._end_reader(code, reason)
        self._write_close(code, reason)
        self.hang_up()

    def shutdown(self) -> None:
        """End the connection since the web server stops: the client may come back later."""
        self._may_cut_off().rounds = 1
        self.end(RESTART)

    def hang_up(self) -> None:
        """End the connection once all is written; one that no longer takes anything is cut off."""
        if self.state not in OVER:
            self.state = advance(WEBSOCKET, self.state, WebSocketInput.END)
        self.transport.close()
        if self.transport.get_write_buffer_size():
            self._hang_up_later()

    # For the driver -------------------------------------------------------

    def send_all(self, messages: Sequence[Prepared]) -> None:
        """Write whole messages, framed once for all recipients."""
        if len(messages) == 1:
            self.transport.write(messages[0].frame_bytes())
        else:
            self.transport.write(b"".join([message.frame_bytes() for message in messages]))

    def finish(self, code: int) -> None:
        """Close the WebSocket; a client that never answers is cut off."""
        try:
            self._write_close(code)
        finally:
            self._hang_up_later()

    # What the client sends ------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Read frames: a piece in this turn of the event loop, the rest in the next ones."""
        if len(data) > self._most:
            self._read_in_pieces(data)
            return
        reader = self._reader
        for message in self._codec.feed(data):
            kind = message.__class__
            if kind is str or kind is bytes:
                if (
                    self.state is OPEN
                    and reader is not None
                    and reader.receive(cast("str | bytes", message))
                ):
                    self._wait_for(reader)
            else:
                self._control(message)
        if self._ping_payload is not None:
            self._answer_ping()

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

    def _control(self, message: Received | None) -> None:
        if isinstance(message, Ping):
            # RFC 6455, section 5.5.3: of several pings that were not answered yet "only the most
            # recently processed" one needs an answer. So there is never more than one pong.
            self._ping_payload = message.payload
        elif isinstance(message, Pong):
            if self.pong is not None:
                self.pong(message.payload)
        elif isinstance(message, Close):
            self._end_reader(message.code, message.reason)
            self._write_close(1000 if message.code == 1005 else message.code)
            self.hang_up()
        elif isinstance(message, Failed):
            self.end(message.code, message.reason)

    def _answer_ping(self) -> None:
        """Answer the last ping, unless the client does not take what it was sent before."""
        payload = self._ping_payload
        if payload is None or self._full or self.state is LOST:
            return
        self._ping_payload = None
        if self.state is OPEN:
            self.transport.write(self._codec.pong(payload))

    # Whether it is read from ------------------------------------------------

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

    # The transport ----------------------------------------------------------

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self.state = advance(WEBSOCKET, self.state, WebSocketInput.LOST)
        self._unread = b""
        if self._cut_off is not None:
            self._cut_off.cancel()
        self._lost(self)
        self._end_reader(1005)

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        self._full = True
        # A client that does not read is not read from: answers to it would have to wait.
        self._hold(WRITING)
        if self._reader is not None:
            self._reader.pause()

    def resume_writing(self) -> None:
        """The transport's buffer has room again."""
        self._full = False
        if self._reader is not None:
            self._reader.resume()
        self._answer_ping()
        self._let_go(WRITING)

    # The end ----------------------------------------------------------------

    def _end_reader(self, code: int, reason: str = "") -> None:
        """Tell the reader that no message comes any more; the first reason counts."""
        reader, self._reader = self._reader, None
        if reader is not None:
            self.close_code, self.close_reason = code, reason
            reader.lost(BROKEN.get(code, ""))

    def _write_close(self, code: int, reason: str = "") -> None:
        self._answer_ping()
        if self.state is OPEN:
            self.state = advance(WEBSOCKET, OPEN, WebSocketInput.CLOSE)
            self.transport.write(self._codec.close(code, reason))

    def _hang_up_later(self) -> None:
        if self.state is LOST:
            return
        # The client's close frame may come after messages that are not needed any more: read on.
        self._holds &= TURN
        self._go_on()
        self._may_cut_off().arm()

    def _may_cut_off(self) -> CutOff:
        if self._cut_off is None:
            self._cut_off = CutOff(self.transport, self._time_over)
        return self._cut_off

    def _time_over(self) -> None:
        self.state = advance(WEBSOCKET, self.state, WebSocketInput.TIME_OVER)
        self.hang_up()


def send_at_once(transport: asyncio.BaseTransport) -> None:
    """Have a short segment leave although an earlier one is not acknowledged yet."""
    raw: Any = transport.get_extra_info("socket")
    if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
