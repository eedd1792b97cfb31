"""The blocking driver: answers requests and WebSockets by one sans-I/O server.

The core is entered in `entrance/`, under one lock. Requests wait in their threads or
greenlets; output is written in the call that caused it. Nothing here knows what a packet is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from sio_core import Request, Response, engineio
from sio_core.engineio import (
    Authorize,
    AwaitCapacity,
    Exchange,
    PollResponse,
    ReadBody,
    Session,
    Suspend,
    UpgradeToWebSocket,
)

from ...concurrency.primitives import Concurrency
from ..admission import Admission
from ..authorization import Verdict
from ..shared import (
    CUT_OFF,
    SHUTTING_DOWN,
    Core,
    new_session,
    note_poll_answered,
    sessions_of,
    some_await_their_end,
)
from .connection import BlockingConnection
from .entrance.client_load import SLICE, ClientLoad
from .entrance.entrance import Entrance
from .poll import Poll, PollWatch, Reading

EventT = TypeVar("EventT")

CHECK_SECONDS = 0.02
"""Seconds between two checks whether clients are told and handlers are done."""


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


class Driver(Entrance[EventT], Generic[EventT]):
    """Runs `core`, whose sessions and exchanges live in `engine`, in threads or greenlets.

    `dispatch` is called with each event, in order, after outputs were handed
    on; it must not wait. `authorize` answers `Authorize` steps. A client is not read
    from while `max_running` of its events are being handled. `workers` run handlers, in
    threads at most `max_threads` at the same time.
    """

    def __init__(
        self,
        engine: engineio.Server,
        core: Core[EventT],
        dispatch: Callable[[EventT], None],
        concurrency: Concurrency,
        *,
        authorize: Authorizer = _allow,
        log: logging.Logger | None = None,
        max_running: int = 1000,
        max_threads: int = 1000,
    ) -> None:
        log = logging.getLogger("sio_server.blocking") if log is None else log
        super().__init__(engine, core, dispatch, concurrency, log, max_threads)
        self.admission = Admission(engine)
        self.max_running = max_running
        # Requests whose answer is not with the client: the end of the server waits for them.
        self.requests = 0
        self._polls = PollWatch(self)
        self._authorize = authorize

    # Requests -------------------------------------------------------------

    def http(self, request: Request, http: HTTP) -> Response:
        """Answer one HTTP request."""
        exchange = self.engine.exchange(request)
        self._advance(exchange, http, exchange.start)
        try:
            while True:
                step = exchange.step
                if isinstance(step, PollResponse):
                    note_poll_answered(exchange)
                if isinstance(step, Response):
                    return step
                if isinstance(step, Authorize):
                    self._ask(exchange, step, http)
                elif isinstance(step, ReadBody):
                    if not self._read(exchange, step, http):
                        return Response(400)
                elif self._polls.wait(exchange.driver):
                    self.input(exchange.resume)
                else:
                    self.input(exchange.lost)
                    return Response(400)
        finally:
            if not isinstance(exchange.step, Response):
                self.input(exchange.lost)

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
        self, exchange: Exchange, http: HTTP, method: Callable[..., list[engineio.Event]]
    ) -> None:
        """Call an input that may make a session, and hand on what it caused."""
        events = self.call(self._admit, exchange, http, method)
        if exchange.refusal is not None:
            self.request_log.refusal(exchange, self.now())
        self.dispatch(events)

    def _admit(
        self, exchange: Exchange, http: HTTP, method: Callable[..., list[engineio.Event]]
    ) -> list[EventT]:
        now = self.now()
        if not self.engine.accepting:
            self.admission.request(now)
            self._stopped = self._stopped and not self.engine.accepting
        raised = method(now=now)
        session = new_session(exchange)
        if session is not None:
            session.driver = ClientLoad(http, self.max_running, self.concurrency, self.lock)
        if isinstance(exchange.step, Suspend):
            exchange.driver = self._polls.add(Poll(self.concurrency.event(), http.gone), now)
        elif isinstance(exchange.step, ReadBody):
            exchange.driver = Reading(http.stop)
        return self.core.process(raised, now)

    def _ask(self, exchange: Exchange, step: Authorize, http: HTTP) -> None:
        verdict = self._authorize(step, exchange.request, http.environ())
        self._advance(exchange, http, verdict.answer(exchange))

    def _read(self, exchange: Exchange, step: ReadBody, http: HTTP) -> bool:
        """Read the body and hand it on; false if the client hung up."""
        session = exchange.session
        assert session is not None
        load: ClientLoad = session.driver
        try:
            body = http.body(step.limit, step.max_chunks)
        except ConnectionError:
            self.input(exchange.lost)
            # The exchange has its answer already: this side has stopped the reading of the body.
            self.request_log.refusal(exchange, self.now())
            return isinstance(exchange.step, Response)
        if isinstance(exchange.step, Response):
            pass  # this side did not wait for all of it
        elif body is None:
            self.input(exchange.body_too_large)
        else:
            self.read(load, partial(exchange.receive_body, capacity=load.capacity(SLICE)), body)
            while isinstance(exchange.step, AwaitCapacity):
                self.let_others_run()
                if load.inbound_full:
                    self.request_log.handlers_full(self.now())
                load.wait_for_capacity()
                self.read(load, partial(exchange.hand_on, capacity=load.capacity(SLICE)))
        if exchange.refusal is not None:
            self.request_log.refusal(exchange, self.now())
        return True

    def count_request(self, change: int) -> None:
        """An HTTP request came in, or its answer is with the client: `shutdown` waits for it."""
        with self.lock:
            self.requests += change

    # Load -----------------------------------------------------------------

    def wait_output_taken(self, session: Session) -> None:
        """Wait until less than half of what `session` may queue is queued, or it is over.

        It soon is over if its client takes nothing.
        """
        load: ClientLoad | None = session.driver
        while load is not None and session.outbound_full:
            self.input(session.expect_output_taken)
            load.wait_output_taken(lambda: session.outbound_full)

    # Life -----------------------------------------------------------------

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
        engine = self.engine
        deadline = self.now() + seconds
        for session in sessions_of(engine):
            self.input(partial(engine.close, session, detail=SHUTTING_DOWN))
        while (some_await_their_end(engine) or self.requests or busy()) and self.now() < deadline:
            self.concurrency.sleep(CHECK_SECONDS)
        for session in sessions_of(engine):
            self.input(partial(session.end, reason=CUT_OFF))
        for connection in self.connections.copy():
            connection.abort()
        self.stop()

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
