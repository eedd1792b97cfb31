"""A pipe under asyncio: TCP, or TLS over it, as a protocol of the event loop.

It has no task. Whatever becomes of a pipe is reported once, and nothing is reported
of one that was told to close but that it is closed.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Coroutine
from typing import Any, Final, cast

from ...attempts import time_limits
from ...user_agent.orders import OpenPipe
from ..line import FULL_BYTES, Line
from ..pipe_life import ENDED, PipeLife
from ..pipe_state import PipeInput, PipeState
from .dialling import dial
from .taskless import Taskless

OPENING: Final = frozenset((PipeState.CONNECTING, PipeState.SECURING))
"""The states of a pipe that is on the way to stand."""


def readable(descriptor: int) -> bool:
    """Whether a socket has something to read just now, if only its end."""
    if not hasattr(select, "poll"):  # as on Windows
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


class AsyncPipe(PipeLife, asyncio.Protocol):
    """An `AsyncPipe` is one pipe of a line, on the event loop `loop`."""

    def __init__(
        self, order: OpenPipe, line: Line[AsyncPipe], loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(order, line)
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._steps: Taskless[None] | None = None
        """What opens or secures it."""
        self._cut_off: asyncio.TimerHandle | None = None

    # Orders -----------------------------------------------------------------

    def begin(self) -> None:
        """Begin to connect, in the background."""
        self._run(self._open())

    def begin_tls(self, server_name: str) -> None:
        """Begin TLS in the background."""
        self._run(self._secure(server_name))

    def write(self, data: bytes, reused: bool = False) -> None:
        """Send bytes; with `reused` nothing on a pipe that its peer has closed, which is `stale`.

        A pipe that has ended drops them.
        """
        if self._transport is None:
            return
        if reused and self._has_news(self._transport):
            self.move(PipeInput.END)
            self._transport.abort()
            self._loop.call_soon(self.line.stale, self)
        else:
            self._transport.write(data)

    def _has_news(self, transport: asyncio.Transport) -> bool:
        """Whether the peer has sent something unasked: that is the end of the connection."""
        return transport.is_closing() or readable(transport.get_extra_info("socket").fileno())

    def finish(self, stood: bool) -> None:
        """Close a pipe that `stood` once everything is sent; give up one that did not."""
        if not stood and self._steps is not None:
            self._steps.cancel()
        elif self._transport is not None:
            self._transport.close()
            self._cut_off = self._loop.call_later(time_limits.PIPE, self._transport.abort)

    def cut_off(self, before: PipeState) -> None:
        """Abort the transport, or what opens or secures the pipe."""
        if before in OPENING and self._steps is not None:
            self._steps.cancel()
        elif self._transport is not None:
            self._transport.abort()

    # What the loop says -------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP is connected."""
        self._transport = made = cast(asyncio.Transport, transport)
        made.set_write_buffer_limits(FULL_BYTES)
        if self.order.server_name is None and self.state is PipeState.CONNECTING:
            self.stands()  # that is two turns of the loop before the coroutine ends

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self.state not in ENDED:
            self.line.received(self, data)

    def pause_writing(self) -> None:
        """Too much waits to be sent."""
        self.note_output(full=True)

    def resume_writing(self) -> None:
        """Most of it is sent."""
        self.note_output(full=False)

    def connection_lost(self, exc: Exception | None) -> None:
        """The pipe has ended."""
        stood, self._transport = self._transport is not None, None
        if self._cut_off is not None:
            self._cut_off.cancel()
        self._lost(exc)
        if stood and self._steps is None:
            self.line.closed(self)

    # Opening ----------------------------------------------------------------

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._steps = Taskless(self._loop, coroutine, self._ran)
        self._steps.start()

    def _ran(self, steps: Taskless[None], result: None, error: BaseException | None) -> None:
        self._steps = None
        if isinstance(error, asyncio.CancelledError):
            error = ConnectionAbortedError("the connection was given up")
        if isinstance(error, Exception):
            self._lost(error)
        elif self.state in OPENING:
            self.stands()
        if self._transport is None:
            self.line.closed(self)
        elif self.ended and self._cut_off is None:
            # The pipe was opened and told to close in the same turn of the loop.
            self._transport.abort()

    async def _open(self) -> None:
        order = self.order
        sock = await dial(self._loop, order.host, order.port, self.line.addresses)
        try:
            await self._loop.create_connection(lambda: self, sock=sock)
        except BaseException:
            # uvloop would close the transport as well, but never call `connection_lost`.
            made, self._transport = self._transport, None
            if made is None:
                sock.close()
            else:
                made.abort()
            raise
        if order.server_name is not None:
            await self._secure(order.server_name)

    async def _secure(self, server_name: str) -> None:
        if not self.ended:
            self.move(PipeInput.SECURE)
        settings = self.line.settings
        context = settings.ready_tls
        if context is None:
            # It takes 40 ms to read the authorities of the system.
            context = await self._loop.run_in_executor(None, lambda: settings.tls)
        plain, self._transport = self._transport, None
        if plain is None:
            return
        try:
            made = await self._loop.start_tls(plain, self, context, server_hostname=server_name)
        except BaseException:
            plain.abort()
            raise
        if made is None:
            raise ConnectionError("the connection was lost while TLS was begun")
        self._transport = made
        made.set_write_buffer_limits(FULL_BYTES)

    def _lost(self, error: Exception | None) -> None:
        if not self.ended:
            self.move(PipeInput.END)
            self.line.lost(self, error)
