"""Calls the application's handlers for what happens in the core.

Which handler, with which arguments, and what its result means: the hooks for
that are methods of the server, where applications override them. Here is when
it is called, in which task, and in which order.
"""

from __future__ import annotations

import asyncio
import builtins
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from sio_core.handlers import event_args
from sio_core.socketio import (
    AckAborted,
    AckReceived,
    AckTimedOut,
    ConnectionClosed,
    ConnectionOpened,
    ConnectionUpgraded,
    ConnectionUpgradeFailed,
    ConnectRequested,
    ConnectTimedOut,
    Disconnected,
    Event,
    EventReceived,
    NamespaceRefused,
    Socket,
    call_shape,
)

from .. import exceptions
from ..drivers.asyncio.client_load import ClientLoad
from ..drivers.asyncio.stepping import resolve
from .awaited_ack import Call
from .decisions import decision_on
from .refusal_messages import REFUSED, REJECTED
from .shared_tasks import Jobs

if TYPE_CHECKING:
    from ..async_server import AsyncServer


class Dispatcher:
    """Takes the events of one server's core, in order; it never waits."""

    def __init__(self, server: AsyncServer, plain_hooks: tuple[Any, Any]) -> None:
        self.server = server
        self._class = type(server)
        self._own = server.__dict__
        self._trigger, self._getter = plain_hooks
        self._jobs = Jobs()
        self._kept: set[asyncio.Task[Any]] = set()
        self._background: set[asyncio.Task[Any]] = set()
        self._methods: dict[type, Callable[[Any], None]] = {
            EventReceived: self._event,
            AckReceived: self._ack,
            AckTimedOut: self._ack_lost,
            AckAborted: self._ack_lost,
            ConnectRequested: self._connect,
            ConnectTimedOut: self._connect_timed_out,
            Disconnected: self._disconnect,
            ConnectionOpened: self._opened,
            ConnectionClosed: self._closed,
            ConnectionUpgraded: server.journal.upgraded,
            ConnectionUpgradeFailed: server.journal.upgrade_failed,
            NamespaceRefused: server.journal.no_namespace,
        }

    def __call__(self, event: Event) -> None:
        """Deal with one event."""
        self._methods[type(event)](event)

    def tasks(self) -> list[asyncio.Task[Any]]:
        """The tasks of handlers that have not ended."""
        return [*self._kept, *self._jobs.tasks()]

    def keep(self, task: asyncio.Task[Any], what: str) -> asyncio.Task[Any]:
        """Keep a handler's task alive until it ends, and log what it raises."""
        return self._keep(task, what, self._kept)

    def keep_background(self, task: asyncio.Task[Any]) -> asyncio.Task[Any]:
        """The same for work of the application that no shutdown waits for."""
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
            self.server.logger.error("%s raised an exception", what, exc_info=task.exception())

    # Connections ----------------------------------------------------------

    def _opened(self, event: ConnectionOpened) -> None:
        self.server.journal.opened(event.session)
        self.server._initialize_manager()

    def _closed(self, event: ConnectionClosed) -> None:
        load: ClientLoad = event.session.driver
        load.close()
        self.server.journal.closed(event.reason)

    # Namespaces -----------------------------------------------------------

    def _connect(self, request: ConnectRequested) -> None:
        self._run(request.socket, partial(self._connected, request))

    async def _connected(self, request: ConnectRequested) -> None:
        server, socket = self.server, request.socket
        if server.always_connect:
            server.driver.call(server._core.accept, socket)
        refusal: Any = REJECTED
        try:
            refusal = await self._refusal(request)
        finally:
            # However the handler ended, the client gets an answer.
            self._decide(socket, refusal)

    def _decide(self, socket: Socket, refusal: Any) -> None:
        """Let a client in, or refuse it; then deal with its leaving if that came first."""
        server = self.server
        left = decision_on(socket).make(refusal is None)
        if refusal is None:
            server.journal.connected(socket)
            server.driver.call(server._core.accept, socket)
        else:
            server.journal.refused(socket)
            self._refuse(socket, refusal)
        if left is not None:
            self._disconnect(left)

    async def _refusal(self, request: ConnectRequested) -> Any:
        """Run the connect handler. Returns what a refused client is told, or None."""
        socket = request.socket
        load: ClientLoad = socket.session.driver
        # An empty dictionary says as much as none.
        args = [load.environ, request.auth or None]
        try:
            result = await self.server._trigger_event(
                "connect", socket.namespace, socket.sid, *args
            )
        except exceptions.ConnectionRefusedError as error:
            return error.error_args
        except builtins.ConnectionRefusedError:
            return REFUSED
        except Exception as error:
            await self._failed(error, "connect", socket, args)
            return REJECTED
        return REJECTED if result is False else None

    def _refuse(self, socket: Socket, refusal: Any) -> None:
        server = self.server
        core, now = server._core, server.driver.now()
        if server.always_connect:
            events = server.driver.call(core.disconnect, socket, now)
        else:
            try:
                events = server.driver.call(core.refuse, socket, refusal, now)
            except ValueError as error:
                server.logger.error("a refusal cannot be sent: %s", error)
                events = server.driver.call(core.refuse, socket, REJECTED, now)
        server.driver.dispatch(events)

    def _connect_timed_out(self, event: ConnectTimedOut) -> None:
        self.server.logger.warning(
            "client refused on %.100r: its connect handler took more than accept_timeout (%g s)",
            event.socket.namespace,
            self.server.options.core.accept_timeout,
        )

    def _disconnect(self, event: Disconnected) -> None:
        if not decision_on(event.socket).postpones(event):
            self._run(event.socket, partial(self.disconnected, event))

    async def left(self, events: Iterable[Event]) -> None:
        """Deal with what a call of the application ended, in the order of `events`.

        Every handler is on its way before the first one is waited for, and goes on
        if the caller does not.
        """
        handlers = []
        for event in events:
            if not isinstance(event, Disconnected):
                self(event)
            elif not decision_on(event.socket).postpones(event):
                handlers.append(self._start(self.disconnected(event)))
        if handlers:
            await asyncio.wait(handlers)

    async def disconnected(self, event: Disconnected) -> None:
        """Run the disconnect handler, then let the core forget the socket."""
        server, socket = self.server, event.socket
        server._environ.keep(socket.session)
        try:
            if decision_on(socket).accepted:
                reason = event.reason
                server.journal.left(socket, reason)
                await server._trigger_event("disconnect", socket.namespace, socket.sid, reason)
        except Exception as error:
            await self._failed(error, "disconnect", socket, [event.reason])
        finally:
            server._core.release(socket)
            server._environ.drop(socket.session)

    # Events ---------------------------------------------------------------

    def _event(self, event: EventReceived) -> None:
        server = self.server
        if server.journal.detailed():
            server.journal.received(event, handled=server._has_handler(event))
        if not server.async_handlers or not self._hooks_are_plain():
            self._run(event.socket, partial(self._handled, event))
            return
        # No hook is overridden: call the handler without them.
        socket = event.socket
        plan = server._table.plan(socket.namespace, event.name)
        if plan is None:
            if server._table.objects:
                self._run(socket, partial(self._handled, event))
            return
        handler, prefix, shape = plan.handler, plan.prefix, plan.shape
        args = (*prefix, socket.sid, *event.args) if prefix else (socket.sid, *event.args)
        count = len(args)
        # `shape.takes`, without the call: 0.1 µs of every event.
        if count < shape.least or (shape.most is not None and count > shape.most):
            fitting = server._fit(event.name, handler, args)
            if fitting is None:
                server._log_misfit(event.name, handler, count)
                return
            args = fitting
        try:
            result = handler(*args)
        except (Exception, asyncio.CancelledError) as error:
            # Dealt with in its turn among the failures of coroutines.
            result = _raise(error)
        if shape.is_coroutine or isawaitable(result):
            socket.session.driver.pending += 1
            self._jobs.start(EventJob(self, event, result), server.driver.loop)
        elif event.ack_id is not None:
            self.acknowledge(socket, event.ack_id, result)

    def _hooks_are_plain(self) -> bool:
        """True unless an application put its own hook in a subclass, the class or the server."""
        own, kind = self._own, self._class
        return (
            kind._trigger_event is self._trigger
            and kind._get_event_handler is self._getter
            and "_trigger_event" not in own
            and "_get_event_handler" not in own
        )

    async def _handled(self, event: EventReceived) -> None:
        """Call the handler through the server's hooks, which an application may have overridden."""
        server, socket = self.server, event.socket
        try:
            result = await server._trigger_event(
                event.name, socket.namespace, socket.sid, *event.args
            )
        except Exception as error:
            await self._answer_failure(event, error)
        else:
            if event.ack_id is not None:
                self.acknowledge(socket, event.ack_id, result)

    async def _answer_failure(self, event: EventReceived, error: Exception) -> None:
        result = await self._failed(error, event.name, event.socket, event.args)
        if event.ack_id is not None:
            self.acknowledge(event.socket, event.ack_id, result)

    def acknowledge(self, socket: Socket, ack_id: int, result: Any) -> None:
        """Send what a handler returned, unless no handler was there to return it."""
        server = self.server
        if result is server.not_handled:
            return
        if server.journal.detailed():
            server.journal.acknowledged(socket, len(event_args(result)))
        try:
            server._core.ack(socket, ack_id, event_args(result))
        except ValueError as error:
            server._log_unsendable(error, server.driver.now())
        server.driver.settle()

    async def _failed(self, error: Exception, event: Any, socket: Socket, args: list[Any]) -> Any:
        """Hand an exception of a handler to the application, or log it."""
        server = self.server
        handler = server._error_handler(socket.namespace)
        if handler is not None:
            try:
                return await resolve(handler(error, event, socket.sid, args))
            except Exception as second:
                error = second
        server._log_raised(event, socket.namespace, error, server.driver.now())
        return server.not_handled

    # Order ----------------------------------------------------------------

    def _run(self, socket: Socket, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a handler: at once, or in the client's order where that was asked for."""
        load: ClientLoad = socket.session.driver
        load.handler_begun()
        if self.server.async_handlers:
            self._start(self._run_one(load, work))
        elif load.queue is not None:
            load.queue.append(work)
        else:
            load.queue = deque((work,))
            self._start(self._run_queue(load, load.queue))

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self.keep(asyncio.get_running_loop().create_task(coroutine), "a handler")

    async def _run_one(
        self, load: ClientLoad, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        try:
            await work()
        finally:
            load.handler_ended()

    async def _run_queue(self, load: ClientLoad, queue: deque[Callable[[], Any]]) -> None:
        runner = asyncio.current_task()
        assert runner is not None
        try:
            while queue:
                # Each handler has a task of its own: to cancel that task must end no other handler.
                handler = self._start(queue.popleft()())
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
            load.queue = None

    # Acknowledgements -----------------------------------------------------

    def _ack(self, event: AckReceived) -> None:
        server, callback = self.server, event.token
        # Not `_shape`, which remembers: a callback may be made for one message alone.
        if type(callback) is not Call and not call_shape(callback).takes(len(event.args)):
            server._log_misfit("acknowledgement", callback, len(event.args))
            return
        try:
            result = callback(*event.args)
        except (Exception, asyncio.CancelledError) as error:
            server._log_callback_raised(callback, error, server.driver.now())
            return
        if asyncio.iscoroutine(result):
            self.keep(asyncio.get_running_loop().create_task(result), "a callback")

    def _ack_lost(self, event: AckAborted | AckTimedOut) -> None:
        if isinstance(event.token, Call):
            event.token.abort()


async def _raise(error: BaseException) -> None:
    raise error


class EventJob:
    """One event whose handler is a coroutine."""

    __slots__ = ("_dispatcher", "_event", "awaitable")

    def __init__(
        self, dispatcher: Dispatcher, event: EventReceived, awaitable: Awaitable[Any]
    ) -> None:
        self._dispatcher = dispatcher
        self._event = event
        self.awaitable = awaitable

    def finish(self, result: Any) -> None:
        """The handler returned: acknowledge."""
        event = self._event
        if event.ack_id is not None:
            self._dispatcher.acknowledge(event.socket, event.ack_id, result)

    async def fail(self, error: Exception) -> None:
        """The handler raised: ask the application what to acknowledge."""
        await self._dispatcher._answer_failure(self._event, error)

    def end(self) -> None:
        """The handler is over."""
        self._event.socket.session.driver.handler_ended()
