"""The asyncio driver: carries the connections of one client on the event loop.

Every input goes through `Driver.input`, and every call by the application ends in
`written` or `settle`: there the pipes get their orders and the one timer is set.
Nothing here knows what flows through a pipe.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sio_core import socketio
from sio_core.socketio import ClientEvent

from ...attempts.attempt import Connection
from ...settings.settings import Settings
from ...user_agent.orders import ClosePipe, OpenPipe, Order, SecurePipe, WritePipe
from ..address_order import Addresses
from .pipe import MAX_UNSENT, AsyncPipe

Dispatch = Callable[[list[ClientEvent]], None]

BATCH_BYTES = 64 * 1024
"""What may be collected in one turn of the loop before it is written."""

NEVER = float("inf")


class Line:
    """One connection with its pipes: what a driver feeds until the connection is over."""

    def __init__(self, driver: Driver, connection: Connection, settings: Settings) -> None:
        self.connection = connection
        self.engine = connection.engine
        self.unsettled = False
        """Whether the application wrote in this turn of the loop."""
        self.crowds = 0
        """Pipes that have too much to send."""
        self._driver = driver
        self._pipes: dict[int, AsyncPipe] = {}
        self._left: set[AsyncPipe] = set()
        """Pipes that are not gone; some of them are closing."""
        self._settings = settings
        self._addresses = Addresses()

    def carry_out(self, order: Order) -> None:
        """Have a pipe do something."""
        if type(order) is WritePipe:
            pipe = self._pipes.get(order.pipe)
            if pipe is None:
                return
            if order.reused and pipe.stale:
                self._forget(order.pipe)
                pipe.abort()
                self._driver.loop.call_soon(self._stale, order.pipe)
            else:
                pipe.write(order.data)
        elif isinstance(order, OpenPipe):
            pipe = self._pipes[order.pipe] = AsyncPipe(order.pipe, self, self._driver.loop)
            self._left.add(pipe)
            pipe.open(order.host, order.port, self._settings, order.server_name, self._addresses)
        elif isinstance(order, SecurePipe):
            pipe = self._pipes.get(order.pipe)
            if pipe is not None:
                pipe.secure(self._settings, order.server_name)
        elif isinstance(order, ClosePipe):
            pipe = self._forget(order.pipe)
            if pipe is not None:
                pipe.close()

    @property
    def finished(self) -> bool:
        """True once the connection is over and nothing is left of its pipes."""
        return not self._left and self.connection.over

    def abort(self) -> None:
        """Close every pipe at once."""
        for pipe in list(self._left):
            pipe.abort()

    def _forget(self, number: int) -> AsyncPipe | None:
        pipe = self._pipes.pop(number, None)
        if pipe is not None and pipe.crowded:
            self.crowds -= 1
        return pipe

    # What pipes report --------------------------------------------------------

    def opened(self, pipe: AsyncPipe) -> None:
        """It stands."""
        self._driver.input(self, self.connection.pipe_opened, pipe.number)

    def secured(self, pipe: AsyncPipe) -> None:
        """TLS stands inside it."""
        self._driver.input(self, self.connection.pipe_secured, pipe.number)

    def received(self, pipe: AsyncPipe, data: bytes) -> None:
        """It brought bytes."""
        self._driver.input(self, self.connection.pipe_received, pipe.number, data)

    def lost(self, pipe: AsyncPipe, error: Exception | None) -> None:
        """It has ended, or did not come to be."""
        self._forget(pipe.number)
        self._driver.input(self, self.connection.pipe_lost, pipe.number, error)

    def _stale(self, number: int) -> None:
        self._driver.input(self, self.connection.pipe_stale, number)

    def crowded(self, pipe: AsyncPipe, crowded: bool) -> None:
        """Too much waits to be sent, or no longer does."""
        if pipe.number in self._pipes:
            self.crowds += 1 if crowded else -1
            self._driver.wake()

    def gone(self, pipe: AsyncPipe) -> None:
        """Nothing is left of it."""
        self._left.discard(pipe)
        self._driver.check(self)


class Driver:
    """Runs `core`, one after another, on the running event loop.

    `dispatch` is given the events, in order; it must not wait. `guard` is called
    before anything is written, and may raise.
    """

    def __init__(
        self, core: socketio.Client, dispatch: Dispatch, guard: Callable[[], None]
    ) -> None:
        self.core = core
        self.loop: asyncio.AbstractEventLoop = None  # type: ignore[assignment]  # until bound
        self._dispatch = dispatch
        self._guard = guard
        self._line: Line | None = None
        self._live: set[Line] = set()
        """Those whose connection is not over."""
        self._lines: set[Line] = set()
        """Those of which anything is left."""
        self._waiters: set[asyncio.Future[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._armed = NEVER

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Go over to a loop; what was under way in another one is void."""
        self.loop = loop
        self._line = self._timer = None
        self._live.clear()
        self._lines.clear()
        self._waiters.clear()
        self._armed = NEVER

    def now(self) -> float:
        """The clock of everything here, in seconds."""
        return self.loop.time()

    def carry(self, connection: Connection, settings: Settings) -> None:
        """Begin a connection."""
        self._line = line = Line(self, connection, settings)
        self._live.add(line)
        self._lines.add(line)
        self.settle(line)

    # The choke points -------------------------------------------------------

    def input(self, line: Line, method: Callable[..., list[ClientEvent]], *args: Any) -> None:
        """Network side: call an input of a connection, act on its orders and events."""
        now = self.loop.time()
        if line.unsettled:
            self._take_orders(line, now)  # what the application wrote was written before this
        events = method(*args, now)
        self._settle(line, now)
        if events:
            self._dispatch(events)

    def written(self) -> None:
        """The application sent something: it is written when this turn of the loop ends."""
        line = self._line
        if line is None:
            return
        if not line.unsettled:
            self._guard()
            line.unsettled = True
            self.loop.call_soon(self._settle_late, line)
        elif line.engine.queued_bytes > BATCH_BYTES:
            self.settle(line)

    def settle(self, line: Line) -> None:
        """Carry out the orders of a connection, and set the timer anew."""
        self._settle(line, self.loop.time())

    def _settle(self, line: Line, now: float) -> None:
        self._take_orders(line, now)
        if self._waiters:
            self.wake()
        self._rearm()

    def _take_orders(self, line: Line, now: float) -> None:
        connection = line.connection
        for order in connection.take_orders(now):
            line.carry_out(order)
        if connection.over:
            self._live.discard(line)
            self.check(line)

    def settle_all(self) -> None:
        """`settle` every connection; after a call that may concern more than the current one."""
        now = self.loop.time()
        for line in list(self._live):
            self._take_orders(line, now)
        if self._waiters:
            self.wake()
        self._rearm()

    def _settle_late(self, line: Line) -> None:
        line.unsettled = False
        self.settle(line)

    # Time -------------------------------------------------------------------

    def _rearm(self) -> None:
        due = self.core.next_deadline()
        for line in self._live:
            other = line.connection.next_deadline()
            if other is not None and (due is None or other < due):
                due = other
        if due is None:
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
        now = self.loop.time()
        self.settle_all()
        events = self.core.handle_timeout(now)
        for line in list(self._live):
            events += line.connection.handle_timeout(now)
        self.settle_all()
        if events:
            self._dispatch(events)

    # Waiting ----------------------------------------------------------------

    @property
    def crowded(self) -> bool:
        """True while too much of what was sent waits for the network."""
        line = self._line
        return line is not None and (line.crowds > 0 or line.engine.queued_bytes > MAX_UNSENT)

    @property
    def quiet(self) -> bool:
        """True once nothing is left of any connection."""
        return not self._lines

    async def ended(self, deadline: float) -> None:
        """Wait until nothing is left of connections that the core let go of, and see to it."""
        lines = {line for line in self._lines if line.engine is not self.core.engine}
        if lines:
            try:
                async with asyncio.timeout_at(deadline):
                    await self.until(lambda: lines.isdisjoint(self._lines))
            except TimeoutError:
                for line in lines:
                    line.abort()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for what pipes and connections make true."""
        while not true():
            waiter = self.loop.create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)

    def wake(self) -> None:
        """Have those who wait look again."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def check(self, line: Line) -> None:
        """Forget a connection of which nothing is left."""
        if line.finished:
            self._lines.discard(line)
            self.wake()
