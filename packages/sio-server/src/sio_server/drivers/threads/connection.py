"""One WebSocket of the blocking driver, on a socket of our own.

The thread of its request reads; a call of `emit` writes, for as long as that does
not wait. Only while the socket's buffer is full has the connection a writer of
its own; what is sent meanwhile stays in the session, within its limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sio_core import Frame, Prepared
from sio_core.engineio import UpgradeToWebSocket
from sio_core.websocket import frame_close, frame_pong

from ..entrance import run_waited
from ..shared import LONG
from ..websocket import CLOSE_GRACE, CLOSING, LARGE, WebSocket
from .entrance.client_load import ClientLoad
from .entrance.entrance import Entrance


class OwnSocket(Protocol):
    """An `OwnSocket` is written to by one thread while another one reads: adapters make it."""

    def write(self, data: bytes | memoryview) -> int:
        """Write what can be written without waiting; returns how many bytes. Raises OSError."""
        ...

    def wait_writable(self, seconds: float) -> None:
        """Return when there is room for more bytes, or after `seconds`. Raises OSError."""
        ...

    def shut(self) -> None:
        """End both directions, so that a read in progress returns; never raises."""
        ...


class BlockingConnection(WebSocket[Entrance[Any], ClientLoad]):
    """A `BlockingConnection` is one WebSocket, whose messages an adapter hands in.

    The adapter answers the request with `headers`, calls `opened`, then
    `receive` for each message, and `lost` once at the end, however it ends.
    """

    __slots__ = (
        "_backlog",
        "_broken",
        "_close_sent",
        "_closing",
        "_lock",
        "_lost",
        "_messages",
        "_output_came",
        "_pong",
        "_socket",
    )

    def __init__(self, entrance: Entrance[Any], step: UpgradeToWebSocket, load: ClientLoad) -> None:
        super().__init__(entrance, step, load)
        self._socket: OwnSocket | None = None
        # Held while bytes are written; `_output_came` says that there is something to write.
        self._lock = entrance.concurrency.lock()
        self._output_came = False
        # What was taken from the link and is written next, by the holder of the lock.
        self._messages: Sequence[Prepared] = ()
        self._closing = False
        self._backlog: memoryview | None = None
        self._pong: bytes | None = None
        self._close_sent = False
        self._broken = False
        self._lost = False

    # For the adapter ------------------------------------------------------

    def opened(self, socket: OwnSocket) -> None:
        """The WebSocket is accepted."""
        self._socket = socket
        self._entrance.connections.add(self)
        self._begin()
        self.wake()

    def receive(self, frame: Frame) -> None:
        """One message came in; returns when the next one may."""
        load, size = self.load, len(frame)
        if not self._close_sent:
            if size > LONG:
                run_waited(self._entrance.read_long(load, self._link.receive, frame))
            else:
                self._entrance.receive(self._link, frame)
            if load.pending >= load.limit:
                run_waited(self._entrance.wait_for_capacity(self._link.session))
        self._slice_left -= 1 + (size >> LARGE)
        if self._slice_left <= 0:
            self.let_others_run()

    def pong(self, payload: bytes) -> None:
        """Answer a ping of the WebSocket itself; while the client does not read, only the last."""
        self._pong = frame_pong(payload)
        self.wake()
        self._slice_left -= 1
        if self._slice_left <= 0:
            self.let_others_run()

    def let_others_run(self) -> None:
        """Let others have their turn. The adapter calls it where much came that is no message."""
        self._slice_left = ClientLoad.SLICE
        self._entrance.let_others_run()

    def end(self, code: int, reason: str = "") -> None:
        """Send a close frame, unless one was sent; soon after, reading comes to its end."""
        with self._lock:
            if not self._close_sent:
                self._close_sent = True
                if self._backlog is None:
                    self._write_or_keep(frame_close(code, reason))
        self._entrance.call_later(CLOSE_GRACE, self.abort)

    def lost(self, error: str = "") -> None:
        """The WebSocket is gone; `error` says what broke it. After this nothing is written."""
        with self._lock:
            self._broken = self._lost = True
        self._entrance.connections.discard(self)
        self._end(error)
        self.load.note_output_taken()

    # For the driver -------------------------------------------------------

    @property
    def end_sent(self) -> bool:
        """Return true once the WebSocket is gone: before, its client may answer the close frame."""
        return self._lost

    def wake(self) -> None:
        """The link has output: write it. A thread that is writing already looks again."""
        with self._entrance.lock:
            claimed = self.claim()
        if claimed:
            self.flush()

    def claim(self) -> bool:
        """Take the output and the right to write it. Call it with the driver's lock held.

        Returns false where another thread is writing, which then looks again. After true the
        caller releases the driver's lock and calls `flush`.
        """
        self._output_came = True
        if not self._lock.acquire(False):
            return False
        self._output_came = False
        if self._backlog is None and not self._broken and self._socket is not None:
            link = self._link
            self._messages = link.take()
            self._closing = link.state is CLOSING
        return True

    def flush(self) -> None:
        """Write what was claimed, and what the link got meanwhile."""
        while True:
            try:
                messages, self._messages = self._messages, ()
                if self._close_sent:
                    pass
                elif len(messages) == 1 and self._pong is None and not self._closing:
                    # What nearly always comes by here: `_write_claimed`, without the call. None is
                    # claimed before the socket takes it.
                    socket, data = self._socket, messages[0].frame_bytes()
                    assert socket is not None
                    try:
                        written = socket.write(data)
                    except OSError as error:
                        self._fail(error)
                    else:
                        if written < len(data):
                            self._keep(data, written)
                elif self._backlog is None and not self._broken and self._socket is not None:
                    self._write_claimed(messages)
                if messages and self.load.output_waiter is not None:
                    self.load.note_output_taken()
            finally:
                self._lock.release()
            if not self._output_came:
                return
            with self._entrance.lock:
                if not self.claim():
                    return

    def abort(self) -> None:
        """End the connection at once."""
        with self._lock:
            self._shut()

    def _shut(self) -> None:
        # Once it is lost, the socket is the web server's again, and may be another client's.
        if self._socket is not None and not self._lost:
            self._socket.shut()

    def _write_claimed(self, messages: Sequence[Prepared]) -> None:
        # Made here, without the driver's lock: what is large takes a while.
        data = b"".join([message.frame_bytes() for message in messages])
        if self._pong is not None:
            data, self._pong = self._pong + data, None
        if data:
            self._write_or_keep(data)
        if self._closing and self._backlog is None and not self._broken:
            self._close_sent = True
            self._write_or_keep(frame_close(self._link.close_code))
            self._entrance.call_later(CLOSE_GRACE, self.abort)

    def _write_or_keep(self, data: bytes) -> None:
        """Write, and leave what does not go at once to a writer. Call it with the lock held."""
        assert self._socket is not None
        if self._broken:
            return
        try:
            written = self._socket.write(data)
        except OSError as error:
            self._fail(error)
            return
        if written < len(data):
            self._keep(data, written)

    def _keep(self, data: bytes, written: int) -> None:
        """Leave what did not go at once to a writer, with the lock held."""
        self._backlog = memoryview(data)[written:]
        self._link.blocked = True
        self._entrance.count_writer(1)
        self._entrance.workers.run(self._write_backlog)

    def _write_backlog(self) -> None:
        """Write what waits, in a thread or greenlet of its own."""
        try:
            deadline: float | None = None
            while not self._write_more():
                if self._close_sent or self._link.closing:
                    now = self._entrance.now()
                    deadline = now + CLOSE_GRACE if deadline is None else deadline
                    if now >= deadline:
                        self.abort()
                        return
        except (OSError, ValueError) as error:  # ValueError: the socket was closed meanwhile
            with self._lock:
                self._fail(error)
        finally:
            self._entrance.count_writer(-1)
        self.wake()

    def _write_more(self) -> bool:
        """Write more once the socket takes it. Returns true if nothing is left to write."""
        assert self._socket is not None
        self._socket.wait_writable(CLOSE_GRACE)
        with self._lock:
            backlog = self._backlog
            if self._broken or backlog is None:
                return True
            backlog = backlog[self._socket.write(backlog) :]
            self._backlog = backlog or None
            self._link.blocked = bool(backlog)
            return not backlog

    def _fail(self, error: Exception) -> None:
        """Shut the socket after a failed write, so that the reader ends, with the lock held."""
        self._broken = True
        self._log_failure(error)
        self._shut()
