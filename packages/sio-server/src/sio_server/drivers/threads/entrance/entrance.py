"""How the blocking driver enters its core: one method, one lock, and the one timer.

`Entrance.call` is the way in: it takes what became ready while it holds the lock, and has
that written after it let go. `read` is the same in two pieces, for what clients send: it decodes
between them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Generic

from sio_core import Frame, engineio
from sio_core.engineio import Link, Sink
from sio_core.timers import Timed, Timers

from ....concurrency.primitives import Concurrency
from ...entrance import NEVER, EventT, P, R, SharedEntrance, waited
from .client_load import ClientLoad
from .writers import OpenWebSocket, Writer

NOBODY: list[Any] = []
AT_ONCE = 8
"""Connections that one turn with the lock claims in threads: the last of them waits for the others.
A turn for each costs 0.3 µs of each recipient."""
GREENLETS_AT_ONCE = 500
"""Connections that one greenlet writes to before others have their turn: each takes some 10 µs."""
SHORT = 1024
"""Characters of a message up to which a turn more with the lock takes longer than its decoding."""


class _DelayedCall(Timed):
    """A function that is to be called at some time."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[], None]) -> None:
        super().__init__()
        self.call = call

    def deadline_passed(self, now: float) -> list[Callable[[], None]]:
        return [self.call]


class Entrance(SharedEntrance[EventT], Generic[EventT]):
    """The way into the core of one server in threads or greenlets, under one lock.

    `dispatch` is called without the lock. `workers` run what waits, in threads at most
    `max_threads` at the same time.
    """

    concurrency: Concurrency
    max_threads: int

    def _prepare(self) -> None:
        concurrency = self.concurrency
        self.workers = concurrency.workers(self.max_threads, self.log)
        self.lock = concurrency.lock()
        self._gate = concurrency.lock()
        self.now = concurrency.now
        self.connections: set[OpenWebSocket] = set()
        self._cooperative = concurrency.cooperative
        self._at_once = GREENLETS_AT_ONCE if self._cooperative else AT_ONCE
        self._decodes_itself = self.core.decodes_itself
        self._delayed_calls: Timers[Callable[[], None]] = Timers(self._moves)
        self._timer_alarm = concurrency.event()
        self._timer_runs = False
        self._stopped = False

    # The way in -----------------------------------------------------------

    def call(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a method of the core, have its output written, and keep the timer right."""
        with self.lock:
            result = method(*args, **kwargs)
            output = self._take_ready()
        self._write_ready(*output)
        return result

    def exclusively(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function that reads the core or its users' data, with the lock held."""
        with self.lock:
            return function(*args, **kwargs)

    def receive(self, link: Link, frame: Frame) -> None:
        """Do `read` of `Link.receive`: the path of nearly every message.

        What is short, and decoded without the application, takes one turn with the lock.
        """
        load: ClientLoad = link.session.driver
        if len(frame) > SHORT or not self._decodes_itself or not isinstance(frame, str):
            self._read_apart(load, link.receive, frame)
            return
        with load.reading, self.lock:
            raised = link.receive(frame, now := self.now())
            events = self.core.process(raised, now) if raised else []
            due = self.engine.ready or self._moves.count != self._seen_moves
            output = self._take_ready() if due else None
        if output is not None:
            self._write_ready(*output)
        self.dispatch(events)

    def read(
        self, load: ClientLoad, method: Callable[..., list[engineio.Event]], *args: Any
    ) -> None:
        """Do `input` of what may bring messages of the client of `load`: the body of a request.

        What is short, and decoded without the application, takes one turn with the lock.
        """
        if not self._decodes_itself or len(args[0]) > SHORT:
            self._read_apart(load, method, *args)
            return
        with load.reading:
            with self.lock:
                now = self.now()
                events = self.core.process(method(*args, now=now), now)
                output = self._take_ready()
            self._write_ready(*output)
        self.dispatch(events)

    def _read_apart(self, load: ClientLoad, method: Callable[..., Any], *args: Any) -> None:
        """Do `read` in two turns with the lock, between which messages are decoded.

        Other clients do not wait for that, and an application's `json=` may look at the server.
        `load.reading` keeps the order.
        """
        events: list[EventT] = []
        with load.reading:
            with self.lock:
                raised = method(*args, now=self.now())
                output = None if raised else self._take_ready()
            if output is None:
                decoded = self.core.decode(raised)
                with self.lock:
                    events = self.core.process(decoded, self.now())
                    output = self._take_ready()
        self._write_ready(*output)
        self.dispatch(events)

    def _sleep(self, seconds: float) -> None:
        self.concurrency.sleep(seconds)

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        """Have the timer call `call`, which must not wait, in `seconds`."""
        self.call(self.set_alarm, self.now() + seconds, call)

    def set_alarm(self, when: float, call: Callable[[], None]) -> None:
        """Do `call_later` at a time, for what is called with the lock held."""
        self._delayed_calls.set(_DelayedCall(call), when)

    waits = staticmethod(waited)

    # Load -----------------------------------------------------------------

    def count_writer(self, change: int) -> None:
        """Count a connection whose output a writer of its own writes, or whose writer is done."""
        with self.lock:
            self.writers += change

    def take_turns(self) -> None:
        """Let other greenlets run, in a mode where they run only while this one waits."""
        if self._cooperative:
            self.concurrency.sleep(0)

    # Output ---------------------------------------------------------------

    def _take_ready(self) -> tuple[list[Writer], list[Sink], bool]:
        """Claim what is ready. Returns it, what is left to claim, and if the timer sleeps too long.

        Call it with the lock held, and `_write_ready` with what it returns after that.
        """
        early = False
        # Between `stop` and the next start no timer runs, and none is woken.
        if self._moves.count != self._seen_moves and not self._stopped:
            early = self._is_due_earlier()
        sinks = self.core.take_ready()
        if not sinks:
            return NOBODY, NOBODY, early
        # Most connections are claimed here at once where no other greenlet runs meanwhile. A thread
        # claims a few before it writes: the last of a long broadcast would have to wait.
        at_once = self._at_once
        if len(sinks) <= at_once:
            return _claim(sinks), NOBODY, early
        return _claim(sinks[:at_once]), sinks[at_once:], early

    def _write_ready(self, claimed: list[Writer], rest: list[Sink], early: bool) -> None:
        if claimed:
            _flush(claimed)
        if rest:
            self._write_rest(rest)
        if early:
            self._wake_timer()

    def _write_rest(self, rest: list[Sink]) -> None:
        """Write what is left in pieces; other greenlets have their turn before each of them."""
        at_once = self._at_once
        pieces = deque(rest[at : at + at_once] for at in range(0, len(rest), at_once))
        try:
            while pieces:
                self.take_turns()
                self._write_piece(pieces.popleft())
        finally:
            # A time limit of the application may end the waiting: nobody else writes the others.
            while pieces:
                self._write_piece(pieces.popleft())

    def _write_piece(self, sinks: list[Sink]) -> None:
        with self.lock:
            claimed = _claim(sinks)
        _flush(claimed)

    # The timer ------------------------------------------------------------

    def _next_deadline(self) -> float:
        due, own = self.core.next_deadline(), self._delayed_calls.next
        return min(NEVER if due is None else due, NEVER if own is None else own)

    def _wake_timer(self) -> None:
        with self.lock:
            start = not self._timer_runs and not self._stopped
            self._timer_runs = self._timer_runs or start
        if not start:
            self._timer_alarm.set()
            return
        try:
            self.concurrency.spawn(self._run_timer)
        except (RuntimeError, MemoryError) as error:
            self.log.error("no thread can be started for the timer, it is tried again: %s", error)
            with self.lock:
                # The next call finds that the timer sleeps too long, and wakes it.
                self._timer_runs = False
                self._forget_timer()

    def _run_timer(self) -> None:
        while True:
            self._timer_alarm.clear()
            with self.lock:
                if self._stopped:
                    self._timer_runs = False
                    return
                self._seen_moves = self._moves.count
                self._armed = due = self._next_deadline()
            wait = due - self.now()
            if wait <= 0:
                self._act_on_deadlines()
            else:
                self._timer_alarm.wait(None if due == NEVER else wait)

    def _act_on_deadlines(self) -> None:
        """Do what is due; the timer goes on whatever happens in it: it is the only one."""
        try:
            events, calls = self.call(self._take_due)
        except Exception as error:
            self.log.error("the timer met an exception", exc_info=error)
            self._timer_alarm.wait(1.0)  # what is due may be due again at once
        else:
            for call in calls:
                self._safely(call)
            for event in events:
                self._safely(self._dispatch, event)
        self.workers.tend()

    def _take_due(self) -> tuple[list[EventT], list[Callable[[], None]]]:
        now = self.now()
        events = self.core.handle_timeout(now)
        calls: list[Callable[[], None]] = []
        while (owner := self._delayed_calls.pop_due(now)) is not None:
            calls += owner.deadline_passed(now)
        return events, calls

    def _safely(self, call: Callable[..., None], *args: Any) -> None:
        """Call `call`; an error is logged, so that the timer goes on with the other calls."""
        try:
            call(*args)
        except Exception as error:
            self.log.error("the timer met an exception", exc_info=error)

    def stop(self) -> None:
        """End the timer. For the end of the server, after its sessions were closed."""
        with self.lock:
            self._stopped = True
            super().stop()
        self._timer_alarm.set()


def _claim(sinks: list[Sink]) -> list[Writer]:
    return [driver for sink in sinks if (driver := sink.driver) is not None and driver.claim()]


def _flush(claimed: list[Writer]) -> None:
    rest = iter(claimed)
    try:
        for driver in rest:
            driver.flush()
    finally:
        # An error of one connection must not keep the others from being claimed.
        for driver in rest:
            driver.flush()
