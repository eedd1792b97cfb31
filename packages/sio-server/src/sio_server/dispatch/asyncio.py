"""Calls the application's handlers for what happens in the core, in tasks of asyncio.

What follows from it is in `flows.py`. Here is in which task a handler runs, and in which
order; and the short way of an event to its handler, where no hook is in between.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import partial
from inspect import isawaitable
from typing import Any

from sio_core.exceptions import CallAbortedError
from sio_core.socketio import AckReceived, Event, EventReceived, Socket

from ..drivers.asyncio.entrance.client_load import ClientLoad
from ..drivers.asyncio.entrance.entrance import Entrance
from .application import Application, Hooks
from .awaited_acks import AwaitedAck
from .flows import Flows
from .handler_tasks import EAGER, EagerTasks
from .reused_tasks_py311 import ReusedTasks
from .runners import Flow, run_awaiting

HandlerTasks = EagerTasks if EAGER else ReusedTasks
"""Runs handlers in this version of Python."""


class AsyncAwaitedAck(AwaitedAck):
    """The callback of a `call()` of `AsyncServer`."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()

    def _end(self, values: tuple[Any, ...] | None) -> None:
        if self._values.done():
            return
        if values is None:
            self._values.set_exception(CallAbortedError("the client disconnected"))
        else:
            self._values.set_result(values)

    def wait(self) -> Awaitable[tuple[Any, ...]]:
        """Return the values of the acknowledgement, to be awaited."""
        return self._values


class Dispatcher(Flows[Entrance[Event]]):
    """Takes the events of one server's core, in order; it never waits."""

    def __init__(self, server: Application, hooks: Hooks) -> None:
        super().__init__(server, hooks)
        self._plan = hooks.table.plan
        self._objects = hooks.table.objects
        self._handler_tasks = HandlerTasks()
        self._kept: set[asyncio.Task[Any]] = set()
        self._background: set[asyncio.Task[Any]] = set()

    # Tasks ----------------------------------------------------------------

    def tasks(self) -> list[asyncio.Task[Any]]:
        """Return the tasks of handlers that have not ended."""
        return [*self._kept, *self._handler_tasks.tasks()]

    async def end_idle(self) -> None:
        """End the tasks that are kept for handlers: a web server may close its loop on them."""
        self._handler_tasks.end_idle()
        await asyncio.sleep(0)

    def keep(self, task: asyncio.Task[Any], what: str) -> asyncio.Task[Any]:
        """Keep a handler's task alive until it ends, and log what it raises."""
        return self._keep(task, what, self._kept)

    def keep_background(self, task: asyncio.Task[Any]) -> asyncio.Task[Any]:
        """Do the same for a background task of the application: no shutdown waits for it."""
        return self._keep(task, "a background task", self._background)

    def _keep(
        self, task: asyncio.Task[Any], what: str, where: set[asyncio.Task[Any]]
    ) -> asyncio.Task[Any]:
        where.add(task)
        task.add_done_callback(partial(self._ended, what, where))
        return task

    def _ended(self, what: str, where: set[asyncio.Task[Any]], task: asyncio.Task[Any]) -> None:
        where.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.log_raised(what, task.exception())

    def log_raised(self, what: str, error: BaseException | None) -> None:
        """Say that what calls functions of the application raised."""
        self.server.logger.error("%s raised an exception", what, exc_info=error)

    def run_soon(self, coroutine: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
        """Run a coroutine that calls functions of the application, as a task."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self.keep(task, what)
        return task

    # Order ----------------------------------------------------------------

    def start(self, socket: Socket, flow: Flow[None]) -> None:
        """Run a flow at once, or with `async_handlers=False` after those of the same client."""
        load: ClientLoad = socket.session.driver
        load.handler_begun()
        if load.order is not None:
            load.order.append(flow)
        elif self.server.async_handlers:
            # In a task that is used again, as those of events: 6 µs of each connection.
            call = FlowCall(self, load, run_awaiting(flow))
            self._handler_tasks.start(call, self.entrance.loop)
        else:
            load.order = deque((flow,))
            self.run_soon(self._run_queue(load, load.order), "a handler")

    async def _run_queue(self, load: ClientLoad, queue: deque[Flow[None]]) -> None:
        runner = asyncio.current_task()
        assert runner is not None
        try:
            while queue:
                # Each handler has a task of its own: to cancel that task must end no other handler.
                handler = self.run_soon(run_awaiting(queue.popleft()), "a handler")
                try:
                    await handler
                except (Exception, asyncio.CancelledError):
                    if runner.cancelling():
                        raise
                finally:
                    load.handler_ended()
        finally:
            for _ in queue:
                load.handler_ended()
            load.order = None

    def line(self) -> Callable[[ClientLoad, Flow[None]], None]:
        """Make a line of flows, which run one after another."""
        queue: deque[Flow[None]] = deque()

        def put(load: ClientLoad, flow: Flow[None]) -> None:
            load.handler_begun()
            queue.append(flow)
            if len(queue) == 1:
                self.run_soon(self._run_line(load, queue), "a hook")

        return put

    async def _run_line(self, load: ClientLoad, queue: deque[Flow[None]]) -> None:
        try:
            while queue:
                await run_awaiting(queue[0])
                queue.popleft()
                load.handler_ended()
        finally:
            for _ in queue:
                load.handler_ended()
            queue.clear()

    async def wait_for_disconnects(self, events: Iterable[Event]) -> None:
        """Call the disconnect handlers for `events`, which a call of the application caused.

        The handlers run in a task of their own, and go on if the caller does not.
        """
        task = self.run_soon(run_awaiting(self.disconnect_in_order(events)), "a handler")
        await asyncio.wait([task])

    # Events ---------------------------------------------------------------

    def _event(self, event: EventReceived) -> None:
        hooks = self.hooks
        # `note`, without the call.
        self.detailed = detailed = self.journal.detailed()
        if detailed:
            handled = hooks.has_handler(event.socket.namespace, event.name)
            self.journal.received(event, handled=handled)
        if not self.server.async_handlers or self.hooked:
            self.start(event.socket, self.by_hooks(event))
            return
        # No hook is overridden: call the handler without them.
        socket = event.socket
        plan = self._plan(socket.namespace, event.name)
        if plan is None:
            if self._objects:
                self.start(socket, self.by_hooks(event))
            return
        handler, prefix = plan.handler, plan.prefix
        args = (*prefix, socket.sid, *event.args) if prefix else (socket.sid, *event.args)
        if not plan.least <= len(args) <= plan.most:
            args = self.fit(event, handler, args)
            if args is None:
                return
        result: Any
        if self.handler_observers is not None:
            # In a task in any case: what observers set in its context is to be set back there.
            result = self.handler_observers.run_awaiting(socket, event.name, handler, args)
        else:
            try:
                result = handler(*args)
            except (Exception, asyncio.CancelledError) as error:
                # The failure is handled as that of a coroutine is, when its turn comes.
                result = _raise(error)
        if plan.shape.is_coroutine or isawaitable(result):
            socket.session.driver.pending += 1
            # `entrance.loop`, without the call of a property: 0.1 µs of every event.
            self._handler_tasks.start(EventCall(self, event, result), self.entrance.bind())
        elif event.ack_id is not None:
            self.acknowledge(socket, event.ack_id, result)

    # Acknowledgements -----------------------------------------------------

    def ack(self, event: AckReceived) -> None:
        self.call_back(event.token, event.args)

    def call_back(self, callback: Any, values: list[Any]) -> None:
        """Call the callback of an acknowledgement, which came with `values`."""
        if not self.takes(callback, values):
            return
        try:
            result = callback(*values)
        except (Exception, asyncio.CancelledError) as error:
            self.callback_raised(callback, error)
            return
        if asyncio.iscoroutine(result):
            self.run_soon(result, "a callback")


async def _raise(error: BaseException) -> None:
    raise error


class FlowCall:
    """One flow of a client that nothing of it waits for."""

    __slots__ = ("_dispatcher", "_load", "awaitable")

    def __init__(
        self, dispatcher: Dispatcher, load: ClientLoad, awaitable: Awaitable[None]
    ) -> None:
        self._dispatcher = dispatcher
        self._load = load
        self.awaitable = awaitable

    def finish(self, result: None) -> None:
        """Nobody asks for a result."""

    async def fail(self, error: Exception) -> None:
        """The flow raised, which those of handlers do not."""
        self._dispatcher.log_raised("a handler", error)

    def end(self) -> None:
        """The flow is over."""
        self._load.handler_ended()


class EventCall:
    """One event whose handler is a coroutine."""

    __slots__ = ("_dispatcher", "_event", "awaitable")

    def __init__(
        self, dispatcher: Dispatcher, event: EventReceived, awaitable: Awaitable[Any]
    ) -> None:
        self._dispatcher = dispatcher
        self._event = event
        self.awaitable = awaitable

    def finish(self, result: Any) -> None:
        """Acknowledge the event with `result`, which its handler returned."""
        event = self._event
        if event.ack_id is not None:
            self._dispatcher.acknowledge(event.socket, event.ack_id, result)

    async def fail(self, error: Exception) -> None:
        """The handler raised: ask the application what to acknowledge."""
        await run_awaiting(self._dispatcher.answer_failure(self._event, error))

    def end(self) -> None:
        """The handler is over."""
        # `handler_ended`, without the call: 0.1 µs of every event.
        load: ClientLoad = self._event.socket.session.driver
        load.pending -= 1
        if load.capacity_waiter is not None and (waiter := load.take_capacity_waiter()):
            waiter.set()
