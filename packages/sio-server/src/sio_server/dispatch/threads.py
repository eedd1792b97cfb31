"""Calls the application's handlers for what happens in the core, in threads or greenlets.

What follows from it is in `flows.py`. Here is where a handler runs, and in which order;
and the short way of an event to its handler, where no hook is in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from types import CoroutineType
from typing import Any

from sio_core.exceptions import CallAbortedError, TimeoutError
from sio_core.socketio import AckReceived, Event, EventReceived, Socket

from ..concurrency.primitives import Strand
from ..drivers.calls import Calls
from ..drivers.threads.entrance.client_load import ClientLoad
from ..drivers.threads.entrance.entrance import Entrance
from ..observing.handlers import HandlerObservers
from .awaited_acks import AwaitedAck
from .flows import Flows
from .runners import Flow, no_coroutine, run


class BlockingAwaitedAck(AwaitedAck):
    """The callback of a `call()` of `Server`, whose answer is to come within `timeout` seconds."""

    __slots__ = ("_came", "_entrance", "_until", "_values")

    def __init__(self, entrance: Entrance[Any], timeout: float | None) -> None:
        self._entrance = entrance
        self._came = entrance.concurrency.event()
        self._until = None if timeout is None else entrance.now() + timeout
        self._values: tuple[Any, ...] | None = None

    def _end(self, values: tuple[Any, ...] | None) -> None:
        if not self._came.is_set():
            self._values = values
            self._came.set()

    def wait(self) -> tuple[Any, ...]:
        """Wait for the values. Raises `TimeoutError` or `CallAbortedError`."""
        self._entrance.workers.step_aside()
        until = self._until
        if not self._came.wait(None if until is None else max(0.0, until - self._entrance.now())):
            raise TimeoutError()
        if (values := self._values) is None:
            raise CallAbortedError("the client disconnected")
        return values


class BlockingDispatcher(Flows[Entrance[Event]]):
    """Takes the events of one server's core, in order."""

    def begin(self, entrance: Entrance[Event], calls: Calls) -> None:
        """Take the entrance of the driver, which is made: from now on events may come."""
        super().begin(entrance, calls)
        self._running = 0
        self._far_strand = entrance.workers.strand(overlap=True)
        self._room_strand = entrance.workers.strand(overlap=True)

    def busy(self) -> bool:
        """Return true while handlers run."""
        return self._running > 0

    # Order ----------------------------------------------------------------

    def start(self, socket: Socket, flow: Flow[None]) -> None:
        """Run a flow after those of the client that came before it have begun."""
        self._put(socket, _run, flow)

    def _put(self, socket: Socket, target: Callable[..., None], *args: Any) -> None:
        # Never in the caller's thread or greenlet, which serves another client next.
        load: ClientLoad = socket.session.driver
        with self.entrance.lock:
            load.pending += 1
            self._running += 1
            strand = load.order
            if strand is None:
                overlap = self.server.async_handlers
                strand = load.order = self.entrance.workers.strand(overlap=overlap)
        strand.put(self._run_one, load, target, args)

    def _run_one(
        self, load: ClientLoad, target: Callable[..., None], args: tuple[Any, ...]
    ) -> None:
        try:
            target(*args)
        except BaseException as error:
            # Also a timeout of gevent or eventlet, which ends the handler alone.
            self.hooks.log_ended(error, self.calls.now())
        finally:
            with self.entrance.lock:
                self._running -= 1
                load.handler_ended()

    def line(self) -> Callable[[ClientLoad, Flow[None]], None]:
        """Make a line of flows, which run one after another."""
        return partial(self._put_in_line, self.entrance.workers.strand(overlap=False))

    def _put_in_line(self, strand: Strand, load: ClientLoad, flow: Flow[None]) -> None:
        with self.entrance.lock:
            load.pending += 1
            self._running += 1
        strand.put(self._run_one, load, _run, (flow,))

    def run_room_handlers(self, flow: Flow[None]) -> None:
        """Run the handlers of a manager soon, one after another; called with the lock held."""
        # One strand for the handlers of all rooms, and for no other handlers.
        self._room_strand.put(_run, flow)

    def wait_for_disconnects(self, events: Iterable[Event]) -> None:
        """Call the disconnect handlers for `events`, which a call caused, in this thread."""
        run(self.disconnect_in_order(events))

    # Events ---------------------------------------------------------------

    def _event(self, event: EventReceived) -> None:
        self.note(event)
        self._put(event.socket, self._handle, event)

    def _handle(self, event: EventReceived) -> None:
        try:
            if self.handler_observers is None:
                result = self._call_handler(event, event.socket)
            else:
                result = self._call_observed(self.handler_observers, event)
        except Exception as error:
            run(self.answer_failure(event, error))
        else:
            if event.ack_id is not None:
                self.acknowledge(event.socket, event.ack_id, result)

    def _call_handler(self, event: EventReceived, socket: Socket) -> Any:
        hooks, name, namespace = self.hooks, event.name, socket.namespace
        if self.hooked:
            return no_coroutine(hooks.trigger_event(name, namespace, socket.sid, *event.args))
        # No hook is overridden: call the handler without them.
        plan = hooks.table.plan(namespace, name)
        if plan is not None:
            handler = plan.handler
            args = (*plan.prefix, socket.sid, *event.args)
            fits = plan.least <= len(args) <= plan.most
            if not fits and (args := self.fit(event, handler, args)) is None:
                return self.server.not_handled
            answer = handler(*args)
            return no_coroutine(answer) if type(answer) is CoroutineType else answer
        target = hooks.table.resolve_object(namespace)
        if target is None:
            return self.server.not_handled
        return no_coroutine(target[0].trigger_event(name, *target[1], socket.sid, *event.args))

    def _call_observed(self, observers: HandlerObservers, event: EventReceived) -> Any:
        socket, name = event.socket, event.name
        if not self.has_handler(socket.namespace, name):
            return self._call_handler(event, socket)
        with observers.around(socket, name):
            return self._call_handler(event, socket)

    # Acknowledgements -----------------------------------------------------

    def ack(self, event: AckReceived) -> None:
        callback, values = event.token, event.args
        if isinstance(callback, AwaitedAck):
            callback(*values)
        elif self.takes(callback, values):
            self._put(event.socket, self._call_back, callback, values)

    def call_back(self, callback: Any, values: list[Any]) -> None:
        """Call the callback of an acknowledgement, which came with `values` from elsewhere."""
        if isinstance(callback, AwaitedAck):
            callback(*values)
        elif self.takes(callback, values):
            self._far_strand.put(self._call_back, callback, values)

    def _call_back(self, callback: Callable[..., Any], args: list[Any]) -> None:
        try:
            callback(*args)
        except Exception as error:
            self.callback_raised(callback, error)


def _run(flow: Flow[None]) -> None:
    run(flow)
