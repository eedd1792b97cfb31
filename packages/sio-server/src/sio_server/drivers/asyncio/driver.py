"""The asyncio driver: answers requests and WebSockets by one sans-I/O server.

The core is entered in `entrance/`. Output is written in the call that caused it; a
connection has a task of its own only while its web server makes it wait. What becomes of a
request is in `..driver`. Nothing here knows what a packet is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any, Generic, Protocol

from sio_core import Request, Response
from sio_core.engineio import Authorize, Event, Exchange, PollResponse

from ..admission.authorization import Verdict
from ..client.environ import EnvironSource
from ..driver import SharedDriver
from ..entrance import EventT
from .entrance.client_load import ClientLoad
from .entrance.entrance import Entrance
from .websockets.connection import Connection
from .websockets.own_socket import OwnSocketConnection

TURNS = 5
"""Turns of the event loop that an answer takes at most from its session's end to its sending."""


class HTTP(EnvironSource, Protocol):
    """An adapter presents one HTTP request of the web server as an `HTTP`.

    `environ` makes a new WSGI environment for the request.
    """

    async def body(self, limit: int, max_chunks: int) -> bytes | None:
        """Return the request's body, or None as soon as it is too large.

        That is, as soon as it has more than `limit` bytes or came in more than `max_chunks`
        chunks. Raises `ConnectionError` when the client hangs up first. The driver cancels
        the call once the body is not needed any more.
        """
        ...

    async def gone(self) -> None:
        """Return when the client has hung up.

        The driver cancels the call when there is an answer for the client. A call that finds then
        that the client is gone returns all the same: an answer to nobody would be lost in silence.
        """
        ...


Authorizer = Callable[[Authorize, Request, dict[str, Any]], Awaitable[Verdict]]
Gone = Callable[[], Awaitable[None]]
"""Returns when the client has hung up; cancelled once there is an answer for it."""


class Pending(Protocol):
    """A request without an answer. `task` is the one that answers it, if one does."""

    task: asyncio.Task[Any] | None

    def interrupt(self) -> None:
        """End whatever the request waits for."""
        ...


class Poll:
    """A request that may have to wait, as the driver of its exchange; made in its task."""

    __slots__ = ("_interrupted", "_ready", "_waiting", "reading", "task")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._ready = False
        self._waiting = False
        self._interrupted = False
        # With its loop: to find the running one costs a system call before Python 3.12.
        self.task = asyncio.current_task(loop)
        self.reading = False
        """True while the request's body is read: `wake` then ends the reading."""

    def wake(self) -> None:
        """The exchange can go on."""
        self._ready = True
        if self.reading:
            self.interrupt()
        elif self._waiting:
            self._waiting = False
            assert self.task is not None
            self.task.cancel()

    def interrupt(self) -> None:
        """End whatever the request waits for."""
        if not self._interrupted and self.task is not None:
            self._interrupted = True
            self.task.cancel()

    def was_interrupted(self) -> bool:
        """In the task, after a cancellation: whether `interrupt` alone asked for it."""
        task = self.task
        return self._interrupted and (task is None or not task.uncancel())

    async def wait(self, gone: Gone) -> bool:
        """Wait for `wake`. Returns false if the client was gone first.

        What waits is `gone` itself, which `wake` cancels: an answer to a client that has hung up
        would be lost, and a task of its own that notices it costs a tenth of a poll.
        """
        if self._ready:
            return True
        self._waiting = True
        try:
            await gone()
        except asyncio.CancelledError:
            if self._interrupted or not self._end_wake():
                raise
            return True
        except Exception:
            pass  # whatever the web server raised, the client can no longer be answered
        finally:
            self._waiting = False
        self._end_wake()
        return False

    def _end_wake(self) -> bool:
        """Tell whether `wake`, and nobody else, has cancelled the task, which then goes on."""
        return self._ready and self.task is not None and not self.task.uncancel()


class Driver(Entrance[EventT], SharedDriver[EventT], Generic[EventT]):
    """A `Driver` runs `core`, whose sessions and exchanges live in `engine`, on asyncio.

    `dispatch` is called with each event, in order, after outputs were handed
    on; it must not wait. `authorize` answers `Authorize` steps, None allows everything. A client
    is not read from while `max_running` of its events are being handled.
    """

    LOG = "sio_server.aio"
    _new_load = ClientLoad

    def _prepare(self) -> None:
        super()._prepare()
        # Requests without an answer: the end of the server waits for them.
        self.polls: set[Pending] = set()

    # Requests -------------------------------------------------------------

    def http(self, request: Request, http: HTTP) -> Coroutine[Any, Any, Response]:
        """Answer one HTTP request; to be awaited."""
        return self.finish(self.engine.exchange(request), http, begun=False)

    async def finish(self, exchange: Exchange, http: HTTP, *, begun: bool = True) -> Response:
        """Answer a request in this task, which was perhaps `begun` elsewhere."""
        exchange.driver = poll = Poll(self.loop)
        self.polls.add(poll)
        try:
            if begun or self.begin(exchange, http):
                await self.go_on(exchange, http)
            response = self.answer(exchange)
            if isinstance(response, PollResponse) and response.heavy:
                await self.loop.run_in_executor(None, response.make)
            return response
        except asyncio.CancelledError:
            if exchange.body_late:
                self.request_log.refusal(exchange, self.now())
            if not poll.was_interrupted():
                raise
            step = exchange.step
            return step if isinstance(step, Response) else Response(503)
        finally:
            self.polls.discard(poll)

    async def websocket(self, request: Request, http: HTTP) -> Connection | Response:
        """Answer one request for a WebSocket: the connection to accept, or a refusal."""
        self.bind()
        return self._connect(Connection, await self.upgrade(request, http))

    async def own_socket(self, request: Request, http: HTTP) -> OwnSocketConnection | Response:
        """Do what `websocket` does, for an adapter that owns the socket."""
        self.bind()
        return self._connect(OwnSocketConnection, await self.upgrade(request, http))

    def own_socket_at_once(
        self, request: Request, http: EnvironSource
    ) -> OwnSocketConnection | Response | None:
        """Do what `own_socket` does without waiting; None where the application has to be asked.

        `own_socket` is to be called then, with the same request.
        """
        self.bind()
        step = self.begin_upgrade(self.engine.exchange(request), http)
        return None if step is None else self._connect(OwnSocketConnection, step)

    # What the shared half asks for ----------------------------------------

    def _advance(self, exchange: Exchange, http: Any, method: Callable[..., list[Event]]) -> None:
        """Do what `SharedDriver._advance` does, with fewer calls."""
        events = self._admit(exchange, http, method)
        if self.engine.ready or self._moves.count != self._seen_moves:
            self.settle()
        if exchange.refusal is not None:
            self.request_log.refusal(exchange, self.now())
        for event in events:
            self._dispatch(event)

    def _poll_wakes(self, exchange: Exchange, http: HTTP) -> Awaitable[bool]:
        poll: Poll = exchange.driver
        return poll.wait(http.gone)

    # Load -----------------------------------------------------------------

    def take_turns(self) -> Awaitable[None]:
        """Let other tasks of the event loop run."""
        return asyncio.sleep(0)

    # Life -----------------------------------------------------------------

    async def shutdown(
        self, seconds: float, others: Callable[[], Collection[asyncio.Task[Any]]] = tuple
    ) -> None:
        """Close every session, and wait until clients are told and handlers are done.

        That is, for sessions, requests, output and the tasks `others()`. Returns after at
        most `seconds`; what is left by then is cut off. New clients are turned away meanwhile.
        """
        current, loop = asyncio.current_task(), self.loop

        def busy() -> bool:
            tasks = (*self.tasks, *others())
            return any(poll.task is not current for poll in self.polls) or any(
                task is not current and task.get_loop() is loop for task in tasks
            )

        await self.end(seconds, busy)

    async def _cut_off(self) -> None:
        """Let requests be answered whose sessions were just ended; cut off the others."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        current = asyncio.current_task()
        for poll in list(self.polls):
            if poll.task is not current:
                poll.interrupt()

    def _lose_all(self) -> None:
        self.polls.clear()
        super()._lose_all()
