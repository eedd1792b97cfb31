"""The end of a web server on asyncio: see `server_end.py`, which does without asyncio."""

from __future__ import annotations

import asyncio
from typing import Any

from ..dispatch.runners import resolve
from ..drivers.shared import ENDED_AT_ONCE
from .server_end import DRAIN, End
from .signals import PassOn

CLOSING_SECONDS = 1.0
"""Seconds at most in which clients get to answer the closing of their WebSockets."""

CHECK_SECONDS = 0.02
"""Seconds between two checks whether they did."""

HEAD_START = 4
"""Turns of the event loop that the web server hears of the signal later, after clients were told.

A flag that it sets is seen in the same turn, and then it hangs up. The end of an event loop has
more turns than this: no signal is lost.
"""


def is_run_here(loop: asyncio.AbstractEventLoop) -> bool:
    """Return true if this thread runs `loop`."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def _call_in_turns(loop: asyncio.AbstractEventLoop, turns: int, what: PassOn) -> None:
    if turns:
        loop.call_soon(_call_in_turns, loop, turns - 1, what)
    else:
        what()


class AsyncServerEnd(End):
    """Ends the clients of `server` within `drain` seconds, on the event loop that serves them.

    `server` is an `AsyncServer`, or anything with a `driver`, and perhaps a method `shutdown`.
    """

    def __init__(self, server: Any, drain: float = DRAIN) -> None:
        super().__init__(server, drain)
        self.loop: asyncio.AbstractEventLoop | None = None
        """The event loop for which signals are watched."""
        self._ended_loop: asyncio.AbstractEventLoop | None = None
        """That of a web server which has ended: what it still serves has no signals watched."""
        self._ending: asyncio.Task[None] | None = None

    def watch(self) -> None:
        """Watch for signals on behalf of the running loop.

        Call it with each request, or at least where `loop` does not run.
        """
        if self.loop is not None and self.loop.is_running():
            return  # asking for the running loop costs a system call before Python 3.12
        loop = asyncio.get_running_loop()
        if loop is not self.loop and loop is not self._ended_loop:
            self.loop = loop
            self._signals.start()

    def begin(self) -> None:
        """A web server starts: the first one, or one more after the end of another."""
        self._ended_loop = None
        self.watch()
        self._ending = None
        server = self._server
        (getattr(server, "start", None) or server.driver.start)()

    async def end(self) -> None:
        """A web server ends: return when the clients were told, and watch no more.

        Sockets are closed that the driver owns, for the web server knows nothing of them.
        """
        await self._end_once()
        await self._hang_up()
        self.loop, self._ended_loop = None, asyncio.get_running_loop()
        self._signals.stop()

    async def _hang_up(self) -> None:
        sockets = self._server.driver.own_sockets
        loop = asyncio.get_running_loop()
        deadline = loop.time() + CLOSING_SECONDS
        while sockets and loop.time() < deadline:
            await asyncio.sleep(CHECK_SECONDS)
        for number, socket in enumerate(list(sockets), 1):
            socket.shutdown()
            if number % ENDED_AT_ONCE == 0:
                await asyncio.sleep(0)
        if sockets:
            await asyncio.sleep(0)  # in which their transports close

    def _signalled(self, pass_on: PassOn) -> None:
        loop = self.loop
        if loop is not None and is_run_here(loop):
            loop.call_soon_threadsafe(self._stopping, pass_on)
            return
        # One that was stopped runs a few turns more, in which nobody is told anything any more.
        if loop is not None and loop.is_running():
            loop.call_soon_threadsafe(self._stopping)
        pass_on()

    def _stopping(self, pass_on: PassOn | None = None) -> None:
        try:
            self._end_once()
            self._server.driver.turn_away(self.drain)
        finally:
            if pass_on is not None:
                turns = len(self._server.driver.engine.sessions) // ENDED_AT_ONCE
                _call_in_turns(asyncio.get_running_loop(), turns + HEAD_START, pass_on)

    def _end_once(self) -> asyncio.Task[None]:
        """Return the task that ends the clients: a signal and the web server share one."""
        loop = asyncio.get_running_loop()
        ending = self._ending
        accepting = self._server.driver.engine.accepting
        if ending is None or ending.get_loop() is not loop or accepting:
            ending = self._ending = loop.create_task(self._end_clients())
        return ending

    async def _end_clients(self) -> None:
        server = self._server
        shutdown = getattr(server, "shutdown", None) or server.driver.shutdown
        await resolve(shutdown(self.drain))
