"""A request that is answered without a task, where the adapter hears of its bytes as they come.

A poll that waits is then two objects, and its answer is written in the turn of the event loop in
which there is something to say. Whatever has to wait for the application, or would keep others
waiting, goes on as a coroutine in a task, as every request of other adapters does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from functools import partial
from typing import Any, Protocol

from sio_core import Request, Response
from sio_core.engineio import PollResponse, ReadBody, Suspend

from ..shared import LONG
from .driver import HTTP, Driver


class DirectHTTP(HTTP, Protocol):
    """What an adapter presents of one request: what it does of any, and where its answer goes.

    `body` and `gone` are asked for once a task goes on with the request.
    """

    def respond(self, response: Response) -> None:
        """Write the whole answer, unless the client is gone; never waits."""
        ...

    def run(self, answering: Coroutine[Any, Any, Response]) -> None:
        """Run a coroutine as a task of the web server, and `respond` with what it returns."""
        ...


class DirectRequest:
    """One request. The adapter calls `start`, then `body` or `body_too_large`, and `lost`.

    It is the driver of its exchange, and one of the requests that the end of the server waits for.
    """

    __slots__ = (
        "_answered",
        "_driver",
        "_exchange",
        "_http",
        "_is_to_flush",
        "_runs",
        "gave_up",
        "task",
    )

    def __init__(
        self,
        driver: Driver[Any],
        request: Request,
        http: DirectHTTP,
        named: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> None:
        """`named` and `query` are what `engine.exchange` takes."""
        self._driver = driver
        self._http = http
        self._exchange = exchange = driver.engine.exchange(request, named, query)
        exchange.driver = self
        self._is_to_flush = False
        self._answered = False
        self._runs = False
        """True once a task goes on with it."""
        self.gave_up = False
        """True once the answer does not wait for the rest of the body."""
        self.task: asyncio.Task[Any] | None = None

    # For the adapter ------------------------------------------------------

    def start(self, body: bytes | None = None) -> None:
        """The head of the request has come: answer it, or wait for what it takes.

        All of its `body` may have come, too, in one piece.
        """
        exchange = self._exchange
        self._driver.begin(exchange, self._http)
        step = exchange.step
        if body is None or type(step) is not ReadBody:
            self._go_on()
        elif len(body) > step.limit:
            self.body_too_large()
        else:
            self.body(body)

    @property
    def reads(self) -> ReadBody | None:
        """Return the limits of the body, if it is to be read."""
        step = self._exchange.step
        return step if type(step) is ReadBody and not self._runs else None

    def body(self, body: bytes) -> None:
        """The whole body has come, within its limits."""
        session = self._exchange.session
        assert session is not None
        load = session.driver
        if len(body) > LONG or load.inbound_full:
            self._run()
            return
        take = partial(self._exchange.receive_body, capacity=load.capacity())
        self._driver.read(load, take, body)
        self._log_refusal()
        self._go_on()

    def body_too_large(self) -> None:
        """More of a body has come than may."""
        self._driver.input(self._exchange.body_too_large)
        self._log_refusal()
        self._go_on()

    def lost(self) -> None:
        """The client has hung up."""
        if self._answered or self._runs:
            return
        self._end()
        if isinstance(self._exchange.step, ReadBody):
            self._log_refusal()
        self._driver.input(self._exchange.lost)

    # For the driver -------------------------------------------------------

    def wake(self) -> None:
        """The exchange can go on: it does so when this turn of the event loop ends."""
        if not self._is_to_flush:
            self._is_to_flush = True
            self._driver.flush_at_turn_end(self)

    def flush(self) -> None:
        """Answer a poll, or a request that was given up."""
        self._is_to_flush = False
        if self._answered or self._runs:
            return
        exchange = self._exchange
        if type(exchange.step) is Suspend:
            self._driver.input(exchange.resume)
            self._log_refusal()
        else:
            self.gave_up = True  # only a poll and a body are waited for
            if exchange.body_late:
                self._log_refusal()
        self._go_on()

    def fail(self, error: Exception) -> None:
        """The answer could not be made, or not be written."""
        self._driver.log.error("a request could not be answered", exc_info=error)
        self._respond(Response(500))
        if not isinstance(self._exchange.step, Response):
            self._driver.input(self._exchange.lost)

    def interrupt(self) -> None:
        """End it, whatever it waits for: the server ends."""
        if not self._answered and not self._runs:
            self.gave_up = True
            step = self._exchange.step
            self._respond(step if isinstance(step, Response) else Response(503))

    # Steps ----------------------------------------------------------------

    def _go_on(self) -> None:
        exchange = self._exchange
        step = exchange.step
        kind = type(step)
        if kind is Response or (isinstance(step, PollResponse) and not step.heavy):
            self._respond(self._driver.answer(exchange))
        elif kind is Suspend or kind is ReadBody:
            self._driver.polls.add(self)  # the end of the server waits for it
        else:
            self._run()

    def _respond(self, response: Response) -> None:
        # `_end`, without the call.
        self._answered = True
        self._exchange.driver = None
        self._driver.polls.discard(self)
        self._http.respond(response)

    def _end(self) -> None:
        self._answered = True
        self._exchange.driver = None
        self._driver.polls.discard(self)

    def _run(self) -> None:
        self._runs = True
        self._driver.polls.discard(self)
        self._http.run(self._driver.finish(self._exchange, self._http))

    def _log_refusal(self) -> None:
        if self._exchange.refusal is not None:
            self._driver.request_log.refusal(self._exchange, self._driver.now())
