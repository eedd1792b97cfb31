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
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from sio_core import socketio
from sio_core.handlers import event_args
from sio_core.socketio import (
    ClientEvent,
    ClientSocket,
    ServerAckAborted,
    ServerAckReceived,
    ServerAckTimedOut,
    ServerEventReceived,
    call_shape,
)

from ..base_client import FINAL, HandlerCall
from .awaited_acks import Call

if TYPE_CHECKING:
    from ..async_client import AsyncClient

EAGER = sys.version_info >= (3, 12)


class Dispatcher:
    """Takes the events of one client's core, in order; it never waits."""

    def __init__(self, client: AsyncClient, plain_hooks: tuple[Any, Any]) -> None:
        self._client = client
        self._class = type(client)
        self._own = client.__dict__
        self._hooks = plain_hooks
        self._batches: deque[tuple[socketio.Client, Iterator[ClientEvent]]] = deque()
        self._busy = False
        self._unstarted = 0
        self._kept: set[asyncio.Task[Any] | None] = set()
        self._lifecycle: set[asyncio.Task[Any] | None] = set()
        self._loop: asyncio.AbstractEventLoop

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Go over to a loop; what waited in another one never happens."""
        self._loop = loop
        self._batches.clear()
        self._kept.clear()
        self._lifecycle.clear()
        self._unstarted = 0
        self._busy = False

    def __call__(self, events: Sequence[ClientEvent]) -> None:
        """Deal with events, after those that are being dealt with."""
        # A handler may end this life of the client and begin another: events stay with theirs.
        batches = self._batches
        batches.append((self._client._core, iter(events)))
        if self._busy:
            return
        self._busy = True
        try:
            while batches:
                core, batch = batches[0]
                for event in batch:
                    if type(event) is ServerEventReceived and self._plain():
                        self._event(event)
                    else:
                        self._other(event, core)
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
            self._client.logger.error("%s raised an exception", what, exc_info=task.exception())

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

    def _in_turn(self, function: Callable[..., None], *args: Any) -> None:
        """Call a function once the tasks that were made before it have started."""
        if not self._unstarted:
            function(*args)
            return
        self._unstarted += 1
        self._loop.call_soon(self._late, function, args)

    def _late(self, function: Callable[..., None], args: tuple[Any, ...]) -> None:
        self._unstarted -= 1
        function(*args)

    # Events of the server -----------------------------------------------------

    def _plain(self) -> bool:
        """True unless an application put its own hook in a subclass, the class or the client."""
        own, kind = self._own, self._class
        trigger, getter = self._hooks
        return (
            kind._trigger_event is trigger
            and kind._get_event_handler is getter
            and "_trigger_event" not in own
            and "_get_event_handler" not in own
        )

    def _event(self, event: ServerEventReceived) -> None:
        """Go to the handler straight away: nobody wants to see every event."""
        client, socket = self._client, event.socket
        if event.name == FINAL:  # of the client's own making alone
            return
        plan = client._table.plan(socket.namespace, event.name)
        if plan is None:
            if client._table.objects:
                self._start(self._handled(*client._calls(event)))
            return
        handler, shape = plan.handler, plan.shape
        args = (*plan.prefix, *event.args)
        fitting = args if shape.takes(len(args)) else client._fit(event.name, handler, args)
        if fitting is None:
            client._log_misfit(event.name, handler, len(args))
        elif shape.is_coroutine:
            self._start(self._awaited(event, handler(*fitting)))
        elif self._unstarted:
            self._in_turn(self._call, event, handler, fitting)
        else:
            self._call(event, handler, fitting)

    def _call(
        self, event: ServerEventReceived, handler: Callable[..., Any], args: tuple[Any, ...]
    ) -> None:
        try:
            result = handler(*args)
        except Exception as error:
            self._failed(event.name, event.socket.namespace, error)
            return
        if isawaitable(result):
            self._start(self._awaited(event, result))
        elif event.ack_id is not None:
            self.acknowledge(event.socket, event.ack_id, result)

    async def _awaited(self, event: ServerEventReceived, awaitable: Any) -> None:
        self._begun()
        try:
            result = await awaitable
        except Exception as error:
            self._failed(event.name, event.socket.namespace, error)
        else:
            if event.ack_id is not None:
                self.acknowledge(event.socket, event.ack_id, result)
        finally:
            self._over()

    def acknowledge(self, socket: ClientSocket, ack_id: int, result: Any) -> None:
        """Send what a handler returned, unless no handler was there to return it."""
        client = self._client
        if result is client.not_handled:
            return
        try:
            client._core.ack(socket, ack_id, event_args(result))
        except ValueError as error:
            client._log_unsendable(error, self._loop.time())
        client._driver.written()

    def _failed(self, event: Any, namespace: str, error: Exception) -> None:
        self._client._log_raised(event, namespace, error, self._loop.time())

    # All else -----------------------------------------------------------------

    def _other(self, event: ClientEvent, core: socketio.Client) -> None:
        if isinstance(event, ServerAckReceived):
            if type(event.token) is Call:
                event.token(*event.args)
            else:
                self._in_turn(self._answered, event)
            return
        if isinstance(event, ServerAckTimedOut | ServerAckAborted):
            self._unanswered(event)
            return
        lifecycle = not isinstance(event, ServerEventReceived)
        for call in self._client._calls(event):
            if lifecycle and self._unheard(call):
                continue
            task = self._start(self._handled(call))
            if lifecycle and task is not None:
                self._lifecycle.add(task)
        if lifecycle:
            self._client._note(event, core)

    def _unheard(self, call: HandlerCall) -> bool:
        """True if nobody handles a call: it needs no task."""
        client = self._client
        return (
            not client._table.objects
            and self._plain()
            and client._table.plan(call.namespace, call.event) is None
        )

    async def _handled(self, call: HandlerCall) -> None:
        """The long way, through the client's hooks."""
        self._begun()
        try:
            result = await self._client._trigger_event(call.event, call.namespace, *call.args)
        except Exception as error:
            self._failed(call.event, call.namespace, error)
        else:
            if call.socket is not None and call.ack_id is not None:
                self.acknowledge(call.socket, call.ack_id, result)
        finally:
            self._over()

    # Acknowledgements -----------------------------------------------------

    def _answered(self, event: ServerAckReceived) -> None:
        client, callback = self._client, event.token
        # Not `_shape`, which remembers: a callback may be made for one message alone.
        if type(callback) is not Call and not call_shape(callback).takes(len(event.args)):
            client._log_misfit("acknowledgement", callback, len(event.args))
            return
        try:
            result = callback(*event.args)
        except Exception as error:
            client._log_callback_raised(callback, error, self._loop.time())
            return
        if isawaitable(result):
            self._start(self._callback(result))

    async def _callback(self, awaitable: Any) -> None:
        self._begun()
        try:
            await awaitable
        except Exception as error:
            self._client.logger.error("a callback raised an exception", exc_info=error)
        finally:
            self._over()

    def _unanswered(self, event: ServerAckTimedOut | ServerAckAborted) -> None:
        token = event.token
        if type(token) is not Call:
            self._client.logger.debug("an acknowledgement did not come")
        elif isinstance(event, ServerAckTimedOut):
            token.late()
        else:
            token.abort()
