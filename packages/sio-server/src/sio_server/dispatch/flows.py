"""What the handlers of an application are called for, and what follows from their results.

Everything that waits for the application and is not done for each event is a flow here,
which both colours run (`runners.py`). When, where and in which order flows are run is for
the dispatcher of each colour, which derives from `Flows`.
"""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Generic, TypeVar

from sio_core import exceptions
from sio_core.handlers import Handler, call_shape
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
    event_args,
)
from sio_core.socketio.observers import Call, Failed

from ..drivers.calls import Calls
from ..observing.handlers import HandlerObservers, failure_observers, handler_observers
from ..observing.observer import Observer
from .application import Application, Hooks
from .awaited_acks import AwaitedAck
from .decisions import decide, decision_on, postpones
from .manager_flows import ManagerFlows
from .refusal_messages import REFUSED, REJECTED
from .runners import Flow

EntranceT = TypeVar("EntranceT")


class Flows(ManagerFlows, ABC, Generic[EntranceT]):
    """Takes the events of one server's core, in order, and says what is to be done for each."""

    entrance: EntranceT
    """The entrance of the driver, which is of the same colour."""

    def __init__(self, server: Application, hooks: Hooks) -> None:
        super().__init__(hooks)
        self.server = server
        self.hooked = False
        """Whether handlers are called through hooks that an application has its own of."""
        self.keep_failure: Callable[[Socket, BaseException], bool] | None = None
        """Takes what a handler raised, for a caller that it is to reach; false if there is none."""
        self.journal = journal = server.journal
        self.detailed = False
        """Whether single events are logged: asked for at each one, and not at its answer again."""
        self.handler_observers: HandlerObservers | None = None
        """Who hears of each handler; None: nobody."""
        self._tell_failed: Call | None = None
        self._methods: dict[type, Callable[[Any], None]] = {
            EventReceived: self._event,
            AckReceived: self.ack,
            AckTimedOut: self._ack_lost,
            AckAborted: self._ack_lost,
            ConnectRequested: self._connect,
            ConnectTimedOut: self._connect_timed_out,
            Disconnected: self._disconnect,
            ConnectionOpened: self._opened,
            ConnectionClosed: self.closed,
            ConnectionUpgraded: self._upgraded,
            ConnectionUpgradeFailed: journal.upgrade_failed,
            NamespaceRefused: journal.no_namespace,
        }

    def begin(self, entrance: EntranceT, calls: Calls) -> None:
        """Take the entrance of the driver, which is made: from now on events may come."""
        self.entrance = entrance
        self.calls = calls

    def observe(self, observers: Iterable[Observer], failed: Failed) -> None:
        """Tell `observers` how handlers are called; `failed(method, error)` what one raised."""
        self.handler_observers = handler_observers(observers, failed)
        self._tell_failed = failure_observers(observers, failed)

    def handle(self, event: Event) -> None:
        """Handle one event; never waits."""
        self._methods[type(event)](event)

    def hear(self, methods: Mapping[str, Callable[..., Any]]) -> None:
        """Have `methods` of the manager, by name, told of clients from now on, and no others."""
        self.heard = methods
        self.take(AckReceived, self._tell_ack if "trigger_callback" in methods else self.ack)

    def take(self, kind: type, method: Callable[[Any], None]) -> None:
        """Have events of a kind dealt with by `method` from now on."""
        self._methods[kind] = method

    def note(self, event: EventReceived) -> None:
        """Log an event if single events are logged, and keep whether they are for its answer."""
        self.detailed = self.journal.detailed()
        if self.detailed:
            handled = self.hooks.has_handler(event.socket.namespace, event.name)
            self.journal.received(event, handled=handled)

    # Of each colour -------------------------------------------------------

    @abstractmethod
    def start(self, socket: Socket, flow: Flow[None]) -> None:
        """Run a flow after those of the client that came before it have begun; never waits."""

    @abstractmethod
    def line(self) -> Callable[[Any, Flow[None]], None]:
        """Make a line of flows, which run one after another: call it with a load and a flow."""

    @abstractmethod
    def _event(self, event: EventReceived) -> None:
        """Call the handler of an event, and acknowledge what it returns."""

    @abstractmethod
    def ack(self, event: AckReceived) -> None:
        """Call the callback that an acknowledgement is for."""

    @abstractmethod
    def call_back(self, callback: Any, values: list[Any]) -> None:
        """Call a callback with an acknowledgement that came from another process."""

    def takes(self, callback: Any, values: list[Any]) -> bool:
        """Return whether the callback of an acknowledgement takes `values`; log it if not."""
        # Not `shape` of the table, which keeps what it read: a callback may be for one message.
        if isinstance(callback, AwaitedAck) or call_shape(callback).takes(len(values)):
            return True
        self.hooks.log_uncallable("acknowledgement", callback, len(values))
        return False

    def callback_raised(self, callback: Any, error: BaseException) -> None:
        """Log what the callback of an acknowledgement raised."""
        self.hooks.log_callback_raised(callback, error, self.calls.now())

    def _tell_ack(self, event: AckReceived) -> None:
        self.start(event.socket, self._tell_of_ack(event))

    def _ack_lost(self, event: AckAborted | AckTimedOut) -> None:
        if isinstance(event.token, AwaitedAck):
            event.token.abort()

    # Connections ----------------------------------------------------------

    def _opened(self, event: ConnectionOpened) -> None:
        self.journal.opened(event.session)
        self.hooks.begin()

    def _upgraded(self, event: ConnectionUpgraded) -> None:
        if self.journal.informs():
            self.journal.upgraded(event)

    def closed(self, event: ConnectionClosed) -> None:
        """Let nobody wait any more for a client whose connection is over."""
        event.session.driver.close()
        self.journal.closed(event.reason)

    def _calls_nobody(self, name: str, socket: Socket) -> bool:
        """True if the coming or leaving of a client can be dealt with at once.

        That is, if nothing hears of it, and no handler of the client is under way.
        """
        hooks = self.hooks
        return (
            not self.heard
            and not hooks.table.objects
            and hooks.table.plan(socket.namespace, name) is None
            and not self.hooked
            and not socket.session.driver.pending
        )

    def _trigger(self, name: str, socket: Socket, *args: Any) -> Flow[Any]:
        """Call the handler of an event, through the hook for it if an application has its own.

        Returns its result, or `not_handled`.
        """
        observers = self.handler_observers
        if observers is None or not self.has_handler(socket.namespace, name):
            return (yield from self._trigger_unobserved(name, socket, *args))
        with observers.around(socket, name):
            return (yield from self._trigger_unobserved(name, socket, *args))

    def has_handler(self, namespace: str, event: Any) -> bool:
        """Tell whether some function, class or hook is there for an event of a client."""
        return self.hooked or self.hooks.has_handler(namespace, event)

    def _trigger_unobserved(self, name: str, socket: Socket, *args: Any) -> Flow[Any]:
        hooks = self.hooks
        if not self.hooked:
            return (yield from hooks.trigger(name, socket.namespace, (socket.sid, *args)))
        return (yield partial(hooks.trigger_event, name, socket.namespace, socket.sid, *args))

    # A client comes -------------------------------------------------------

    def _connect(self, request: ConnectRequested) -> None:
        if self.hooks.ready() is None and self._calls_nobody("connect", request.socket):
            self._answer(request.socket, None)
        else:
            self.start(request.socket, self.connect(request))

    def connect(self, request: ConnectRequested) -> Flow[None]:
        """Call the connect handler, and answer the client."""
        socket = request.socket
        if self.server.always_connect:
            self.calls.accept(socket)
        refusal: Any = REJECTED
        try:
            if (wait := self.hooks.ready()) is not None:
                yield wait
            if self.heard:
                yield from self._tell_of_coming(socket)
            answer = yield from self._ask_connect_handler(request)
            if self.heard and answer is None:
                yield from self._tell_of_connection(socket)
            refusal = answer
        finally:
            # However the handler ended, the client gets an answer.
            self._answer(socket, refusal)

    def _ask_connect_handler(self, request: ConnectRequested) -> Flow[Any]:
        """Call the connect handler. Returns what a refused client is told, or None to let it in."""
        socket = request.socket
        # An empty dictionary says as much as none.
        args = [socket.session.driver.environ, request.auth or None]
        try:
            result = yield from self._trigger("connect", socket, *args)
        except exceptions.ConnectionRefusedError as error:
            return error.error_args
        except builtins.ConnectionRefusedError:
            return REFUSED
        except Exception as error:
            yield from self.failed(error, "connect", socket, args)
            return REJECTED
        return REJECTED if result is False else None

    def _answer(self, socket: Socket, refusal: Any) -> None:
        """Accept or refuse a client; then handle its leaving, if the client has left meanwhile."""
        left = self.calls.exclusively(decide, socket, refusal is None)
        if refusal is None:
            self.journal.connected(socket)
            self.calls.accept(socket)
        else:
            self.journal.refused(socket)
            self._refuse(socket, refusal)
        if left is not None:
            self._disconnect(left)

    def _refuse(self, socket: Socket, refusal: Any) -> None:
        calls = self.calls
        if self.server.always_connect:
            calls.dispatch(calls.disconnect(socket))
            return
        try:
            answer = calls.prepare_refusal(socket, refusal)
        except ValueError as error:
            self.journal.refusal_unsendable(error)
            answer = calls.prepare_refusal(socket, REJECTED)
        calls.refuse(socket, answer)

    def _connect_timed_out(self, event: ConnectTimedOut) -> None:
        self.journal.connect_timed_out(event.socket, self.calls.accept_timeout)

    # A client leaves ------------------------------------------------------

    def _disconnect(self, event: Disconnected) -> None:
        if self._postponed(event):
            return
        if self._calls_nobody("disconnect", event.socket):
            self._note_leaving(event)
            self.calls.release(event.socket)
        else:
            self.start(event.socket, self.disconnect(event))

    def _note_leaving(self, event: Disconnected) -> bool:
        """Log that a client left, if it was let in. Returns whether it was."""
        accepted = bool(decision_on(event.socket).accepted)
        if accepted:
            self.journal.left(event.socket, event.reason)
        return accepted

    def _postponed(self, event: Disconnected) -> bool:
        """True if the connect handler still runs: the disconnect handler is called after it."""
        return self.calls.exclusively(postpones, event)

    def disconnect(self, event: Disconnected) -> Flow[None]:
        """Call the disconnect handler, then let the core forget the client."""
        socket, hooks = event.socket, self.hooks
        self.calls.exclusively(hooks.keep_environ, socket.session)
        try:
            if self._note_leaving(event):
                yield from self._call_disconnect_handler(event)
        finally:
            self.calls.release(socket)
            self.calls.exclusively(hooks.drop_environ, socket.session)

    def _call_disconnect_handler(self, event: Disconnected) -> Flow[None]:
        socket = event.socket
        try:
            if self.heard:
                yield from self._tell("pre_disconnect", socket.sid, socket.namespace)
            yield from self._trigger("disconnect", socket, event.reason)
        except Exception as error:
            yield from self.failed(error, "disconnect", socket, [event.reason])
        except BaseException as error:
            if self.heard and not isinstance(error, GeneratorExit):
                yield from self._tell_of_end(socket)
            raise
        if self.heard:
            yield from self._tell_of_end(socket)

    def disconnect_in_order(self, events: Iterable[Event]) -> Flow[None]:
        """Call the disconnect handlers for `events`, which a call caused, one after another.

        When that is cancelled, the handlers that are left run in tasks or threads of their own.
        """
        handlers: deque[Disconnected] = deque()
        for event in events:
            if not isinstance(event, Disconnected):
                self.handle(event)
            elif not self._postponed(event):
                handlers.append(event)
        try:
            while handlers:
                yield from self.disconnect(handlers.popleft())
        finally:
            for event in handlers:
                self.start(event.socket, self.disconnect(event))

    # Events ---------------------------------------------------------------

    def by_hooks(self, event: EventReceived) -> Flow[None]:
        """Call the handler through the server's hooks, which an application may have overridden."""
        socket = event.socket
        try:
            result = yield from self._trigger(event.name, socket, *event.args)
        except Exception as error:
            result = yield from self.failed(error, event.name, socket, event.args)
        if event.ack_id is not None:
            self.acknowledge(socket, event.ack_id, result)

    def answer_failure(self, event: EventReceived, error: Exception) -> Flow[None]:
        """Acknowledge an event whose handler raised with what the handler of errors returns."""
        result = yield from self.failed(error, event.name, event.socket, event.args)
        if event.ack_id is not None:
            self.acknowledge(event.socket, event.ack_id, result)

    def failed(self, error: Exception, event: Any, socket: Socket, args: list[Any]) -> Flow[Any]:
        """Hand an exception of a handler to the application, or log it.

        Returns what the handler of errors returned, or `not_handled`.
        """
        if self._tell_failed is not None:
            self._tell_failed(socket, event, error)
        handler = self.hooks.error_handler(socket.namespace)
        if handler is not None:
            try:
                return (yield partial(handler, error, event, socket.sid, args))
            except Exception as second:
                error = second
        if self.keep_failure is None or not self.keep_failure(socket, error):
            self.hooks.log_raised(event, socket.namespace, error, self.calls.now())
        return self.server.not_handled

    def fit(self, event: EventReceived, handler: Handler, args: tuple[Any, ...]) -> Any:
        """Return the arguments that a handler takes; None, which is logged, if it takes no such."""
        fitting = self.hooks.fit(event.name, handler, args)
        if fitting is None:
            self.hooks.log_uncallable(event.name, handler, len(args))
        return fitting

    def acknowledge(self, socket: Socket, ack_id: int, result: Any) -> None:
        """Send what a handler returned, unless there is no handler for the event."""
        if result is self.server.not_handled:
            return
        values = event_args(result)
        if self.detailed:
            self.journal.acknowledged(socket, len(values))
        try:
            self.calls.acknowledge(socket, ack_id, values)
        except ValueError as error:
            if self.keep_failure is None or not self.keep_failure(socket, error):
                self.hooks.log_unsendable(error, self.calls.now())
