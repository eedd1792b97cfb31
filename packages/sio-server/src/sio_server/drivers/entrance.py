"""What the entrances of both drivers are without colour.

A driver enters its core in `call`. The ways in that are not taken with each message are
here, all of which end there.

What waits is written once for both colours: as coroutines, which a thread runs, too. Whatever such
a coroutine waits for goes through `waits` of its driver. On asyncio that is `awaited`. In threads a
call has waited when it returns, and `waited` has its result: the coroutine is never suspended, and
`run_waited` runs it from its beginning to its end.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import partial
from typing import Any, Generic, ParamSpec, TypeVar

from sio_core import engineio
from sio_core.engineio import Link, Session

from .shared import Core, RequestLog

EventT = TypeVar("EventT")
P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

NEVER = float("inf")
UNKNOWN = -1
"""In the place of a count of moved deadlines: the timer is to be looked at."""


class SharedEntrance(ABC, Generic[EventT]):
    """The way into `core`, whose sessions and exchanges live in `engine`.

    `dispatch` is called with each event, in order, after outputs were handed on; it
    must not wait.
    """

    now: Callable[[], float]
    """The clock that the core is run by, in seconds."""
    _gate: Any
    """The lock of its colour that is held while a long message is decoded."""

    def __init__(
        self,
        engine: engineio.Server,
        core: Core[EventT],
        dispatch: Callable[[EventT], None],
        log: logging.Logger,
    ) -> None:
        self.engine = engine
        self.core = core
        self.log = log
        self.request_log = RequestLog(log)
        # Connections that have a task or a thread, or wait for their socket.
        self.writers = 0
        self._dispatch = dispatch
        self._armed = NEVER
        self._moves = engine.timers.moves
        self._seen_moves = UNKNOWN
        self._prepare()

    @abstractmethod
    def _prepare(self) -> None:
        """Make what is of one colour; called once, when the rest is there."""

    @abstractmethod
    def call(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a method of the core, have its output written, and keep the timer right."""

    @staticmethod
    @abstractmethod
    def waits(call: Any, /) -> Awaitable[Any]:
        """Return what to await for the result of a call, which may have waited already."""

    def exclusively(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function that must not wait while nobody else reads or changes the core.

        Where one thread alone does, that is always so.
        """
        return function(*args, **kwargs)

    @abstractmethod
    def read(self, load: Any, method: Callable[..., list[engineio.Event]], *args: Any) -> None:
        """Do `input` of what may bring messages of the client of `load`."""

    @abstractmethod
    def _sleep(self, seconds: float) -> Any:
        """Let time pass; waits. With 0 seconds others have their turn."""

    def stop(self) -> None:
        """End the timer. For the end of the server, after its sessions were closed."""
        self._forget_timer()

    def input(self, method: Callable[..., list[engineio.Event]], *args: Any) -> None:
        """Call an input of the engine with the time, and hand on its events: the network side."""
        self.dispatch(self.call(self._process, method, *args))

    def lose(self, link: Link, error: str) -> None:
        """Do `input` of `Link.lost`."""
        self.input(partial(link.lost, error=error))

    def let_others_run(self) -> Any:
        """Let connections that are backed up go on, and other tasks or greenlets; waits."""
        self.engine.any_outbound_full = False
        return self.take_turns()

    @abstractmethod
    def take_turns(self) -> Any:
        """Let other tasks or greenlets run; waits."""

    async def wait_for_capacity(self, session: Session) -> None:
        """Wait until fewer events of a client are being handled; its heartbeat waits, too.

        For nothing is read from it meanwhile, nor its pong.
        """
        self.request_log.handlers_full(self.now())
        self.input(session.pause)
        try:
            await session.driver.wait_for_capacity()
        finally:
            self.input(session.resume)

    async def read_long(
        self, load: Any, method: Callable[..., list[engineio.Event]], *args: Any
    ) -> None:
        """Do `read` of what is `LONG`: others have their turn while it is decoded."""
        with load.reading:
            events = await self._decoded(method, *args)
        self.dispatch(events)

    async def _decoded(
        self, method: Callable[..., list[engineio.Event]], *args: Any
    ) -> list[EventT]:
        """Call an input that brings long messages. Returns what they mean.

        One is decoded at a time, however many clients send some: others wait for one slice.
        """
        slices = self.core.decode_in_slices(self.call(self._raised, method, *args))
        gate = self._gate
        try:
            next(slices)  # without the gate: a codec of the application's does all in one slice
            await self.waits(self._sleep(0))
            await self.waits(gate.acquire())
            try:
                while True:
                    next(slices)
                    await self.waits(self._sleep(0))
            finally:
                gate.release()
        except StopIteration as end:
            decoded = end.value
        return self.call(self._mean, decoded)

    def _raised(
        self, method: Callable[..., list[engineio.Event]], *args: Any
    ) -> list[engineio.Event]:
        return method(*args, now=self.now())

    def _mean(self, decoded: list[Any]) -> list[EventT]:
        return self.core.process(decoded, self.now())

    def dispatch(self, events: Iterable[EventT]) -> None:
        """Hand on events, in order."""
        for event in events:
            self._dispatch(event)

    def _process(self, method: Callable[..., list[engineio.Event]], *args: Any) -> list[EventT]:
        now = self.now()
        return self.core.process(method(*args, now=now), now)

    def _next_deadline(self) -> float:
        """Return when the core has something to do, or `NEVER`."""
        due = self.core.next_deadline()
        return NEVER if due is None else due

    def _is_due_earlier(self) -> bool:
        """Look at the deadlines: true if the timer would come too late. It must then be armed."""
        self._seen_moves = self._moves.count
        due = self._next_deadline()
        if due >= self._armed:
            return False
        self._armed = due
        return True

    def _forget_timer(self) -> None:
        self._armed = NEVER
        self._seen_moves = UNKNOWN


# What waits -------------------------------------------------------------------------

SUSPENDED = "a coroutine was suspended that is run in a thread"


def awaited(call: Awaitable[T]) -> Awaitable[T]:
    """Return `call`, which is to be awaited itself."""
    return call


async def waited(result: T) -> T:
    """Return `result`, which was waited for already."""
    return result


def run_waited(flow: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing but what `waited` made. Returns its result."""
    try:
        flow.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    flow.close()
    raise RuntimeError(SUSPENDED)


def run_to_end(flow: Coroutine[Any, Any, None]) -> None:
    """Do `run_waited` of a coroutine without a result: 0.3 µs less."""
    for _ in flow.__await__():
        flow.close()
        raise RuntimeError(SUSPENDED)
