"""The blocking driver: runs one sans-I/O server in threads or greenlets.

One lock stands around the core. Every input goes through `Driver.input`,
`receive` or `call`: they take what became ready while they hold it, and act on
that after they let go. There is one timer a server. Nothing here knows what a
packet is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

from sio_core import Frame, Reason, Request, Response, engineio
from sio_core.engineio import (
    Authorize,
    AwaitCapacity,
    Exchange,
    Link,
    PollResponse,
    ReadBody,
    Session,
    Sink,
    Suspend,
    UpgradeToWebSocket,
)
from sio_core.repeats import Repeats
from sio_core.timers import Timed, Timers

from ...log.journal import HANDLERS_FULL
from ..admission import Admission
from ..authorization import Verdict
from .client_load import SLICE, ClientLoad
from .concurrency import Concurrency
from .connection import BlockingConnection
from .poll import Poll, Reading

EventT = TypeVar("EventT")
P = ParamSpec("P")
R = TypeVar("R")

NEVER = float("inf")
NOBODY: list[Writer] = []
POLL_CHECK_SECONDS = 3.0
"""Seconds between two checks whether the clients of waiting polls are still there."""


class Core(Protocol[EventT]):
    """A sans-I/O server: `sio_core.engineio.Server`, or one that is built on it."""

    def decode(self, events: list[engineio.Event]) -> list[Any]: ...
    def process(self, events: Iterable[Any], now: float) -> list[EventT]: ...
    def next_deadline(self) -> float | None: ...
    def handle_timeout(self, now: float) -> list[EventT]: ...
    def take_ready(self) -> list[Sink]: ...


class Writer(Protocol):
    """The driver's side of a link, of a poll that waits, or of a body that is read."""

    def wake(self) -> None:
        """Deal with its output."""
        ...

    def claim(self) -> bool:
        """Take its output, with the driver's lock held. After true `flush` is owed."""
        ...

    def flush(self) -> None:
        """Deal with the output that was claimed."""
        ...


class HTTP(Protocol):
    """One HTTP request of the web server, as an adapter presents it."""

    def environ(self) -> dict[str, Any]:
        """The WSGI environment of the request."""
        ...

    def body(self, limit: int, max_chunks: int) -> bytes | None:
        """The request's body, or None as soon as it has more bytes or chunks than that.

        Raises `ConnectionError` when the client hangs up first.
        """
        ...

    def stop(self) -> None:
        """Have `body`, which another thread or greenlet is in, return or raise; never waits."""
        ...

    def gone(self) -> bool:
        """True if the client is known to have hung up; never waits."""
        ...


Authorizer = Callable[[Authorize, Request, dict[str, Any]], Verdict]


def _allow(step: Authorize, request: Request, environ: dict[str, Any]) -> Verdict:
    return Verdict(True)


class _DelayedCall(Timed):
    """A function that is to be called at some time."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[], None]) -> None:
        super().__init__()
        self.call = call

    def deadline_passed(self, now: float) -> list[Callable[[], None]]:
        return [self.call]


class Driver(Generic[EventT]):
    """Runs `core`, whose sessions and exchanges live in `engine`.

    `dispatch` is called with each event, in order, after outputs were handed
    on; its second argument is true where it may take its time, on the thread
    of the request that caused the event. `authorize` answers `Authorize` steps.
    `workers` run handlers, in threads at most `max_threads` at the same time.
    """

    def __init__(
        self,
        engine: engineio.Server,
        core: Core[EventT],
        dispatch: Callable[[EventT, bool], None],
        concurrency: Concurrency,
        *,
        authorize: Authorizer = _allow,
        log: logging.Logger | None = None,
        max_running: int = 1000,
        max_threads: int = 1000,
    ) -> None:
        self.engine = engine
        self.core = core
        self.concurrency = concurrency
        self._cooperative = concurrency.cooperative
        self.log = logging.getLogger("sio_server.blocking") if log is None else log
        self.workers = concurrency.workers(max_threads, self.log)
        self.lock = concurrency.lock()
        self.now = concurrency.now
        self.admission = Admission(engine)
        self.writers = 0
        self.requests = 0
        self.max_running = max_running
        self.connections: set[BlockingConnection] = set()
        self._dispatch = dispatch
        self._authorize = authorize
        self._refusals = Repeats()
        self._delayed_calls: Timers[Callable[[], None]] = Timers()
        self._polls: set[Poll] = set()
        self._checking_polls = False
        self._timer_alarm = concurrency.event()
        self._timer_runs = False
        self._stopped = False
        self._armed = NEVER

    # The choke points -----------------------------------------------------

    def input(self, method: Callable[..., list[engineio.Event]], *args: Any) -> None:
        """Network side: call an input of the engine, act on its output and events."""
        with self.lock:
            now = self.now()
            events = self.core.process(method(*args, now=now), now)
            ready, early = self._take_ready()
        self._write_ready(ready, early)
        for event in events:
            self._dispatch(event, True)

    def receive(self, link: Link, frame: Frame) -> None:
        """`read` of `Link.receive`: the path of nearly every message."""
        self.read(link.session.driver, link.receive, frame)

    def read(
        self, load: ClientLoad, method: Callable[..., list[engineio.Event]], *args: Any
    ) -> None:
        """`input` of what may bring messages of the client of `load`.

        What messages say is decoded without the driver's lock: nobody else waits meanwhile, and
        an application's `json=` may look at the server. `load.reading` keeps the order.
        """
        events: list[EventT] = []
        with load.reading:
            with self.lock:
                raised = method(*args, now=self.now())
                ready, early = self._take_ready() if not raised else (NOBODY, False)
            if raised:
                decoded = self.core.decode(raised)
                with self.lock:
                    events = self.core.process(decoded, self.now())
                    ready, early = self._take_ready()
        self._write_ready(ready, early)
        for event in events:
            self._dispatch(event, True)

    def call(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Application side: call a method of the core and act on its output."""
        with self.lock:
            result = method(*args, **kwargs)
            ready, early = self._take_ready()
        self._write_ready(ready, early)
        return result

    def dispatch(self, events: Iterable[EventT]) -> None:
        """Hand on events that a call of the application caused."""
        for event in events:
            self._dispatch(event, False)

    def lose(self, link: Link, error: str) -> None:
        """`input` of `Link.lost`."""
        self.input(partial(link.lost, error=error))

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        """Have the timer call `call`, which must not wait, in `seconds`."""
        with self.lock:
            self._delayed_calls.set(_DelayedCall(call), self.now() + seconds)
            ready, early = self._take_ready()
        self._write_ready(ready, early)

    def count_writer(self, change: int) -> None:
        """A connection got a writer of its own, or its writer is done."""
        with self.lock:
            self.writers += change

    def count_request(self, change: int) -> None:
        """An HTTP request came in, or its answer is with the client: `shutdown` waits for it."""
        with self.lock:
            self.requests += change

    def _take_ready(self) -> tuple[list[Writer], bool]:
        """What is ready, and whether the timer sleeps too long. Call it with the lock held."""
        due = self._next_deadline()
        # Behind the end nobody sleeps: what is due is looked at in the next life.
        early = due < self._armed and not self._stopped
        if early:
            self._armed = due
        sinks = self.core.take_ready()
        if not sinks:
            return NOBODY, early
        ready: list[Writer] = [driver for sink in sinks if (driver := sink.driver) is not None]
        if self._cooperative:
            # All are taken from under one lock. Nobody waits for one of them meanwhile; a
            # thread might, until a long broadcast comes to it.
            ready = [driver for driver in ready if driver.claim()]
        return ready, early

    def _next_deadline(self) -> float:
        due, own = self.core.next_deadline(), self._delayed_calls.next
        if due is None:
            return NEVER if own is None else own
        return due if own is None or due < own else own

    def _write_ready(self, ready: list[Writer], early: bool) -> None:
        if not ready:
            pass
        elif self._cooperative:
            rest = iter(ready)
            try:
                for driver in rest:
                    driver.flush()
            finally:
                # Whatever went wrong with one, the others are claimed.
                for driver in rest:
                    driver.flush()
        else:
            for driver in ready:
                driver.wake()
        if early:
            self._wake_timer()

    # The timer ------------------------------------------------------------

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
                # Whatever comes next finds that the timer sleeps too long.
                self._timer_runs, self._armed = False, NEVER

    def _run_timer(self) -> None:
        while True:
            self._timer_alarm.clear()
            with self.lock:
                if self._stopped:
                    self._timer_runs = False
                    return
                self._armed = due = self._next_deadline()
            wait = due - self.now()
            if wait <= 0:
                self._handle_timeout_safely()
            else:
                self._timer_alarm.wait(None if due == NEVER else wait)

    def _handle_timeout_safely(self) -> None:
        """`_handle_timeout`; the timer goes on whatever happens in it: it is the only one."""
        try:
            self._handle_timeout()
        except Exception as error:
            self.log.error("the timer met an exception", exc_info=error)
            self._timer_alarm.wait(1.0)  # what is due may be due again at once
        self.workers.tend()

    def _handle_timeout(self) -> None:
        calls: list[Callable[[], None]] = []
        with self.lock:
            now = self.now()
            events = self.core.handle_timeout(now)
            while (owner := self._delayed_calls.pop_due(now)) is not None:
                calls += owner.deadline_passed(now)
            ready, _ = self._take_ready()
        self._write_ready(ready, False)
        for call in calls:
            self._safely(call)
        for event in events:
            self._safely(self._dispatch, event, False)

    def _safely(self, call: Callable[..., None], *args: Any) -> None:
        """Whatever goes wrong with one, the timer deals with the others."""
        try:
            call(*args)
        except Exception as error:
            self.log.error("the timer met an exception", exc_info=error)

    # Requests -------------------------------------------------------------

    def http(self, request: Request, http: HTTP) -> Response:
        """Answer one HTTP request."""
        exchange = self.engine.exchange(request)
        self._advance(exchange, http, exchange.start)
        try:
            while True:
                step = exchange.step
                if isinstance(step, PollResponse):
                    self._note_poll_answered(exchange)
                if isinstance(step, Response):
                    return step
                if isinstance(step, Authorize):
                    self._ask(exchange, step, http)
                elif isinstance(step, ReadBody):
                    if not self._read(exchange, step, http):
                        return Response(400)
                elif self._wait(exchange.driver):
                    self.input(exchange.resume)
                else:
                    self.input(exchange.lost)
                    return Response(400)
        finally:
            if not isinstance(exchange.step, Response):
                self.input(exchange.lost)

    def _note_poll_answered(self, exchange: Exchange) -> None:
        """A poll has taken what waited, be it at once or later: emitters may go on."""
        if exchange.session is not None and exchange.session.driver is not None:
            exchange.session.driver.note_output_taken()

    def websocket(self, request: Request, http: HTTP) -> BlockingConnection | Response:
        """Answer one request for a WebSocket: the connection to accept, or a refusal."""
        exchange = self.engine.exchange(request)
        self._advance(exchange, http, exchange.start)
        while isinstance(exchange.step, Authorize):
            self._ask(exchange, exchange.step, http)
        step = exchange.step
        if isinstance(step, Response):
            return step
        assert isinstance(step, UpgradeToWebSocket)
        return BlockingConnection(self, step, step.link.session.driver)

    def _advance(
        self,
        exchange: Exchange,
        http: HTTP,
        method: Callable[..., list[engineio.Event]],
        *args: Any,
    ) -> None:
        """Call an input that may make a session; its `ClientLoad` is there before its events."""
        with self.lock:
            now = self.now()
            if not self.engine.accepting:
                self.admission.request(now)
                self._stopped = self._stopped and not self.engine.accepting
            raised = method(*args, now=now)
            session = exchange.session
            if session is not None and session.driver is None:
                session.driver = ClientLoad(http, self.max_running, self.concurrency, self.lock)
            if isinstance(exchange.step, Suspend):
                self._suspend(exchange, http, now)
            elif isinstance(exchange.step, ReadBody):
                exchange.driver = Reading(http.stop)
            events = self.core.process(raised, now)
            ready, early = self._take_ready()
        self._write_ready(ready, early)
        self._log_refusal(exchange)
        for event in events:
            self._dispatch(event, True)

    def _suspend(self, exchange: Exchange, http: HTTP, now: float) -> None:
        """A poll is about to wait. Call it with the lock held."""
        exchange.driver = poll = Poll(self.concurrency.event(), http.gone)
        self._polls.add(poll)
        if not self._checking_polls:
            self._checking_polls = True
            self._delayed_calls.set(_DelayedCall(self._check_polls), now + POLL_CHECK_SECONDS)

    def _wait(self, poll: Poll) -> bool:
        """Wait until a poll can go on. Returns false if its client was gone first."""
        try:
            return poll.wait()
        finally:
            self._polls.discard(poll)

    def _check_polls(self) -> None:
        """Have polls end whose clients are gone: one timer for all costs each of them nothing."""
        with self.lock:
            polls = list(self._polls)
            self._checking_polls = bool(polls)
        for poll in polls:
            poll.check_client()
        if polls:
            self.call_later(POLL_CHECK_SECONDS, self._check_polls)

    def _log_refusal(self, exchange: Exchange) -> None:
        """Say why a request was refused: once a reason and minute, for clients could repeat it."""
        refusal = exchange.refusal
        if refusal is not None:
            kind, text = refusal.context, refusal.explanation
            self._refusals.log(self.log.warning, kind, self.now(), "request refused: %s", text)

    def _log_full(self) -> None:
        """Say, once a minute, that a client has to wait for its handlers."""
        self._refusals.log(self.log.warning, HANDLERS_FULL, self.now(), HANDLERS_FULL)

    def _ask(self, exchange: Exchange, step: Authorize, http: HTTP) -> None:
        verdict = self._authorize(step, exchange.request, http.environ())
        if verdict.allowed:
            self._advance(exchange, http, partial(exchange.allow, sid=verdict.sid))
        else:
            self._advance(exchange, http, partial(exchange.deny, message=verdict.message))

    def _read(self, exchange: Exchange, step: ReadBody, http: HTTP) -> bool:
        """Read the body and hand it on; false if the client hung up."""
        session = exchange.session
        assert session is not None
        load: ClientLoad = session.driver
        try:
            body = http.body(step.limit, step.max_chunks)
        except ConnectionError:
            self.input(exchange.lost)
            # If nobody waits for the body any more, this side ended it and has an answer.
            self._log_refusal(exchange)
            return isinstance(exchange.step, Response)
        if isinstance(exchange.step, Response):
            pass  # this side did not wait for all of it
        elif body is None:
            self.input(exchange.body_too_large)
        else:
            self.read(load, partial(exchange.receive_body, capacity=load.capacity(SLICE)), body)
            while isinstance(exchange.step, AwaitCapacity):
                self.let_others_run()
                if load.pending >= load.limit:
                    self._log_full()
                load.wait_for_capacity()
                self.read(load, partial(exchange.hand_on, capacity=load.capacity(SLICE)))
        self._log_refusal(exchange)
        return True

    # Load and the end -----------------------------------------------------

    def let_others_run(self) -> None:
        """Let others go on, where whoever does not wait keeps them waiting."""
        self.engine.any_outbound_full = False
        if self._cooperative:
            self.concurrency.sleep(0)

    @contextmanager
    def paused(self, session: Session) -> Iterator[None]:
        """While this runs nothing is read from the client of `session`, so its pong may wait."""
        self.call(session.pause, self.now())
        try:
            yield
        finally:
            self.input(session.resume)

    def wait_for_capacity(self, session: Session) -> None:
        """Wait until fewer events of a client are being handled; its heartbeat waits, too."""
        self._log_full()
        with self.paused(session):
            session.driver.wait_for_capacity()

    def wait_output_taken(self, session: Session) -> None:
        """Wait until less than half of what `session` may queue is queued, or it is over.

        It soon is over if its client takes nothing.
        """
        load: ClientLoad | None = session.driver
        while load is not None and session.outbound_full:
            self.input(session.expect_output_taken)
            load.wait_output_taken(lambda: session.outbound_full)

    def shutdown(self, seconds: float, busy: Callable[[], bool] = lambda: False) -> None:
        """Close every session and wait until their output is sent and nothing is `busy()`.

        Returns after at most `seconds`; what is left by then is cut off. New clients are
        turned away meanwhile.
        """
        self.admission.close()
        try:
            self._shut_down(seconds, busy)
        finally:
            self.admission.closed()

    def _shut_down(self, seconds: float, busy: Callable[[], bool]) -> None:
        deadline = self.now() + seconds
        for session in self.engine.sessions.copy().values():
            self.input(partial(self.engine.close, session, detail="server shutting down"))
        while (self._end_unsent() or self.requests or busy()) and self.now() < deadline:
            self.concurrency.sleep(0.02)
        for session in self.engine.sessions.copy().values():
            self.input(partial(session.end, reason=Reason("forced close", "server shutting down")))
        for connection in self.connections.copy():
            connection.abort()
        self.stop()

    def _end_unsent(self) -> bool:
        """True while a client that can be told of the end was not."""
        sessions = self.engine.sessions.copy().values()
        return any(session.link is not None or session.polled for session in sessions)

    def start(self) -> None:
        """Take new clients, also after a shutdown."""
        with self.lock:
            self.admission.start()
            self._stopped = False

    def turn_away(self, seconds: float) -> None:
        """Take no new clients before `seconds` are over or `start` is called.

        For adapters that learn that the process is told to end, beside a `shutdown`.
        """
        self.admission.hold(self.now() + seconds)

    def stop(self) -> None:
        """End the timer. For the end of the server, after its sessions were closed."""
        with self.lock:
            self._stopped = True
            self._armed = NEVER
        self._timer_alarm.set()


__all__ = ["HTTP", "Authorizer", "BlockingConnection", "Core", "Driver", "Verdict"]
