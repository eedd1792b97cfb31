"""The asyncio driver: runs one sans-I/O server on the event loop.

Every input goes through `Driver.input` or `Driver.call`, and both end in
`_settle`: whatever became ready is woken there, and the one timer re-armed.
Sending is done by whoever caused the output; a connection has a task of its
own only while its web server makes it wait. Nothing here knows what a packet
is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from functools import partial
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

from sio_core import Frame, Request, Response, engineio
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

from ...log.journal import HANDLERS_FULL
from ..admission import Admission
from ..authorization import Verdict
from .client_load import ClientLoad
from .connection import Connection
from .own_socket import OwnSocketConnection
from .poll import Poll
from .receiver import SLICE
from .shutdown import Ending

TIMED_OUT = 408
"""HTTP's status for a request that took too long to send."""

EventT = TypeVar("EventT")
P = ParamSpec("P")
R = TypeVar("R")


class Core(Protocol[EventT]):
    """A sans-I/O server: `sio_core.engineio.Server`, or one that is built on it.

    One that has timers of its own makes them with `Timers(engine.timers.moves)`.
    """

    def process(self, events: Iterable[engineio.Event], now: float) -> list[EventT]: ...
    def next_deadline(self) -> float | None: ...
    def handle_timeout(self, now: float) -> list[EventT]: ...
    def take_ready(self) -> list[Sink]: ...


class HTTP(Protocol):
    """One HTTP request of the web server, as an adapter presents it."""

    def environ(self) -> dict[str, Any]:
        """A new WSGI environment for the request."""
        ...

    async def body(self, limit: int, max_chunks: int) -> bytes | None:
        """The request's body, or None as soon as it is too large.

        That is, as soon as it has more than `limit` bytes or came in more than `max_chunks`
        chunks. Raises `ConnectionError` when the client hangs up first. The driver cancels
        the call when nobody waits for the body any more.
        """
        ...

    async def gone(self) -> None:
        """Return when the client has hung up."""
        ...


Authorizer = Callable[[Authorize, Request, dict[str, Any]], Awaitable[Verdict]]


async def _allow(step: Authorize, request: Request, environ: dict[str, Any]) -> Verdict:
    return Verdict(True)


class Driver(Generic[EventT]):
    """Runs `core`, whose sessions and exchanges live in `engine`, on asyncio.

    `dispatch` is called with each event, in order, after outputs were handed
    on; it must not wait. `authorize` answers `Authorize` steps.
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
        self.engine = engine
        self.core = core
        self.log = logging.getLogger("sio_server.aio") if log is None else log
        self.admission = Admission(engine)
        self.writers = 0
        self.max_running = max_running
        # What the end of the server waits for: writers, and requests without an answer.
        self.tasks: set[asyncio.Task[Any]] = set()
        self.polls: set[Poll] = set()
        self._dispatch = dispatch
        self._authorize = authorize
        self._refusals = Repeats()
        self._to_flush: list[OwnSocketConnection] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._armed = float("inf")
        self._moves = engine.timers.moves
        self._seen_moves = -1

    # The two choke points -------------------------------------------------

    def input(self, method: Callable[..., list[engineio.Event]], *args: Any) -> None:
        """Network side: call an input of the engine, act on its output and events."""
        now = self.now()
        events = self.core.process(method(*args, now=now), now)
        self._settle()
        for event in events:
            self._dispatch(event)

    def receive(self, link: Link, frame: Frame) -> None:
        """`input` of `Link.receive`: the path of nearly every message.

        The timer is looked at only if a deadline came nearer, which few messages do.
        """
        now = self.now()
        events = self.core.process(link.receive(frame, now), now)
        if self.engine.ready or self._moves.count != self._seen_moves:
            self._settle()
        for event in events:
            self._dispatch(event)

    def call(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Application side: call a method of the core and act on its output."""
        result = method(*args, **kwargs)
        self._settle()
        return result

    def flush(self) -> None:
        """Hand on output of calls that moved no deadline but those of full queues."""
        if self.engine.ready:
            self._wake()
        due = self.engine.timers.next
        if due is not None and due < self._armed:
            self._arm(due)

    def flush_at_turn_end(self, connection: OwnSocketConnection) -> None:
        """Have `connection` flushed when this turn of the event loop ends."""
        if not self._to_flush:
            self.loop.call_soon(self._flush_at_turn_end)
        self._to_flush.append(connection)

    def _flush_at_turn_end(self) -> None:
        connections, self._to_flush = self._to_flush, []
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

    def lose(self, link: Link, error: str) -> None:
        """`input` of `Link.lost`."""
        self.input(partial(link.lost, error=error))

    def dispatch(self, events: Iterable[EventT]) -> None:
        """Hand on events that a call of the application caused."""
        for event in events:
            self._dispatch(event)

    def now(self) -> float:
        """The clock that the core is run by: the event loop's, in seconds."""
        loop = self._loop
        return self.loop.time() if loop is None else loop.time()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that requests come in on."""
        loop = self._loop
        # Asking for the running loop costs a system call before Python 3.12.
        return loop if loop is not None and loop.is_running() else self._bind()

    def _bind(self) -> asyncio.AbstractEventLoop:
        """Remember the running loop; what was to happen on another one is void."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            last, self._loop = self._loop, loop
            self._timer = None
            self._armed = float("inf")
            self._seen_moves = -1
            self._to_flush = []
            if last is not None and last.is_closed():
                self._lose_connections()
        return loop

    def _lose_connections(self) -> None:
        """Forget the connections of an event loop that has ended: they ended with it."""
        self.writers = 0
        self.polls.clear()
        for session in list(self.engine.sessions.values()):
            for transport in (session.link, session.probe, session.poll, session.post):
                if transport is not None:
                    transport.driver = None
                    self.input(transport.lost)

    def _settle(self) -> None:
        if self.engine.ready:
            self._wake()
        self._seen_moves = self._moves.count
        due = self.core.next_deadline()
        if due is not None and due < self._armed:
            self._arm(due)

    def _wake(self) -> None:
        for sink in self.core.take_ready():
            driver = sink.driver
            if driver is not None:
                driver.wake()

    def _arm(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = self.loop
        self._armed = due
        self._timer = loop.call_at(max(due, loop.time()), self._handle_timeout)

    def _handle_timeout(self) -> None:
        self._timer = None
        self._armed = float("inf")
        events = self.core.handle_timeout(self.now())
        self._settle()
        for event in events:
            self._dispatch(event)

    # Requests -------------------------------------------------------------

    async def http(self, request: Request, http: HTTP) -> Response:
        """Answer one HTTP request."""
        exchange = self.engine.exchange(request)
        exchange.driver = poll = Poll(self.loop)
        self.polls.add(poll)
        try:
            self._start(exchange, http)
            while True:
                step = exchange.step
                if isinstance(step, PollResponse):
                    self._note_poll_answered(exchange)
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
            self._abandon(exchange)

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
        self._start(exchange, http)
        while isinstance(exchange.step, Authorize):
            await self._ask(exchange, exchange.step, http)
        step = exchange.step
        assert isinstance(step, UpgradeToWebSocket | Response)
        return step

    def _start(self, exchange: Exchange, http: HTTP) -> None:
        self._advance(exchange, http, exchange.start)

    def _advance(
        self,
        exchange: Exchange,
        http: HTTP,
        method: Callable[..., list[engineio.Event]],
        *args: Any,
    ) -> None:
        """Call an input that may make a session; its `ClientLoad` is there before its events."""
        now = self.loop.time()  # the first input of a request, whose loop may be a new one
        if not self.engine.accepting:
            self.admission.request(now)
        raised = method(*args, now=now)
        session = exchange.session
        if session is not None and session.driver is None:
            session.driver = ClientLoad(http, self.max_running)
        events = self.core.process(raised, now)
        self._settle()
        self._log_refusal(exchange)
        for event in events:
            self._dispatch(event)

    def _log_refusal(self, exchange: Exchange) -> None:
        """Say why a request was refused: once a reason and minute, for clients could repeat it."""
        refusal = exchange.refusal
        if refusal is not None:
            kind, text = refusal.context, refusal.explanation
            self._refusals.log(self.log.warning, kind, self.now(), "request refused: %s", text)

    def _log_full(self) -> None:
        """Say, once a minute, that a client has to wait for its handlers."""
        self._refusals.log(self.log.warning, HANDLERS_FULL, self.now(), HANDLERS_FULL)

    async def _ask(self, exchange: Exchange, step: Authorize, http: HTTP) -> None:
        verdict = await self._authorize(step, exchange.request, http.environ())
        if verdict.allowed:
            self._advance(exchange, http, partial(exchange.allow, sid=verdict.sid))
        else:
            self._advance(exchange, http, partial(exchange.deny, message=verdict.message))

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
            self._log_late_body(exchange)
            raise
        finally:
            poll.reading = False
        if body is None:
            self.input(exchange.body_too_large)
        else:
            self.input(partial(exchange.receive_body, capacity=load.capacity(SLICE)), body)
            while isinstance(exchange.step, AwaitCapacity):
                await asyncio.sleep(0)  # the turn of the others
                if load.inbound_full:
                    self._log_full()
                await load.wait_for_capacity()
                self.input(partial(exchange.hand_on, capacity=load.capacity(SLICE)))
        self._log_refusal(exchange)
        return True

    def _log_late_body(self, exchange: Exchange) -> None:
        step, session = exchange.step, exchange.session
        # One whose session this side has closed is not late: nobody wants it any more.
        if (
            isinstance(step, Response)
            and step.status == TIMED_OUT
            and session is not None
            and session.state is engineio.SessionState.CLOSED
        ):
            self._log_refusal(exchange)

    def _note_poll_answered(self, exchange: Exchange) -> None:
        """A poll has taken what waited, be it at once or later: emitters may go on."""
        if exchange.session is not None and exchange.session.driver is not None:
            exchange.session.driver.note_output_taken()

    def _abandon(self, exchange: Exchange) -> None:
        """The web server stopped the request before it was answered."""
        if not isinstance(exchange.step, Response):
            self.input(exchange.lost)

    async def wait_for_capacity(self, session: Session) -> None:
        """Wait until fewer events of a client are being handled; its heartbeat waits, too."""
        self._log_full()
        self.input(session.pause)
        try:
            await session.driver.wait_for_capacity()
        finally:
            self.input(session.resume)

    # Helpers --------------------------------------------------------------

    def spawn(self, coroutine: Coroutine[Any, Any, R]) -> asyncio.Task[R]:
        """Run a coroutine as a task that is kept until it ends."""
        task = self.loop.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

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

    async def shutdown(
        self, seconds: float, others: Callable[[], Collection[asyncio.Task[Any]]] = tuple
    ) -> None:
        """Close every session, and wait until clients are told and handlers are done.

        That is, for sessions, requests, output and the tasks `others()`. Returns after at
        most `seconds`; what is left by then is cut off. New clients are turned away meanwhile.
        """
        self.admission.close()
        try:
            await Ending(self, others).run(seconds)
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

    def stop(self) -> None:
        """Disarm the timer. For the end of the server, after its sessions were closed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._armed = float("inf")
            self._seen_moves = -1


__all__ = [
    "HTTP",
    "Authorizer",
    "Connection",
    "Core",
    "Driver",
    "Link",
    "Suspend",
    "Verdict",
]
