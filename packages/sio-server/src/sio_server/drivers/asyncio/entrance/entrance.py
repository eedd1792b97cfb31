"""How the asyncio driver enters its core: one method, the one timer, and the loop that both are on.

`Entrance.call` is the way in. `receive` and `settle` are the same in pieces, for what
is called with nearly every message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol

from sio_core import Frame, engineio, socketio
from sio_core.engineio import Link
from sio_core.socketio import Emit, Socket

from ...calls import Calls
from ...entrance import EventT, P, R, SharedEntrance, awaited
from .writers import WRITTEN_AT_ONCE, Writers

NO_EVENTS: tuple[Any, ...] = ()


class Flushed(Protocol):
    """A connection that writes what a turn of the event loop brought when the turn ends."""

    def flush(self) -> None:
        """Write it. What this raises is what is wrong with the connection."""
        ...

    def fail(self, error: Exception) -> None:
        """The writing raised `error`."""
        ...


class HangsUp(Protocol):
    """A socket that the driver owns, until its connection is gone."""

    def shutdown(self) -> None:
        """End the connection since the web server stops."""
        ...


class Entrance(SharedEntrance[EventT], Generic[EventT]):
    """The way into the core of one server on asyncio, on the event loop of its requests."""

    def _prepare(self) -> None:
        self.tasks: set[asyncio.Task[Any]] = set()
        self.own_sockets: set[HangsUp] = set()
        """Those that no web server ends: the end of the server has to."""
        self._gate = asyncio.Lock()
        self._to_flush: list[Flushed] = []
        self.web_server_writers = Writers()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.now = self._first_time

    # The way in -----------------------------------------------------------

    def call(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a method of the core, have its output written, and keep the timer right."""
        result = method(*args, **kwargs)
        self.settle()
        return result

    def settle(self) -> None:
        """Act on what a method of the core did. The core says whether a deadline came nearer."""
        if self.engine.ready:
            for sink in self.core.take_ready():
                driver = sink.driver
                if driver is not None:
                    driver.wake()
            if self.web_server_writers.queue:
                loop = self._loop  # as `loop` does it, without the call
                if loop is None or not loop.is_running():
                    loop = self.bind()
                self.web_server_writers.write(loop)
        if self._moves.count != self._seen_moves:
            self._look_at_deadlines()

    def input(self, method: Callable[..., list[engineio.Event]], *args: Any) -> None:
        """Do what `SharedEntrance.input` does, with fewer calls."""
        now = self.now()
        raised = method(*args, now=now)
        events = self.core.process(raised, now) if raised else NO_EVENTS
        if self.engine.ready or self._moves.count != self._seen_moves:
            self.settle()
        for event in events:
            self._dispatch(event)

    def receive(self, link: Link, frame: Frame) -> None:
        """Do `input` of `Link.receive`, the path of nearly every message, with fewer calls."""
        now = self.now()
        raised = link.receive(frame, now)
        events = self.core.process(raised, now) if raised else NO_EVENTS
        if self.engine.ready or self._moves.count != self._seen_moves:
            self.settle()
        for event in events:
            self._dispatch(event)

    waits = staticmethod(awaited)

    def read(self, load: Any, method: Callable[..., list[engineio.Event]], *args: Any) -> None:
        """Do `input` of what may bring messages of the client of `load`."""
        self.input(method, *args)

    def _sleep(self, seconds: float) -> Awaitable[None]:
        return asyncio.sleep(seconds)

    # Output ---------------------------------------------------------------

    def flush_at_turn_end(self, connection: Flushed) -> None:
        """Have `connection` flushed when this turn of the event loop ends."""
        if not self._to_flush:
            self.loop.call_soon(self._flush_at_turn_end)
        self._to_flush.append(connection)

    def _flush_at_turn_end(self) -> None:
        connections, self._to_flush = self._to_flush, []
        if len(connections) > WRITTEN_AT_ONCE:
            self._to_flush = connections[WRITTEN_AT_ONCE:]
            del connections[WRITTEN_AT_ONCE:]
            self.loop.call_soon(self._flush_at_turn_end)
        rest = iter(connections)
        for connection in rest:
            try:
                connection.flush()
            except Exception as error:
                connection.fail(error)
            except BaseException:
                # The program is being ended, perhaps: the others are written if it is not.
                for other in rest:
                    self.flush_at_turn_end(other)
                raise

    # Time -----------------------------------------------------------------

    def _first_time(self) -> float:
        """Do what `now` does before there is an event loop, whose `time` it then is."""
        return self.bind().time()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the event loop that requests come in on."""
        loop = self._loop
        return loop if loop is not None and loop.is_running() else self.bind()

    def bind(self) -> asyncio.AbstractEventLoop:
        """Remember the running loop; what was to happen on another one is void."""
        loop = self._loop
        if loop is not None and loop.is_running():
            return loop  # asking for the running loop costs a system call before Python 3.12
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            last, self._loop = self._loop, loop
            self.now = loop.time
            self._forget_timer()
            self._gate = asyncio.Lock()
            self._to_flush = []
            self.web_server_writers.forget()
            if last is not None and last.is_closed():
                self._lose_all()
        return loop

    def _lose_all(self) -> None:
        """Forget the connections of an event loop that has ended: they ended with it."""
        self.writers = 0
        for session in list(self.engine.sessions.values()):
            for transport in (session.link, session.probe, session.poll, session.post):
                if transport is not None:
                    transport.driver = None
                    self.input(transport.lost)

    def _look_at_deadlines(self) -> None:
        loop = self.loop  # which forgets the timer, if it is another one
        if self._is_due_earlier():
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_at(max(self._armed, loop.time()), self._handle_timeout)

    def _handle_timeout(self) -> None:
        self._forget_timer()
        self.dispatch(self.call(self.core.handle_timeout, self.now()))

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        super()._forget_timer()


class AsyncCalls(Calls):
    """`Calls` whose events and acknowledgements the core encodes as it sends them."""

    def __init__(self, entrance: Entrance[Any], core: socketio.Server) -> None:
        super().__init__(entrance, core)
        self._settle = entrance.settle

    def send(self, emit: Emit) -> None:
        """Send an event. Raises ValueError for a reserved name and for what cannot be sent."""
        self._core.send(emit)
        self._settle()

    def acknowledge(self, socket: Socket, ack_id: int, values: list[Any]) -> None:
        """Answer an event of a client. Raises ValueError for what cannot be sent."""
        self._core.ack(socket, ack_id, values)
        self._settle()
