"""The way into a server's core for a driver with one thread, such as one on an event loop.

Whatever enters the core may have made output ready, brought a deadline nearer and caused events.
`Entrance` sees to all three after each input, so that no driver forgets one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

from .engineio.session import Event

EventT = TypeVar("EventT")


class Timer(Protocol):
    """What `call_at` returns."""

    def cancel(self) -> object:
        """Call nothing any more."""
        ...


class Waiting(Protocol):
    """A link or an exchange that has output: its `driver` has `wake`, or is None."""

    driver: Any


class Connection(Protocol):
    """A `ByteConnection`."""

    def abort(self) -> object: ...


class Core(Protocol[EventT]):
    """An `engineio.Server`, or one that stands on it, such as a `socketio.Server`."""

    def process(self, events: Iterable[Any], now: float) -> list[EventT]: ...
    def next_deadline(self) -> float | None: ...
    def handle_timeout(self, now: float) -> list[EventT]: ...
    def take_ready(self) -> Iterable[Waiting]: ...


class Entrance(Generic[EventT]):
    """An `Entrance` is the one place in which a driver with one thread calls `core`.

    `handle` is called with each event, after the output that its input made ready was taken; what
    it returns, if anything, are more events, such as those of `socketio.Server.refuse`. `clock`
    returns the time in seconds, and `call_at(when, function)` calls a function at a time of that
    clock: `time` and `call_at` of an event loop of asyncio are such. `wake` of the driver of each
    link and exchange that has output is called; it must not wait.
    """

    __slots__ = ("_call_at", "_clock", "_core", "_due", "_handle", "_timer", "connections")

    def __init__(
        self,
        core: Core[EventT],
        handle: Callable[[EventT], Iterable[EventT] | None],
        *,
        clock: Callable[[], float],
        call_at: Callable[[float, Callable[[], object]], Timer],
    ) -> None:
        self._core = core
        self._handle = handle
        self._clock = clock
        self._call_at = call_at
        self._due: float | None = None
        self._timer: Timer | None = None
        self.connections: set[Connection] = set()
        """The connections that are open, if they are of `ByteConnection`."""

    def enter(self, method: Callable[..., list[Event]], *args: Any, **more: Any) -> None:
        """Call `method`, an input of the engine, with `args`, `more` and the time, and see to all.

        For example `enter(link.receive, "4hello")`.
        """
        now = self._clock()
        self.settle(self._core.process(method(*args, now=now, **more), now))

    def settle(self, events: Iterable[EventT] = ()) -> None:
        """Have output taken, set the timer and have `events` handled, which may cause more of it.

        Call this after methods of the core that the application calls outside `handle`, with the
        events that they returned.
        """
        for sink in self._core.take_ready():
            if sink.driver is not None:
                sink.driver.wake()
        self._set_timer(self._core.next_deadline())
        for event in events:
            self.settle(self._handle(event) or ())

    def call_later(self, seconds: float, function: Callable[[], object]) -> Timer:
        """Call `function` in `seconds`, by the driver's clock. Returns what can cancel that."""
        return self._call_at(self._clock() + seconds, function)

    def stop(self) -> None:
        """Abort what is left of `connections`, and set no more timers, but for what still enters.

        For the end, after the last session's.
        """
        for connection in list(self.connections):
            connection.abort()
        self._set_timer(None)

    def _set_timer(self, due: float | None) -> None:
        if due == self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = None if due is None else self._call_at(due, self._expire)

    def _expire(self) -> None:
        self._due = self._timer = None
        self.settle(self._core.handle_timeout(self._clock()))
