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

from ...concurrency.primitives import Concurrency
from ..authorization import Verdict
from ..client.environ import EnvironSource
from ..driver import SharedDriver
from ..entrance import EventT
from ..shared import Core
from ..waiting import run_to_end, run_waited
from .connection import BlockingConnection
from .entrance.client_load import ClientLoad
from .entrance.entrance import Entrance
from .poll import Poll, PollWatch, Reading


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
