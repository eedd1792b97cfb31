"""One WebSocket of the asyncio driver, of which the web server owns the socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Iterator
from types import coroutine
from typing import Any

from sio_core import Frame
from sio_core.engineio import UpgradeToWebSocket

from ...websocket import CLOSE_GRACE, CLOSING
from ..entrance.client_load import ClientLoad
from ..entrance.entrance import Entrance
from .receiver import Receiver

WRITE_GRACE = 5.0
"""Seconds in which a client must take at least one message once its WebSocket is to be closed."""

WRITE_ROUNDS = 6
"""Times `WRITE_GRACE` that it gets at most, however slowly it reads."""


class Connection(Receiver):
    """A `Connection` is one WebSocket, whose frames an adapter hands in and writes.

    `write(frame)` and `close(code)` are the web server's; both may wait. The
    adapter accepts the WebSocket with `headers`, calls `opened`, then
    `receive` for each frame, and `lost` once at the end, however it ends.
    When `receive` returns true it awaits `wait_for_capacity` before it reads on.
    """

    __slots__ = (
        "_broken",
        "_checks_left",
        "_close",
        "_closed",
        "_progress_check",
        "_queue_up",
        "_reader",
        "_write",
        "_writer",
        "_writing",
        "_written",
    )

    def __init__(self, entrance: Entrance[Any], step: UpgradeToWebSocket, load: ClientLoad) -> None:
        super().__init__(entrance, step, load)
        self._write: Callable[[Frame], Awaitable[None]] | None = None
        self._close: Callable[[int], Awaitable[None]] | None = None
        self._writing = False
        self._queue_up = entrance.web_server_writers.add
        self._writer: asyncio.Task[None] | None = None
        self._reader: asyncio.Task[Any] | None = None
        self._closed = False
        self._broken = False
        self._progress_check: asyncio.TimerHandle | None = None
        self._checks_left = WRITE_ROUNDS
        self._written = 0

    # For the adapter ------------------------------------------------------

    def opened(
        self,
        write: Callable[[Frame], Awaitable[None]],
        close: Callable[[int], Awaitable[None]],
    ) -> None:
        """The WebSocket is accepted."""
        self._write = write
        self._close = close
        self._reader = asyncio.current_task()
        self._begin()
        if self._link.closing:
            self.wake()
            self._entrance.web_server_writers.write(self._entrance.loop)

    def lost(self, error: str = "") -> None:
        """The WebSocket is gone; `error` says what broke it, if anything did."""
        self._broken = True
        self._reader = None
        if self._writer is not None and not self._closed:
            self._writer.cancel()
        self._end(error)

    @property
    def ending(self) -> bool:
        """Return true once this side is done with the WebSocket: a cancelled read then ends it."""
        return self._closed or self._broken

    # For the driver -------------------------------------------------------

    @property
    def end_sent(self) -> bool:
        """Return true once the web server is closing the WebSocket, or the WebSocket is gone."""
        return self._closed or self._broken

    def wake(self) -> None:
        """The link has output, which is written by the next of the entrance's writers."""
        if not self._writing:
            self._writing = True
            self._queue_up(self)
        elif self._link.closing:
            self._limit_writing()

    def write_output(self) -> Coroutine[Any, Any, None] | None:
        """Write what there is, until the web server waits. Returns what is then to be awaited."""
        if self._writer is not None:
            return None  # which goes on with the output
        self._writing = False  # output that comes meanwhile is written after this
        link = self._link
        if not self._broken:
            write = self._write
            assert write is not None
            try:
                frames = link.take_frames()
                if self.load.output_waiter is not None and frames:
                    self.load.note_output_taken()
                rest = iter(frames)
                for frame in rest:
                    # Nearly always a `send` does not wait: the bytes go to the transport's buffer.
                    # Then the iterator is at its end, and no exception says so: 0.1 µs of each.
                    sending: Iterator[Any] = write(frame).__await__()
                    for waits_for in sending:
                        return self._write_rest(_resume(sending, waits_for), rest)
            except Exception as error:
                self._fail(error)
        if link.state is CLOSING and not self._closed and not self._broken:
            return self._write_rest(None, ())
        return None

    def note_waiting(self, writer: asyncio.Task[None]) -> None:
        """The web server makes `writer` wait, which goes on with the output."""
        self._writer = writer
        self._writing = True
        self._link.blocked = True
        self._entrance.writers += 1
        self._entrance.tasks.add(writer)
        writer.add_done_callback(self._writer_done)
        if self._link.closing:
            self._limit_writing()

    async def _write_rest(self, rest: Awaitable[None] | None, frames: Iterable[Frame]) -> None:
        """Write what waits, for as long as there is something; then close if that is due."""
        assert self._write is not None
        assert self._close is not None
        try:
            if rest is not None:
                await rest
            while True:
                for frame in frames:
                    self._written += 1
                    await self._write(frame)
                frames = self._link.take_frames()
                self.load.note_output_taken()
                if not frames:
                    break
            if self._link.closing and not self._closed:
                self._closed = True
                # Before the closing: granian does not close what is still being read.
                self._stop_reader_later()
                await self._close(self._link.close_code)
        except Exception as error:
            self._fail(error)
        finally:
            self._end_waiting()

    def _writer_done(self, writer: asyncio.Task[None]) -> None:
        if writer is self._writer:  # it was cancelled before it began
            self._end_waiting()

    def _end_waiting(self) -> None:
        self._writing = False
        writer, self._writer = self._writer, None
        assert writer is not None
        if self._progress_check is not None:
            self._progress_check.cancel()
            self._progress_check = None
        self._link.blocked = False
        self._entrance.tasks.discard(writer)
        # The writers of an event loop that has ended are not counted any more.
        if not writer.get_loop().is_closed():
            self._entrance.writers -= 1

    def _limit_writing(self) -> None:
        """The WebSocket is to be closed: the web server may not wait for its client for ever."""
        if self._progress_check is None and self._writer is not None:
            self._check_progress_later()

    def _check_progress_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._progress_check = loop.call_later(WRITE_GRACE, self._check_progress, self._written)

    def _check_progress(self, written: int) -> None:
        """Cut off a client that takes nothing, or that has taken long enough."""
        self._checks_left -= 1
        if self._writer is None:
            return
        if self._written > written and self._checks_left > 0:
            self._check_progress_later()
            return
        self._entrance.log.debug("a WebSocket was cut off that takes nothing")
        self._writer.cancel()
        self._stop_reader()
        self._broken = True
        self._entrance.input(self._link.lost)

    def _stop_reader_later(self) -> None:
        """A client that never answers the closing does not keep its connection for that."""
        if self._reader is not None:
            asyncio.get_running_loop().call_later(CLOSE_GRACE, self._stop_reader)

    def _stop_reader(self) -> None:
        if self._reader is not None:
            self._reader.cancel()

    def _fail(self, error: Exception) -> None:
        """Writing failed: the connection is gone, whatever its reader still believes."""
        if not self._broken:
            self._broken = True
            self._log_failure(error)
            self._entrance.input(self._link.lost)


@coroutine
def _resume(iterator: Any, waits_for: Any) -> Generator[Any, Any, None]:
    """Go on with what has begun: the first thing that it waits for is already known."""
    while True:
        try:
            value = yield waits_for
        except BaseException as error:
            throw = getattr(iterator, "throw", None)
            if throw is None:
                raise
            try:
                waits_for = throw(error)
            except StopIteration:
                return
        else:
            send = getattr(iterator, "send", None)
            try:
                waits_for = next(iterator) if send is None else send(value)
            except StopIteration:
                return
