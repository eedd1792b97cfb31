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
from typing import Any

from sio_core import Prepared
from sio_core.transitions import advance
from sio_core.websocket import BROKEN, Close, Failed, Ping, Pong, Received

from ..websockets.own_socket import OwnSocketConnection
from .codec import Codec
from .cut_off import CutOff
from .paused_reading import LOST, PIECE, TURN, WRITING, PausedReading
from .reader import Reader
from .state import WEBSOCKET, WebSocketInput, WebSocketState

RESTART = 1012
"""The close code of a server that stops (IANA's registry of RFC 6455, section 11.7)."""

UVLOOP = "uvloop.loop"
"""The module of uvloop's transports."""

OPEN = WebSocketState.OPEN
OVER = (WebSocketState.ENDING, LOST)


class WebSocketTransport(PausedReading):
    """This is one accepted WebSocket on `transport`; `codec` reads and writes its frames.

    The adapter calls `take_over` with a connection of the driver, or `start` where `reader` is to
    get the messages. `lost` is called once, when the connection is gone; `pong` is called
    with the payload of each pong, where it is set.
    """

    __slots__ = (
        "_codec",
        "_cut_off",
        "_full",
        "_lost",
        "_ping_payload",
        "_reader",
        "close_code",
        "close_reason",
        "pong",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        codec: Codec,
        lost: Callable[[WebSocketTransport], None],
        reader: Reader | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.transport = transport
        self.state = OPEN
        self.close_code, self.close_reason = 1006, ""
        """What the reader may be told of the end."""
        self.pong: Callable[[bytes], None] | None = None
        self._codec = codec
        self._lost = lost
        self._reader = reader
        self._loop = loop or asyncio.get_running_loop()
        self._reading = True
        self._holds = 0
        self._unread = b""
        self._most = PIECE
        self._resuming: asyncio.Task[None] | None = None
        self._full = False
        self._ping_payload: bytes | None = None
        self._cut_off: CutOff | None = None
        send_at_once(transport)

    # For the adapter ------------------------------------------------------

    def take_over(
        self, connection: OwnSocketConnection, early: bytes = b"", head: bytes = b""
    ) -> None:
        """Hand messages to `connection` from now on; `early` are bytes of frames that came already.

        The caller must have accepted the WebSocket with the connection's headers, or `head` is what
        accepts it: it leaves in one write with what the connection has to say.
        """
        self._codec.limit(connection.max_size)
        self._reader = connection
        if head:
            messages = connection.opened_with(self)
            self.transport.write(b"".join([head, *[one.frame_bytes() for one in messages]]))
        else:
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
                if self.state is not OPEN or reader is None:
                    continue
                if reader.receive(message):  # type: ignore[arg-type]  # its class is one of two
                    self._wait_for(reader)
            else:
                self._control(message)
        if self._ping_payload is not None:
            self._answer_ping()

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

    # The transport ----------------------------------------------------------

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self.state = advance(WEBSOCKET, self.state, WebSocketInput.LOST)
        self._unread = b""
        if self._cut_off is not None:
            self._cut_off.cancel()
            self._cut_off = None  # no reference cycle is left
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
    # asyncio does that for sockets of which it knows that they are TCP's: not for those that a web
    # server has bound itself. uvloop does it for all, and to do it again costs two system calls.
    if type(transport).__module__ == UVLOOP:
        return
    raw: Any = transport.get_extra_info("socket")
    if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
