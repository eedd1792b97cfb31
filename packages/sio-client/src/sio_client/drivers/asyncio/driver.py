"""The asyncio driver: carries the connections of one client on the event loop.

Its core is entered by `enter`, with the time, and by `send`, which changes no deadline but that
of an acknowledgement. There pipes get their orders, and the one timer is set.
Nothing here knows what flows through a pipe.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from sio_core import socketio
from sio_core.socketio import ClientEvent

from ...user_agent.orders import OpenPipe
from ..line import Line
from ..shared_driver import NEVER, P, R, Report, SharedDriver
from .pipe import AsyncPipe

BATCH_BYTES = 64 * 1024
"""What may be collected in one turn of the loop before it is written."""


class Driver(SharedDriver[AsyncPipe]):
    """A `Driver` carries the connections of `core` on the running event loop."""

    lock = nullcontext()
    """The loop is one thread: there is nothing to lock."""

    def __init__(self, core: socketio.Client, report: Report) -> None:
        super().__init__(core, report)
        self.loop: asyncio.AbstractEventLoop = None  # type: ignore[assignment]  # until bound
        self._reporting = False
        self._waiters: set[asyncio.Future[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._armed = NEVER

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use `loop` from now on; what was under way in another loop is dropped."""
        self.loop, self.now = loop, loop.time
        self._forget_lines()
        self._reporting = False
        self._waiters.clear()
        self._timer = None
        self._armed = NEVER

    # The entrances to the core --------------------------------------------------

    def enter(self, line: Line[AsyncPipe] | None, method: Callable[..., Any], *args: Any) -> None:
        """Call an input of `line`'s attempt with the time, and act on its orders and events.

        None as the line stands for an input of the core itself, which concerns them all.
        """
        now = self.now()
        if line is None:
            self._carry_out_all(now)
            events: list[ClientEvent] = method(*args, now)
            self._carry_out_all(now)
            self._hurry()
        else:
            if line.unwritten:
                line.carry_out(now)  # after what the application has sent
            raised = method(*args, now)
            events = line.attempt.process(raised, now) if raised else []
            line.carry_out(now)
            if self.core.moves.count != self._moves:
                self._hurry()
        if self._waiters:
            self.note_output_taken()
        if events:
            self._report_and_write(events)

    def _report_and_write(self, events: list[ClientEvent]) -> None:
        """Report events, and write at once what their handlers send before they wait."""
        outer, self._reporting = self._reporting, True
        try:
            self._report(events)
        finally:
            self._reporting = outer
            line = self.line
            if not outer and line is not None and line.unwritten:
                self._write(line)

    def send(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call an output of the core. It is written when this turn of the loop ends, or before."""
        result = method(*args, **kwargs)
        line = self.line
        if line is not None:
            if not line.unwritten:
                self.refuse_fork()
                line.unwritten = True
                if not self._reporting:
                    self.loop.call_soon(self._write, line)
            if line.engine.queued_bytes > BATCH_BYTES:
                line.carry_out(self.now())
                self.outbound_full = line.outbound_full
        return result

    def _write(self, line: Line[AsyncPipe]) -> None:
        line.unwritten = False
        line.carry_out(self.now())
        if self._waiters:
            self.note_output_taken()
        if self.core.moves.count != self._moves:
            self._hurry()

    # Time -------------------------------------------------------------------

    def _hurry(self) -> None:
        """Set the timer anew. It may be early, for deadlines that move away are not counted."""
        due = self._look_at_deadlines()
        if due == NEVER:
            self._disarm()
        elif due < self._armed:
            self._disarm()
            self._armed = due
            self._timer = self.loop.call_at(max(due, 0.0), self._fire)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._armed = NEVER

    def _fire(self) -> None:
        self._timer = None
        self._armed = NEVER
        self.enter(None, self._timed_out)

    # For the lines --------------------------------------------------------------

    def new_pipe(self, line: Line[AsyncPipe], order: OpenPipe) -> AsyncPipe:
        """A pipe for a line."""
        return AsyncPipe(order, line, self.loop)

    def line_finished(self, line: Line[AsyncPipe]) -> None:
        """Forget a line whose attempt is over, and look again at what waits for its end."""
        super().line_finished(line)
        self.note_output_taken()
        self._hurry()

    # Waiting ----------------------------------------------------------------

    async def wait_output_taken(self) -> None:
        """Wait until most of what was sent is taken by the network, or the connection is lost."""
        await self._until(lambda: (line := self.line) is None or not line.outbound_full)
        self.outbound_full = False

    async def wait_closed(self, deadline: float) -> None:
        """Wait until nothing is left of connections that the core let go of, and see to it."""
        closing = {line for line in self.lines if line.engine is not self.core.engine}
        if closing:
            try:
                async with asyncio.timeout_at(deadline):
                    await self._until(lambda: closing.isdisjoint(self.lines))
            except TimeoutError:
                for line in closing:
                    line.abort()

    async def _until(self, true: Callable[[], bool]) -> None:
        """Wait until `true()` holds, which pipes and attempts bring about."""
        while not true():
            waiter = self.loop.create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)

    def note_output_taken(self) -> None:
        """Wake the calls of `emit` that wait, to look again."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
