"""Calls the application's handlers for what happens in the core, in threads or greenlets.

Which handler, with which arguments, and what its result means: the hooks for
that are methods of the server, where applications override them. Here is when
it is called, where, and in which order.
"""

from __future__ import annotations

import builtins
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
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
from ..drivers.threads.client_load import ClientLoad
from .blocking_awaited_ack import BlockingCall
from .decisions import decision_on
from .refusal_messages import REFUSED, REJECTED

if TYPE_CHECKING:
    from ..server import Server


class BlockingDispatcher:
    """Takes the events of one server's core, in order."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.running = 0
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

    def busy(self) -> bool:
        """True while handlers run."""
        return self.running > 0

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

    def _connected(self, request: ConnectRequested) -> None:
        server, socket = self.server, request.socket
        if server.always_connect:
            self._accept(socket)
        refusal: Any = REJECTED
        try:
            refusal = self._refusal(request)
        finally:
            # However the handler ended, the client gets an answer.
            self._decide(socket, refusal)

    def _decide(self, socket: Socket, refusal: Any) -> None:
        """Let a client in, or refuse it; then deal with its leaving if that came first."""
        server = self.server
        with server.driver.lock:
            left = decision_on(socket).make(refusal is None)
        if refusal is None:
            server.journal.connected(socket)
            self._accept(socket)
        else:
            server.journal.refused(socket)
            self._refuse(socket, refusal)
        if left is not None:
            self._disconnect(left)

    # What a client is told is encoded without the lock: `json` or `serializer` may look at the
    # server.

    def _accept(self, socket: Socket) -> None:
        core = self.server._core
        self.server.driver.call(core.accept, socket, core.prepare_accept(socket))

    def _refusal(self, request: ConnectRequested) -> Any:
        """Run the connect handler. Returns what a refused client is told, or None."""
        socket = request.socket
        load: ClientLoad = socket.session.driver
        # An empty dictionary says as much as none.
        args = [load.environ, request.auth or None]
        try:
            result = self.server._trigger_event("connect", socket.namespace, socket.sid, *args)
        except exceptions.ConnectionRefusedError as error:
            return error.error_args
        except builtins.ConnectionRefusedError:
            return REFUSED
        except Exception as error:
            self._failed(error, "connect", socket, args)
            return REJECTED
        return REJECTED if result is False else None

    def _refuse(self, socket: Socket, refusal: Any) -> None:
        server = self.server
        core, now = server._core, server.driver.now()
        if server.always_connect:
            events = server.driver.call(core.disconnect, socket, now)
        else:
            try:
                answer = core.prepare_refuse(socket, refusal)
            except ValueError as error:
                server.logger.error("a refusal cannot be sent: %s", error)
                answer = core.prepare_refuse(socket, REJECTED)
            events = server.driver.call(core.refuse, socket, answer, now)
        server.driver.dispatch(events)

    def _connect_timed_out(self, event: ConnectTimedOut) -> None:
        self.server.logger.warning(
            "client refused on %.100r: its connect handler took more than accept_timeout (%g s)",
            event.socket.namespace,
            self.server.options.core.accept_timeout,
        )

    def _disconnect(self, event: Disconnected) -> None:
        if not self._postponed(event):
            self._run(event.socket, partial(self.disconnected, event))

    def _postponed(self, event: Disconnected) -> bool:
        """True if the connect handler still runs: the disconnect handler is called after it."""
        with self.server.driver.lock:
            return decision_on(event.socket).postpones(event)

    def left(self, events: Iterable[Event]) -> None:
        """Deal with what a call of the application ended; its handlers run here, in order.

        Those that are left when something ends this, a timeout of gevent for one, run
        as others do.
        """
        handlers: deque[Disconnected] = deque()
        for event in events:
            if not isinstance(event, Disconnected):
                self(event)
            elif not self._postponed(event):
                handlers.append(event)
        try:
            while handlers:
                self.disconnected(handlers.popleft())
        finally:
            for event in handlers:
                self._disconnect(event)

    def disconnected(self, event: Disconnected) -> None:
        """Run the disconnect handler, then let the core forget the socket."""
        server, socket = self.server, event.socket
        with server.driver.lock:
            server._environ.keep(socket.session)
        try:
            if decision_on(socket).accepted:
                reason = event.reason
                server.journal.left(socket, reason)
                server._trigger_event("disconnect", socket.namespace, socket.sid, reason)
        except Exception as error:
            self._failed(error, "disconnect", socket, [event.reason])
        finally:
            with server.driver.lock:
                server._core.release(socket)
                server._environ.drop(socket.session)

    # Events ---------------------------------------------------------------

    def _event(self, event: EventReceived) -> None:
        journal = self.server.journal
        if journal.detailed():
            journal.received(event, handled=self.server._has_handler(event))
        self._run(event.socket, partial(self._handled, event))

    def _handled(self, event: EventReceived) -> None:
        server, socket = self.server, event.socket
        try:
            result = server._trigger_event(event.name, socket.namespace, socket.sid, *event.args)
        except Exception as error:
            result = self._failed(error, event.name, socket, event.args)
        if event.ack_id is not None and result is not server.not_handled:
            self._acknowledge(socket, event.ack_id, result)

    def _acknowledge(self, socket: Socket, ack_id: int, result: Any) -> None:
        server, core = self.server, self.server._core
        if server.journal.detailed():
            server.journal.acknowledged(socket, len(event_args(result)))
        try:
            answer = core.prepare_ack(socket, ack_id, event_args(result))
        except ValueError as error:
            server._log_unsendable(error, server.driver.now())
        else:
            server.driver.call(core.send_ack, socket, answer)

    def _failed(self, error: Exception, event: Any, socket: Socket, args: list[Any]) -> Any:
        """Hand an exception of a handler to the application, or log it."""
        server = self.server
        handler = server._error_handler(socket.namespace)
        if handler is not None:
            try:
                return handler(error, event, socket.sid, args)
            except Exception as second:
                error = second
        server._log_raised(event, socket.namespace, error, server.driver.now())
        return server.not_handled

    # Order ----------------------------------------------------------------

    def _run(self, socket: Socket, work: Callable[[], None]) -> None:
        """Run a handler after those of the client that came before it have begun.

        Never in the caller's thread or greenlet, which serves another client next.
        """
        server = self.server
        load: ClientLoad = socket.session.driver
        with server.driver.lock:
            load.pending += 1
            self.running += 1
            strand = load.strand
            if strand is None:
                strand = server.driver.workers.strand(overlap=server.async_handlers)
                load.strand = strand
        strand.put(self._run_one, load, work)

    def _run_one(self, load: ClientLoad, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            # A timeout of gevent or eventlet too: it ends the handler, not who runs it.
            server = self.server
            message = "a handler raised an exception"
            server._repeats.log(
                server.logger.error, "ended", server.driver.now(), message, exc_info=error
            )
        finally:
            with self.server.driver.lock:
                self.running -= 1
                waiter = load.handler_ended()
            if waiter is not None:
                waiter.set()

    # Acknowledgements -----------------------------------------------------

    def _ack(self, event: AckReceived) -> None:
        callback = event.token
        if isinstance(callback, BlockingCall):
            callback(*event.args)
        # Not `_shape`, which remembers: a callback may be made for one message alone.
        elif not call_shape(callback).takes(len(event.args)):
            self.server._log_misfit("acknowledgement", callback, len(event.args))
        else:
            self._run(event.socket, partial(self._call_back, callback, event.args))

    def _call_back(self, callback: Callable[..., Any], args: list[Any]) -> None:
        try:
            callback(*args)
        except Exception as error:
            self.server._log_callback_raised(callback, error, self.server.driver.now())

    def _ack_lost(self, event: AckAborted | AckTimedOut) -> None:
        if isinstance(event.token, BlockingCall):
            event.token.abort()
