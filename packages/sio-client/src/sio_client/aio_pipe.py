"""A pipe under asyncio: TCP, or TLS over it, as a protocol of the event loop.

A task exists only while a pipe is being opened or secured. Whatever becomes of a
pipe is reported once, and nothing is reported of one that was told to close.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Protocol, cast

from .aio_dialling import dial

MAX_UNSENT = 1_000_000
"""Bytes that wait to be sent on a pipe; past it the pipe is crowded until most are sent."""

CLOSE_SECONDS = 1.0
"""How long a pipe that closes may take to send what was written to it."""


class Listener(Protocol):
    """Who is told what becomes of a pipe."""

    def persists(self) -> bool:
        """True if a pipe is opened again after all tasks were cancelled, as when a loop ends."""
        ...

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
        """Nothing is left of it: no socket and no task."""
        ...


class AsyncPipe(asyncio.Protocol):
    """One pipe, by the number that its connection's agent gave it."""

    def __init__(self, number: int, listener: Listener, loop: asyncio.AbstractEventLoop) -> None:
        self.number = number
        self.crowded = False
        self._listener = listener
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._again: Callable[[], Coroutine[Any, Any, None]] | None = None
        """What opens the pipe."""
        self._done: Callable[[AsyncPipe], None] | None = None
        """Who is told when the task has done its work."""
        self._closer: asyncio.TimerHandle | None = None
        self._over = False
        """Nothing is reported any more but that it is gone."""

    # Orders -----------------------------------------------------------------

    def open(
        self, host: str, port: int, tls: Callable[[], ssl.SSLContext], name: str | None
    ) -> None:
        """Connect; with a server's `name`, with TLS from the start."""
        self._again = partial(self._open, host, port, tls, name)
        self._run(self._again(), self._listener.opened)

    def secure(self, tls: Callable[[], ssl.SSLContext], name: str) -> None:
        """Begin TLS."""
        self._again = None
        self._run(self._secure(tls, name), self._listener.secured)

    def write(self, data: bytes) -> None:
        """Send bytes; a pipe that has ended drops them."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        """Close once everything is sent, or after a while in any case."""
        if self._over:
            return
        self._over = True
        if self._task is not None:
            self._task.cancel()
        elif self._transport is not None:
            self._transport.close()
            self._closer = self._loop.call_later(CLOSE_SECONDS, self._transport.abort)

    def abort(self) -> None:
        """Close at once."""
        self._over = True
        if self._task is not None:
            self._task.cancel()
        elif self._transport is not None:
            self._transport.abort()

    # What the loop says -------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The pipe stands, with TLS if that was asked for."""
        self._transport = made = cast(asyncio.Transport, transport)
        made.set_write_buffer_limits(MAX_UNSENT)

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
        self._transport = None
        if self._closer is not None:
            self._closer.cancel()
        self._lost(exc)
        if self._task is None:
            self._listener.gone(self)

    # Opening ----------------------------------------------------------------

    def _run(self, coroutine: Coroutine[Any, Any, None], done: Callable[[AsyncPipe], None]) -> None:
        self._done = done
        self._task = self._loop.create_task(coroutine)
        self._task.add_done_callback(self._ran)

    def _ran(self, task: asyncio.Task[None]) -> None:
        self._task = None
        done, self._done = self._done, None
        if task.cancelled():
            if self._opens_again():
                return
            self._lost(ConnectionAbortedError("the connection was given up"))
        elif isinstance(error := task.exception(), Exception):
            self._lost(error)
        elif done is not None and not self._over:
            done(self)
        if self._transport is None:
            self._listener.gone(self)
        elif self._over and self._closer is None:
            # It stood in the moment in which it was told to close.
            self._transport.abort()

    def _opens_again(self) -> bool:
        """Open a pipe again that somebody else gave up: the loop's runner, at its end."""
        stood = self._transport is not None
        if self._over or stood or self._again is None or not self._listener.persists():
            return False
        self._run(self._again(), self._listener.opened)
        return True

    async def _open(
        self, host: str, port: int, tls: Callable[[], ssl.SSLContext], name: str | None
    ) -> None:
        context = None if name is None else tls()
        sock = await dial(self._loop, host, port)
        await self._loop.create_connection(
            lambda: self, sock=sock, ssl=context, server_hostname=name
        )

    async def _secure(self, tls: Callable[[], ssl.SSLContext], name: str) -> None:
        plain, self._transport = self._transport, None
        if plain is None:
            return
        made = await self._loop.start_tls(plain, self, tls(), server_hostname=name)
        if made is None:
            raise ConnectionError("the connection was lost while TLS was begun")
        self._transport = made
        made.set_write_buffer_limits(MAX_UNSENT)

    def _lost(self, error: Exception | None) -> None:
        if not self._over:
            self._over = True
            self._listener.lost(self, error)
