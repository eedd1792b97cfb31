"""What a driver does with requests, with slow clients and at its end, for both colours.

What waits is a coroutine here, which both colours run (`entrance.py`). Nothing here knows what
a packet is.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from sio_core import Request, Response, engineio
from sio_core.engineio import (
    Authorize,
    AwaitCapacity,
    Event,
    Exchange,
    ReadBody,
    Session,
    Suspend,
    UpgradeToWebSocket,
)

from .admission.admission import Admission
from .admission.authorization import Verdict
from .client.load import Load
from .entrance import EventT, SharedEntrance
from .shared import (
    CUT_OFF,
    ENDED_AT_ONCE,
    LONG,
    SHUTTING_DOWN,
    Core,
    sessions_of,
    some_await_their_end,
)

C = TypeVar("C")

CHECK_SECONDS = 0.02
"""Seconds between two checks whether clients are told and handlers are done."""

Authorizer = Callable[[Authorize, Request, dict[str, Any]], Any]


def _upgrade_of(exchange: Exchange) -> UpgradeToWebSocket | Response | None:
    """Return the answer to a request for a WebSocket, if there is one."""
    step = exchange.step
    return step if isinstance(step, UpgradeToWebSocket | Response) else None


class SharedDriver(SharedEntrance[EventT], Generic[EventT]):
    """The half of a driver that has no colour.

    `authorize` answers `Authorize` steps; None allows all. A client is not read from while
    `max_running` of its events are being handled. `http` is what an adapter presents of a request:
    its `environ()`, and its `body(limit, max_chunks)`.
    """

    _new_load: Callable[[Any, int], Load]
    """Makes the load of a new session from its request and its limit."""
    LOG: ClassVar[str]
    """The name of the logger, where a driver is given none."""

    def __init__(
        self,
        engine: engineio.Server,
        core: Core[EventT],
        dispatch: Callable[[EventT], None],
        *,
        authorize: Authorizer | None = None,
        log: logging.Logger | None = None,
        max_running: int = 1000,
    ) -> None:
        super().__init__(
            engine, core, dispatch, logging.getLogger(self.LOG) if log is None else log
        )
        self.admission = Admission(engine, self._opened)
        self.max_running = max_running
        self._authorize = authorize

    # Of each colour -------------------------------------------------------

    def _hold(self, exchange: Exchange, http: Any) -> None:
        """Prepare an exchange that has no answer yet, before it may have output."""

    @abstractmethod
    def _poll_wakes(self, exchange: Exchange, http: Any) -> Awaitable[bool]:
        """Wait until a poll can go on; false if its client was gone first."""

    def _opened(self) -> None:
        """Hear that new clients are taken again. Called where the core may be changed."""

    @abstractmethod
    def _cut_off(self) -> Any:
        """End what is left of connections and requests; waits."""

    # Requests -------------------------------------------------------------

    def begin(self, exchange: Exchange, http: Any) -> bool:
        """Begin a request. Returns true if `go_on` has to go on until there is an answer."""
        self._advance(exchange, http, exchange.start)
        return not isinstance(exchange.step, Response)

    async def go_on(self, exchange: Exchange, http: Any) -> None:
        """Do what a request needs for its answer, or until its client is gone."""
        try:
            while not isinstance(step := exchange.step, Response):
                if isinstance(step, ReadBody):
                    if not await self._read_body(exchange, step, http):
                        return
                elif isinstance(step, Suspend):
                    if not await self._poll_wakes(exchange, http):
                        return
                    self.input(exchange.resume)
                    if exchange.refusal is not None:
                        self.request_log.refusal(exchange, self.now())
                elif isinstance(step, AwaitCapacity):
                    await self._read_on(exchange)
                else:
                    assert isinstance(step, Authorize)
                    await self._ask(exchange, step, http)
        finally:
            if not isinstance(exchange.step, Response):
                self.input(exchange.lost)  # the client hung up, or the web server gave up

    def answer(self, exchange: Exchange) -> Response:
        """Return the answer, which is about to be sent; nobody reads that of a client that left."""
        step = exchange.step
        if not isinstance(step, Response):
            return Response(400)
        session = exchange.session
        if session is not None and exchange.request.method == "GET":
            load: Load | None = session.driver
            # Calls of `emit` may wait for this client, of which a poll has taken the messages.
            if load is not None and load.output_waiter is not None:
                load.note_output_taken()
        return step

    async def upgrade(self, request: Request, http: Any) -> UpgradeToWebSocket | Response:
        """Answer one request for a WebSocket: how to accept it, or a refusal."""
        exchange = self.engine.exchange(request)
        answer = self.begin_upgrade(exchange, http)
        while answer is None:
            assert isinstance(exchange.step, Authorize)
            await self._ask(exchange, exchange.step, http)
            answer = _upgrade_of(exchange)
        return answer

    def begin_upgrade(self, exchange: Exchange, http: Any) -> UpgradeToWebSocket | Response | None:
        """Begin a request for a WebSocket; None if the application has to be asked."""
        self._advance(exchange, http, exchange.start)
        return _upgrade_of(exchange)

    def _connect(self, kind: Callable[..., C], step: UpgradeToWebSocket | Response) -> C | Response:
        """Make the connection of a WebSocket that is not refused."""
        return step if isinstance(step, Response) else kind(self, step, step.link.session.driver)

    def _admit(
        self, exchange: Exchange, http: Any, method: Callable[..., list[Event]]
    ) -> list[EventT]:
        """Call an input that may make a session. It may not be used before this has returned."""
        now = self.now()
        if not self.engine.accepting:
            self.admission.request(now)
        raised = method(now=now)
        session = exchange.session
        if session is not None and session.driver is None:  # a new one, which has no events yet
            session.driver = self._new_load(http, self.max_running)
        if not isinstance(exchange.step, Response):
            self._hold(exchange, http)
        return self.core.process(raised, now) if raised else []

    def _advance(self, exchange: Exchange, http: Any, method: Callable[..., list[Event]]) -> None:
        """Call an input that may make a session, and log why the request is refused, if it is."""
        events = self.call(self._admit, exchange, http, method)
        if exchange.refusal is not None:
            self.request_log.refusal(exchange, self.now())
        for event in events:
            self._dispatch(event)

    async def _ask(self, exchange: Exchange, step: Authorize, http: Any) -> None:
        verdict = Verdict(True)
        if self._authorize is not None:
            asked = self._authorize(step, exchange.request, http.environ())
            verdict = await self.waits(asked)
        self._advance(exchange, http, verdict.answer(exchange))
        if verdict.withdrawn is not None and exchange.session is None:
            verdict.withdrawn()

    async def _read_body(self, exchange: Exchange, step: ReadBody, http: Any) -> bool:
        """Read the body and hand it on; false if the client hung up."""
        reading = exchange.driver
        reading.reading = True
        try:
            body = await self.waits(http.body(step.limit, step.max_chunks))
        except ConnectionError:
            # This side may have stopped the reading: then the exchange has its answer already.
            self.request_log.refusal(exchange, self.now())
            return isinstance(exchange.step, Response)
        finally:
            reading.reading = False
        if isinstance(exchange.step, Response):
            pass  # this side did not wait for all of it
        elif body is None:
            self.input(exchange.body_too_large)
        else:
            session = exchange.session
            assert session is not None
            load: Load = session.driver
            take = partial(exchange.receive_body, capacity=load.capacity())
            if len(body) > LONG:
                await self.read_long(load, take, body)
            else:
                self.read(load, take, body)
        if exchange.refusal is not None:
            self.request_log.refusal(exchange, self.now())
        return True

    async def _read_on(self, exchange: Exchange) -> None:
        """Hand on more of a body, once its client has fewer events that are being handled."""
        assert exchange.session is not None
        load: Load = exchange.session.driver
        await self.waits(self.let_others_run())
        if load.inbound_full:
            self.request_log.handlers_full(self.now())
        await load.wait_for_capacity()
        take = partial(exchange.hand_on, capacity=load.capacity())
        await self.read_long(load, take)
        if exchange.refusal is not None:
            self.request_log.refusal(exchange, self.now())

    # Load -----------------------------------------------------------------

    async def wait_output_taken(self, session: Session) -> None:
        """Wait until less than half of what `session` may queue is queued, or it is over.

        It soon is over if its client takes nothing.
        """
        load: Load | None = session.driver
        while load is not None and session.outbound_full:
            self.input(session.expect_output_taken)
            await load.wait_output_taken(lambda: session.outbound_full)

    # Life -----------------------------------------------------------------

    async def end(self, seconds: float, busy: Callable[[], bool]) -> None:
        """Close every session, and wait until clients are told and nothing is `busy()`.

        Returns after at most `seconds`; what is left by then is cut off. New clients are turned
        away meanwhile.
        """
        engine = self.engine
        self.admission.close()
        try:
            deadline = self.now() + seconds
            for number, session in enumerate(sessions_of(engine), 1):
                self.input(partial(engine.close, session, detail=SHUTTING_DOWN))
                if number % ENDED_AT_ONCE == 0:
                    await self.waits(self._sleep(0))
            while (left := deadline - self.now()) > 0 and (some_await_their_end(engine) or busy()):
                await self.waits(self._sleep(min(CHECK_SECONDS, left)))
            for number, session in enumerate(sessions_of(engine), 1):
                self.input(partial(session.end, reason=CUT_OFF))
                if number % ENDED_AT_ONCE == 0:
                    await self.waits(self._sleep(0))
            await self.waits(self._cut_off())
            self.stop()
        finally:
            self.admission.closed()

    def open_detached(self, sid: str) -> Session:
        """Open a session that no connection belongs to. Whoever asks for it tells the core so."""
        self.call(self.engine.open_detached, sid)
        session = self.engine.sessions[sid]
        session.driver = self._new_load(None, self.max_running)
        return session

    def start(self) -> None:
        """Take new clients, also after a shutdown."""
        self.exclusively(self.admission.start)

    def turn_away(self, seconds: float) -> None:
        """Take no new clients before `seconds` are over or `start` is called.

        For adapters that learn that the process is told to end, beside a `shutdown`.
        """
        self.admission.hold(self.now() + seconds)
