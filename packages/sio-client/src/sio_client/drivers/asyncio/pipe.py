"""A pipe under asyncio: TCP, or TLS over it, as a protocol of the event loop.

It has no task. Whatever becomes of a pipe is reported once, and nothing is reported
of one that was told to close.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, cast

from ...settings.settings import Settings
from ..address_order import Addresses
from .dialling import dial
from .taskless import Steps

MAX_UNSENT = 1_000_000
"""Bytes that wait to be sent on a pipe; past it the pipe is crowded until most are sent."""

CLOSE_SECONDS = 1.0
"""How long a pipe that closes may take to send what was written to it."""


def readable(descriptor: int) -> bool:
    """Whether a socket has something to read just now, if only its end."""
    if not hasattr(select, "poll"):  # as on Windows
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


class Listener(Protocol):
    """Who is told what becomes of a pipe."""

    def opened(self, pipe: AsyncPipe) -> None:
        """It stands."""
        ...

    def secured(self, pipe: AsyncPipe) -> None:
        """TLS stands inside it."""
        ...

    def received(self, pipe: AsyncPipe, data: bytes) -> None:
        """It brought bytes."""
        ...

    def lost(self, pipe: AsyncPipe, error: Exception | None) -> None:
        """It has ended, or did not come to be."""
        ...

    def crowded(self, pipe: AsyncPipe, crowded: bool) -> None:
        """Too much waits to be sent, or no longer does."""
        ...

    def gone(self, pipe: AsyncPipe) -> None:
        """Nothing is left of it."""
        ...


class AsyncPipe(asyncio.Protocol):
    """One pipe, by the number that its connection's agent gave it."""

    def __init__(self, number: int, listener: Listener, loop: asyncio.AbstractEventLoop) -> None:
        self.number = number
        self.crowded = False
        self._listener = listener
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._steps: Steps[None] | None = None
        """What opens or secures it."""
        self._done: Callable[[AsyncPipe], None] | None = None
        """Who is told when that has succeeded."""
        self._plain = False
        """Whether it stands without TLS."""
        self._closer: asyncio.TimerHandle | None = None
        self._over = False
        """Nothing is reported any more but that it is gone."""

    # Orders -----------------------------------------------------------------

    def open(
        self,
        host: str,
        port: int,
        settings: Settings,
        name: str | None,
        addresses: Addresses | None = None,
    ) -> None:
        """Connect; with a server's `name`, with TLS from the start.

        `addresses` are what is known of names; what is found out is added.
        """
        self._plain = name is None
        self._done = self._listener.opened
        self._run(self._open(host, port, settings, name, addresses or Addresses()))

    def secure(self, settings: Settings, name: str) -> None:
        """Begin TLS."""
        self._done = self._listener.secured
        self._run(self._secure(settings, name))

    def write(self, data: bytes) -> None:
        """Send bytes; a pipe that has ended drops them."""
        if self._transport is not None:
            self._transport.write(data)

    @property
    def stale(self) -> bool:
        """Whether the peer has closed it, or said something unasked: more than was read yet."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return True
        return readable(transport.get_extra_info("socket").fileno())

    def close(self) -> None:
        """Close once everything is sent, or after a while in any case."""
        if self._over:
            return
        self._over = True
        if self._done is not None and self._steps is not None:
            self._steps.cancel()
        elif self._transport is not None:
            self._transport.close()
            self._closer = self._loop.call_later(CLOSE_SECONDS, self._transport.abort)

    def abort(self) -> None:
        """Close at once."""
        self._over = True
        if self._done is not None and self._steps is not None:
            self._steps.cancel()
        elif self._transport is not None:
            self._transport.abort()

    # What the loop says -------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP stands."""
        self._transport = made = cast(asyncio.Transport, transport)
        made.set_write_buffer_limits(MAX_UNSENT)
        if self._plain and not self._over:
            self._stands()  # two turns of the loop before the steps end

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if not self._over:
            self._listener.received(self, data)

    def pause_writing(self) -> None:
        """Too much waits to be sent."""
        self.crowded = True
        self._listener.crowded(self, True)

    def resume_writing(self) -> None:
        """Most of it is sent."""
        self.crowded = False
        self._listener.crowded(self, False)

    def connection_lost(self, exc: Exception | None) -> None:
        """The pipe has ended."""
        stood, self._transport = self._transport is not None, None
        if self._closer is not None:
            self._closer.cancel()
        self._lost(exc)
        if stood and self._steps is None:
            self._listener.gone(self)

    # Opening ----------------------------------------------------------------

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._steps = Steps(self._loop, coroutine, self._ran)
        self._steps.start()

    def _ran(self, steps: Steps[None], result: None, error: BaseException | None) -> None:
        self._steps = None
        if isinstance(error, asyncio.CancelledError):
            error = ConnectionAbortedError("the connection was given up")
        if isinstance(error, Exception):
            self._lost(error)
        elif not self._over:
            self._stands()
        if self._transport is None:
            self._listener.gone(self)
        elif self._over and self._closer is None:
            # It stood in the moment in which it was told to close.
            self._transport.abort()

    def _stands(self) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(self)

    async def _open(
        self, host: str, port: int, settings: Settings, name: str | None, addresses: Addresses
    ) -> None:
        sock = await dial(self._loop, host, port, addresses)
        try:
            await self._loop.create_connection(lambda: self, sock=sock)
        except BaseException:
            # uvloop would close it, too, but never say so.
            made, self._transport = self._transport, None
            if made is None:
                sock.close()
            else:
                made.abort()
            raise
        if name is not None:
            await self._secure(settings, name)

    async def _secure(self, settings: Settings, name: str) -> None:
        context = settings.ready_tls
        if context is None:
            # It takes 40 ms to read the authorities of the system.
            context = await self._loop.run_in_executor(None, lambda: settings.tls)
        plain, self._transport = self._transport, None
        if plain is None:
            return
        try:
            made = await self._loop.start_tls(plain, self, context, server_hostname=name)
        except BaseException:
            plain.abort()
            raise
        if made is None:
            raise ConnectionError("the connection was lost while TLS was begun")
        self._transport = made
        made.set_write_buffer_limits(MAX_UNSENT)

    def _lost(self, error: Exception | None) -> None:
        if not self._over:
            self._over = True
            self._listener.lost(self, error)
