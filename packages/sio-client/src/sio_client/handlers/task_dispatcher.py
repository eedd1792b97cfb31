"""Calls the application's handlers for what happens to an `AsyncClient`.

Handlers start in the order of the events. A plain function is called at once, a
coroutine becomes a task; where tasks do not start eagerly (before Python 3.12),
a plain function that follows on one waits until that has started.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import Any

from sio_core.exceptions import CallAbortedError, TimeoutError
from sio_core.socketio import (
    ClientEvent,
    ClientSocket,
    ServerAckAborted,
    ServerAckReceived,
    ServerAckTimedOut,
    ServerEventReceived,
)

from .after_call import ABORTED, LATE, AfterCall, Called
from .handler_call import HandlerCall
from .handler_source import HandlerSource

EAGER = sys.version_info >= (3, 12)


class TaskAck:
    """A `TaskAck` is the callback of one `AsyncClient.call()`, with a future of the `answer`.

    `until` is when the answer is late, in the event loop's clock; None: never.
    """

    __slots__ = ("ack_id", "answer", "until")

    def __init__(self, loop: asyncio.AbstractEventLoop, timeout: float | None) -> None:
        self.ack_id = 0  # until the event is sent
        self.answer: asyncio.Future[tuple[Any, ...]] = loop.create_future()
        self.until = None if timeout is None else loop.time() + timeout

    def __call__(self, *args: Any) -> None:
        """The answer came."""
        if not self.answer.done():
            self.answer.set_result(args)

    def late(self) -> None:
        """The answer did not come in time."""
        if not self.answer.done():
            self.answer.set_exception(TimeoutError(LATE))

    def abort(self) -> None:
        """No answer will come."""
        if not self.answer.done():
            self.answer.set_exception(CallAbortedError(ABORTED))


class TaskDispatcher(AfterCall):
    """A `TaskDispatcher` calls handlers for the events of one client, in order; it never waits."""

    awaits = True

    def __init__(
        self, source: HandlerSource, ack: Callable[[ClientSocket, int, Sequence[Any]], None]
    ) -> None:
        super().__init__(source, ack)
        self._batches: deque[Iterator[ClientEvent]] = deque()
        self._busy = False
        self._unstarted = 0
        self._kept: set[asyncio.Task[Any] | None] = set()
        self._lifecycle: set[asyncio.Task[Any] | None] = set()
        self._loop: asyncio.AbstractEventLoop

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use `loop` from now on; what waited in another loop is dropped."""
        self._loop = loop
        self._batches.clear()
        self._kept.clear()
        self._lifecycle.clear()
        self._unstarted = 0
        self._busy = False

    def __call__(self, events: Sequence[ClientEvent]) -> None:
        """Deal with events, after those that are being dealt with."""
        batches = self._batches
        batches.append(iter(events))
        if self._busy:
            return
        self._busy = True
        try:
            while batches:
                for event in batches[0]:
                    if type(event) is ServerEventReceived:
                        self._event(event)
                    else:
                        self._other(event)
                batches.popleft()
        finally:
            self._busy = False

    # Tasks ------------------------------------------------------------------

    def keep(self, task: asyncio.Task[Any], what: str) -> asyncio.Task[Any]:
        """Keep a task alive until it ends, and log what it raises."""
        self._kept.add(task)
        task.add_done_callback(partial(self._ended, what))
        return task

    def _ended(self, what: str, task: asyncio.Task[Any]) -> None:
        self._kept.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._source.logger.error("%s raised an exception", what, exc_info=task.exception())

    async def settled(self, timeout: float | None) -> None:
        """Wait until handlers of connect, disconnect and the like have returned.

        One that calls this is not waited for, and no more than `timeout` seconds are.
        """
        current = asyncio.current_task()
        running = {task for task in self._lifecycle if task and task is not current}
        if running:
            await asyncio.wait(running, timeout=timeout)

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """Run a coroutine that begins with `_begun` and ends with `_over`.

        Returns its task, or None when it has ended already.
        """
        if EAGER:
            task = asyncio.Task(coroutine, loop=self._loop, eager_start=True)  # type: ignore[call-arg]
            if task.done():
                return None
        else:
            self._unstarted += 1
            task = self._loop.create_task(coroutine)
        # Cheaper than a callback of the task: 1 µs of every event.
        self._kept.add(task)
        return task

    def _begun(self) -> None:
        if not EAGER:
            self._unstarted -= 1

    def _over(self) -> None:
        task = asyncio.current_task()
        self._kept.discard(task)
        if self._lifecycle:
            self._lifecycle.discard(task)

    def _in_turn(self, function: Callable[..., object], *args: Any) -> None:
        """Call a function once the tasks that were made before it have started."""
        if not self._unstarted:
            function(*args)
            return
        self._unstarted += 1
        self._loop.call_soon(self._late, function, args)

    def _late(self, function: Callable[..., object], args: tuple[Any, ...]) -> None:
        self._unstarted -= 1
        function(*args)

    # Events of the server -----------------------------------------------------

    def _event(self, event: ServerEventReceived) -> None:
        found = self.find(event)
        if found is None:
            return
        handler, args, is_coroutine = found
        if is_coroutine:
            self._start(self._awaited(event, handler(*args)))
        elif self._unstarted:
            self._in_turn(self.make, event, handler, args)
        else:
            self.make(event, handler, args)

    def go_on(self, event: Called | None, awaitable: Any) -> None:
        """Await in a task what a handler returned for `event`, or a callback (None)."""
        self._start(self._callback(awaitable) if event is None else self._awaited(event, awaitable))

    def trigger(self, call: HandlerCall) -> asyncio.Task[None] | None:
        """Make a call the long way, through the client's hooks. Returns its task, if any."""
        try:
            awaitable = self._source.trigger(call.name, call.namespace, *call.args)
        except Exception as error:  # an application's hook need not be a coroutine function
            self.raised(call, error)
            return None
        return self._start(self._awaited(call, awaitable))

    async def _awaited(self, event: Called, awaitable: Any) -> None:
        self._begun()
        try:
            result = await awaitable
        except Exception as error:
            self.raised(event, error)
        else:
            if event.ack_id is not None:
                self.acknowledge(event, result)
        finally:
            self._over()

    # All else -----------------------------------------------------------------

    def _other(self, event: ClientEvent) -> None:
        if isinstance(event, ServerAckReceived):
            if type(event.token) is TaskAck:
                event.token(*event.args)
            else:
                self._in_turn(self.call_back, event.token, event.args)
        elif isinstance(event, ServerAckTimedOut | ServerAckAborted):
            self._unanswered(event)
        else:
            for call in self._source.calls(event):
                if not self._source.unheard(call):
                    task = self.trigger(call)
                    if task is not None:
                        self._lifecycle.add(task)

    # Acknowledgements -----------------------------------------------------

    async def _callback(self, awaitable: Any) -> None:
        self._begun()
        try:
            await awaitable
        except Exception as error:
            self._source.logger.error("a callback raised an exception", exc_info=error)
        finally:
            self._over()

    def _unanswered(self, event: ServerAckTimedOut | ServerAckAborted) -> None:
        token = event.token
        if type(token) is not TaskAck:
            self._source.logger.debug("an acknowledgement did not come")
        elif isinstance(event, ServerAckTimedOut):
            token.late()
        else:
            token.abort()
