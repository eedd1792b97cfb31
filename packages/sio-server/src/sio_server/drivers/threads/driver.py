"""The blocking driver: answers requests and WebSockets by one sans-I/O server.

The core is entered in `entrance/`, under one lock. Requests wait in their threads or
greenlets; output is written in the call that caused it. What becomes of a request is in
`..driver`. Nothing here knows what a packet is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, Protocol

from sio_core import Request, Response, engineio
from sio_core.engineio import Authorize, Exchange, ReadBody, Suspend

from ...concurrency.primitives import Concurrency, Flag
from ..admission.authorization import Verdict
from ..client.environ import EnvironSource
from ..driver import SharedDriver
from ..entrance import EventT, run_to_end, run_waited
from ..shared import Core
from .connection import BlockingConnection
from .entrance.client_load import ClientLoad
from .entrance.entrance import Entrance

CHECK_SECONDS = 3.0
"""Seconds between two checks whether the clients of waiting polls are still there."""


class HTTP(EnvironSource, Protocol):
    """An adapter presents one HTTP request of the web server as an `HTTP`.

    `environ` makes the WSGI environment of the request.
    """

    def body(self, limit: int, max_chunks: int) -> bytes | None:
        """Return the request's body, or None as soon as it has more bytes or chunks than that.

        Raises `ConnectionError` when the client hangs up first.
        """
        ...

    def stop(self) -> None:
        """Have `body`, which another thread or greenlet is in, return or raise; never waits."""
        ...

    def gone(self) -> bool:
        """Return true if the client is known to have hung up; never waits."""
        ...


Authorizer = Callable[[Authorize, Request, dict[str, Any]], Verdict]


class Poll:
    """A polling request that is suspended, as the driver of its exchange."""

    __slots__ = ("_gone", "_lost", "_ready", "flush")

    def __init__(self, ready: Flag, gone: Callable[[], bool]) -> None:
        self._ready = ready
        self._gone = gone
        self._lost = False
        self.flush = ready.set
        """The exchange can go on."""

    def claim(self) -> bool:
        """Return true, always: the output of a poll is taken by the thread that waits for it."""
        return True

    def check_client(self) -> None:
        """End the waiting if the client is gone."""
        if not self._ready.is_set() and self._gone():
            self._lost = True
            self._ready.set()

    def wait(self) -> bool:
        """Wait for `flush`. Returns false if the client was gone first.

        It is asked for once more: an answer to a client that has hung up would be lost.
        """
        self._ready.wait()
        return not (self._lost or self._gone())


class Reading:
    """A request whose body is read, as the driver of its exchange; `flush` has it stop."""

    __slots__ = ("flush", "reading")

    reading: bool
    """Noted by the driver, and of no use here."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self.flush = stop

    def claim(self) -> bool:
        """Return true, always: a request that is being read has no output."""
        return True


class PollWatch:
    """The polls that wait; one timer checks whether their clients are still there."""

    __slots__ = ("_entrance", "_polls", "_watching")

    def __init__(self, entrance: Entrance[Any]) -> None:
        self._entrance = entrance
        self._polls: set[Poll] = set()
        self._watching = False

    def add(self, poll: Poll) -> Poll:
        """Watch a poll that is about to wait. Call it with the driver's lock held."""
        self._polls.add(poll)
        if not self._watching:
            self._watching = True
            self._entrance.set_alarm(self._entrance.now() + CHECK_SECONDS, self._check_clients)
        return poll

    def wait(self, poll: Poll) -> bool:
        """Wait until a poll can go on. Returns false if its client was gone first."""
        try:
            return poll.wait()
        finally:
            self._polls.discard(poll)

    def _check_clients(self) -> None:
        """Have polls end whose clients are gone."""
        with self._entrance.lock:
            polls = list(self._polls)
            self._watching = bool(polls)
        for poll in polls:
            poll.check_client()
        if polls:
            self._entrance.call_later(CHECK_SECONDS, self._check_clients)


class Driver(Entrance[EventT], SharedDriver[EventT], Generic[EventT]):
    """A `Driver` runs `core`, with the sessions and exchanges of `engine`, in threads or greenlets.

    `dispatch` is called with each event, in order, after outputs were handed
    on; it must not wait. `authorize` answers `Authorize` steps, None allows everything. A client
    is not read from while `max_running` of its events are being handled. `workers` run handlers, in
    threads at most `max_threads` at the same time.
    """

    LOG = "sio_server.blocking"

    def __init__(
        self,
        engine: engineio.Server,
        core: Core[EventT],
        dispatch: Callable[[EventT], None],
        concurrency: Concurrency,
        *,
        authorize: Authorizer | None = None,
        log: logging.Logger | None = None,
        max_running: int = 1000,
        max_threads: int = 1000,
    ) -> None:
        self.concurrency = concurrency
        self.max_threads = max_threads
        super().__init__(
            engine, core, dispatch, authorize=authorize, log=log, max_running=max_running
        )

        self._new_load = partial(ClientLoad, concurrency=concurrency, lock=self.lock)
        # Requests whose answer is not with the client: the end of the server waits for them.
        self.requests = 0
        self._polls = PollWatch(self)

    # Requests -------------------------------------------------------------

    def http(self, request: Request, http: HTTP) -> Response:
        """Answer one HTTP request."""
        exchange = self.engine.exchange(request)
        if self.begin(exchange, http):
            run_to_end(self.go_on(exchange, http))
        return self.answer(exchange)

    def websocket(self, request: Request, http: HTTP) -> BlockingConnection | Response:
        """Answer one request for a WebSocket: the connection to accept, or a refusal."""
        return self._connect(BlockingConnection, run_waited(self.upgrade(request, http)))

    def count_request(self, change: int) -> None:
        """An HTTP request came in, or its answer is with the client: `shutdown` waits for it."""
        with self.lock:
            self.requests += change

    # What the shared half asks for ----------------------------------------

    def _hold(self, exchange: Exchange, http: HTTP) -> None:
        if isinstance(exchange.step, Suspend):
            exchange.driver = self._polls.add(Poll(self.concurrency.event(), http.gone))
        elif isinstance(exchange.step, ReadBody):
            exchange.driver = Reading(http.stop)

    async def _poll_wakes(self, exchange: Exchange, http: HTTP) -> bool:
        return self._polls.wait(exchange.driver)

    # Life -----------------------------------------------------------------

    def shutdown(self, seconds: float, busy: Callable[[], bool] = lambda: False) -> None:
        """Close every session and wait until their output is sent and nothing is `busy()`.

        Returns after at most `seconds`; what is left by then is cut off. New clients are
        turned away meanwhile.
        """
        run_waited(self.end(seconds, lambda: bool(self.requests) or busy()))

    def _cut_off(self) -> None:
        for connection in self.connections.copy():
            connection.abort()

    def _opened(self) -> None:
        """Run the timer again. Called with the lock held."""
        self._stopped = False
