"""What is done for the clients of this process when a manager asks for it, in both colours."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from sio_core import Prepared
from sio_core.socketio import AckReceived, Emit, Event, Socket

from ..drivers.calls import Calls
from ..drivers.driver import SharedDriver
from .awaited_acks import AwaitedAck
from .flows import Flows
from .runners import Flow

DriverT = TypeVar("DriverT", bound=SharedDriver[Any])
DispatcherT = TypeVar("DispatcherT", bound=Flows[Any])


class LocalClients(ABC, Generic[DriverT, DispatcherT]):
    """The clients of one server process; `is_alone()` says that no other process has any."""

    def __init__(
        self, driver: DriverT, dispatcher: DispatcherT, is_alone: Callable[[], bool]
    ) -> None:
        self._driver = driver
        self._engine = driver.engine
        self.calls: Calls = dispatcher.calls
        self._dispatcher = dispatcher
        self._journal = dispatcher.journal
        self._detailed = dispatcher.journal.detailed
        self.is_alone = is_alone
        """Tell whether no other process has clients."""

    def prepare(self, emit: Emit) -> Prepared:
        """Encode what `send` sends. Raises ValueError for what cannot be sent."""
        return self.calls.prepare_event(emit)

    def send(self, emit: Emit, message: Prepared | None = None) -> None:
        """Send an event without waiting; `emit` of each colour waits for a slow client.

        `message` is what `prepare` made of it, if that was called.
        """
        if emit.token is None and not self._detailed():
            if message is None:
                self.calls.send(emit)
            else:
                self.calls.send_prepared(emit, message)
            return
        if self._detailed():
            reached = len(self.calls.select(emit.namespace, emit.to, emit.skip))
            self._journal.emitted(emit.event, emit.namespace, emit.to, reached)
        awaited = emit.token
        if isinstance(awaited, AwaitedAck):
            awaited.ack_id, reached = self.calls.send_for_ack(emit)
            if not reached and self.is_alone():
                awaited.abort()
        elif message is None:
            self.calls.send(emit)
        else:
            self.calls.send_prepared(emit, message)

    def _leave(self, sid: str, namespace: str, close: bool) -> list[Event]:
        """Disconnect a client without waiting. Returns what that caused; nothing for a stranger."""
        socket = self.calls.find(sid, namespace)
        return [] if socket is None else self.calls.disconnect(socket, close=close)

    def start_disconnect(self, sid: str, namespace: str) -> None:
        """Disconnect a client, whose handlers run soon. A stranger is ignored."""
        self.calls.dispatch(self._leave(sid, namespace, close=False))

    def call_back(self, callback: Any, values: list[Any]) -> None:
        """Call a callback with an acknowledgement that came from another process."""
        self._dispatcher.call_back(callback, values)

    def give_up(self, callback: Any) -> None:
        """Note that no acknowledgement comes from other processes any more."""
        if isinstance(callback, AwaitedAck):
            callback.abort()

    def answer(self, socket: Socket, ack_id: int, values: list[Any]) -> bool:
        """Answer a pending acknowledgement from elsewhere; false if no callback waits for it."""
        heard = self._dispatcher.take_heard_ack(socket, ack_id)
        token = self.calls.take_ack(socket, ack_id) if heard is None else heard.token
        if token is None:
            return False
        self._dispatcher.ack(AckReceived(socket, token, values, ack_id))
        return True

    def hear(self, methods: Mapping[str, Callable[..., Any]]) -> None:
        """Have `methods` of the manager, by name, told of clients from now on, and no others."""
        self._dispatcher.hear(methods)

    def log_raised(self, event: str, error: BaseException) -> None:
        """Say that a handler of a manager raised."""
        self._dispatcher.hooks.log_raised(event, "", error, self.calls.now())

    @abstractmethod
    def run_room_handlers(self, flow: Flow[None]) -> None:
        """Run the handlers of a manager soon; called while the core is being changed."""

    def ends_handler_alone(self, error: BaseException) -> bool:
        """Return whether `error` ended a handler, and not the task that it ran in.

        Without tasks it always did: also a timeout of gevent or eventlet ends the handler alone.
        """
        return True
