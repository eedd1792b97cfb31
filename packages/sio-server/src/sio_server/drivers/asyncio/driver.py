"""The asyncio driver: answers requests and WebSockets by one sans-I/O server.

The core is entered in `entrance/`. Output is written in the call that caused it; a
connection has a task of its own only while its web server makes it wait. Nothing here
knows what a packet is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
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
    UpgradeToWebSocket,
)

from ..admission import Admission
from ..authorization import Verdict
from ..shared import Core, new_session, note_poll_answered
from .entrance.client_load import ClientLoad
from .entrance.entrance import Entrance
from .poll import Poll
from .shutdown import Shutdown
from .websockets.connection import Connection
from .websockets.own_socket import OwnSocketConnection
from .websockets.receiver import SLICE

EventT = TypeVar("EventT")


class HTTP(Protocol):
    """One HTTP request of the web server, as an adapter presents it."""

    def environ(self) -> dict[str, Any]:
        """A new WSGI environment for the request."""
        ...

    async def body(self, limit: int, max_chunks: int) -> bytes | None:
        """The request's body, or None as soon as it is too large.

        That is, as soon as it has more than `limit` bytes or came in more than `max_chunks`
        chunks. Raises `ConnectionError` when the client hangs up first. The driver cancels
        the call once the body is not needed any more.
        """
        ...

    async def gone(self) -> None:
        """Return when the client has hung up."""
        ...


Authorizer = Callable[[Authorize, Request, dict[str, Any]], Awaitable[Verdict]]


async def _allow(step: Authorize, request: Request, environ: dict[str, Any]) -> Verdict:
    return Verdict(True)


class Driver(Entrance[EventT], Generic[EventT]):
    """Runs `core`, whose sessions and exchanges live in `engine`, on asyncio.

    `dispatch` is called with each event, in order, after outputs were handed
    on; it must not wait. `authorize` answers `Authorize` steps. A client is not read
    from while `max_running` of its events are being handled.
    """

    def __init__(
        self,
        engine: engineio.Server,
        core: Core[EventT],
        dispatch: Callable[[EventT], None],
        *,
        authorize: Authorizer = _allow,
        log: logging.Logger | None = None,
        max_running: int = 1000,
    ) -> None:
        log = logging.getLogger("sio_server.aio") if log is None else log
        super().__init__(engine, core, dispatch, log)
        self.admission = Admission(engine)
        self.max_running = max_running
        # Requests without an answer: the end of the server waits for them.
        self.polls: set[Poll] = set()
        self._authorize = authorize

    # Requests -------------------------------------------------------------

    async def http(self, request: Request, http: HTTP) -> Response:
        """Answer one HTTP request."""
        exchange = self.engine.exchange(request)
        exchange.driver = poll = Poll(self.loop)
        self.polls.add(poll)
        try:
            self._advance(exchange, http, exchange.start)
            while True:
                step = exchange.step
                if isinstance(step, PollResponse):
                    note_poll_answered(exchange)
                    if step.heavy:
                        await self.loop.run_in_executor(None, step.make)
                    return step
                if isinstance(step, Response):
                    return step
                if isinstance(step, Authorize):
                    await self._ask(exchange, step, http)
                elif isinstance(step, ReadBody):
                    if not await self._read(exchange, step, http, poll):
                        return Response(400)
                elif await poll.wait(http.gone):
                    self.input(exchange.resume)
                else:
                    self.input(exchange.lost)
                    return Response(400)
        except asyncio.CancelledError:
            if not poll.was_interrupted():
                raise
            step = exchange.step
            return step if isinstance(step, Response) else Response(503)
        finally:
            self.polls.discard(poll)
            if not isinstance(exchange.step, Response):
                self.input(exchange.lost)  # the web server stopped the request

    async def websocket(self, request: Request, http: HTTP) -> Connection | Response:
        """Answer one request for a WebSocket: the connection to accept, or a refusal."""
        step = await self._upgrade(request, http)
        if isinstance(step, Response):
            return step
        return Connection(self, step, step.link.session.driver)

    async def own_socket(self, request: Request, http: HTTP) -> OwnSocketConnection | Response:
        """`websocket`, for an adapter that owns the socket."""
        step = await self._upgrade(request, http)
        if isinstance(step, Response):
            return step
        return OwnSocketConnection(self, step, step.link.session.driver)

    async def _upgrade(self, request: Request, http: HTTP) -> UpgradeToWebSocket | Response:
        exchange = self.engine.exchange(request)
        self._advance(exchange, http, exchange.start)
        while isinstance(exchange.step, Authorize):
            await self._ask(exchange, exchange.step, http)
        step = exchange.step
        assert isinstance(step, UpgradeToWebSocket | Response)
        return step

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
        now = self.loop.time()  # the first input of a request, whose loop may be a new one
        if not self.engine.accepting:
            self.admission.request(now)
        raised = method(now=now)
        session = new_session(exchange)
        if session is not None:
            session.driver = ClientLoad(http, self.max_running)
        return self.core.process(raised, now)

    async def _ask(self, exchange: Exchange, step: Authorize, http: HTTP) -> None:
        verdict = await self._authorize(step, exchange.request, http.environ())
        self._advance(exchange, http, verdict.answer(exchange))

    async def _read(self, exchange: Exchange, step: ReadBody, http: HTTP, poll: Poll) -> bool:
        """Read the body and hand it on; false if the client hung up."""
        session = exchange.session
        assert session is not None
        load: ClientLoad = session.driver
        poll.reading = True
        try:
            body = await http.body(step.limit, step.max_chunks)
        except ConnectionError:
            self.input(exchange.lost)
            return False
        except asyncio.CancelledError:
            if exchange.body_late:
                self.request_log.refusal(exchange, self.now())
            raise
        finally:
            poll.reading = False
        if body is None:
            self.input(exchange.body_too_large)
        else:
            self.input(partial(exchange.receive_body, capacity=load.capacity(SLICE)), body)
            while isinstance(exchange.step, AwaitCapacity):
                await asyncio.sleep(0)  # let other tasks run
                if load.inbound_full:
                    self.request_log.handlers_full(self.now())
                await load.wait_for_capacity()
                self.input(partial(exchange.hand_on, capacity=load.capacity(SLICE)))
        if exchange.refusal is not None:
            self.request_log.refusal(exchange, self.now())
        return True

    # Load -----------------------------------------------------------------

    async def wait_output_taken(self, session: Session) -> None:
        """Wait until less than half of what `session` may queue is queued, or it is over.

        It soon is over if its client takes nothing.
        """
        load: ClientLoad | None = session.driver
        while load is not None and session.outbound_full:
            self.input(session.expect_output_taken)
            await load.wait_output_taken()

    async def let_others_run(self) -> None:
        """Let connections that are backed up go on, and the event loop."""
        self.engine.any_outbound_full = False
        await asyncio.sleep(0)

    # Life -----------------------------------------------------------------

    async def shutdown(
        self, seconds: float, others: Callable[[], Collection[asyncio.Task[Any]]] = tuple
    ) -> None:
        """Close every session, and wait until clients are told and handlers are done.

        That is, for sessions, requests, output and the tasks `others()`. Returns after at
        most `seconds`; what is left by then is cut off. New clients are turned away meanwhile.
        """
        self.admission.close()
        try:
            await Shutdown(self, self.polls, others).run(seconds)
            self.stop()
        finally:
            self.admission.closed()

    def start(self) -> None:
        """Take new clients, also after a shutdown."""
        self.admission.start()

    def turn_away(self, seconds: float) -> None:
        """Take no new clients before `seconds` are over or `start` is called.

        For adapters that learn that the process is told to end, beside a `shutdown`.
        """
        self.admission.hold(self.now() + seconds)

    def _lose_all(self) -> None:
        self.polls.clear()
        super()._lose_all()
