"""How an event finds its handler, and what follows on the call: in a task or a thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from sio_core.handlers import Handler, call_shape
from sio_core.socketio import ClientEvent, ClientSocket, ServerEventReceived, event_args

from .handler_call import FINAL, HandlerCall
from .handler_source import HandlerSource

Ready: TypeAlias = tuple[Handler, tuple[Any, ...], bool]
"""A handler, the arguments that it takes, and whether it is a coroutine function."""


Called: TypeAlias = ServerEventReceived | HandlerCall
"""What a handler is called for."""


class AfterCall:
    """What those who call handlers of `source` have in common.

    `ack` sends an acknowledgement; it raises ValueError for what cannot be sent.
    """

    def __init__(
        self, source: HandlerSource, ack: Callable[[ClientSocket, int, Sequence[Any]], None]
    ) -> None:
        self._source = source
        self._ack = ack

    def make(self, event: Called, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Call a function for an event."""
        raise NotImplementedError

    def trigger(self, call: HandlerCall) -> Any:
        """Make a call the long way, through the client's hooks."""
        return self.make(call, self._source.trigger, (call.name, call.namespace, *call.args))

    def call_all(self, event: ClientEvent) -> None:
        """Call the handlers of an event the long way."""
        for call in self._source.calls(event):
            self.trigger(call)

    def find(self, event: ServerEventReceived) -> Ready | None:
        """The handler for an event, which is called without hooks; None: there is nothing to do.

        Where hooks or class-based namespaces may want the event, they are called.
        """
        source, name = self._source, event.name
        if name == FINAL:  # the client alone makes this event
            return None
        hooked = source.hooked()
        plan = None if hooked else source.table.plan(event.socket.namespace, name)
        if plan is None:
            if hooked or source.table.objects:
                self.call_all(event)
            return None
        handler, shape = plan.handler, plan.shape
        args = (*plan.prefix, *event.args)
        fitting = args if shape.takes(len(args)) else source.fit(name, handler, args)
        if fitting is None:
            source.log_uncallable(name, handler, len(args))
            return None
        return handler, fitting, shape.is_coroutine

    def acknowledge(self, event: Called, result: Any) -> None:
        """Send what a handler returned, if the server wants it and there was a handler."""
        socket, ack_id = event.socket, event.ack_id
        if ack_id is None or socket is None or result is self._source.not_handled:
            return
        try:
            self._ack(socket, ack_id, event_args(result))
        except ValueError as error:
            self._source.log_unsendable(error, time.monotonic())

    def raised(self, event: Called, error: Exception) -> None:
        """Log that a handler raised an exception."""
        where = event if isinstance(event, HandlerCall) else event.socket
        self._source.log_raised(event.name, where.namespace, error, time.monotonic())

    def callback_raised(self, callback: Any, error: Exception) -> None:
        """The callback of an acknowledgement raised an exception."""
        self._source.log_callback_raised(callback, error, time.monotonic())

    def can_call_back(self, callback: Callable[..., Any], count: int) -> bool:
        """True if the callback of an acknowledgement takes `count` arguments; else it is logged."""
        # Not the table's `shape`, which remembers: a callback may be made for one message alone.
        if call_shape(callback).takes(count):
            return True
        self._source.log_uncallable("acknowledgement", callback, count)
        return False
