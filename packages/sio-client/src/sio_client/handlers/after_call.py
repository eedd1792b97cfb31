"""How an event finds its handler, and what follows on the call: in a task or a thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from inspect import isawaitable
from typing import Any, ClassVar, Final, TypeAlias

from sio_core.handlers import Handler, call_shape
from sio_core.socketio import (
    ClientEvent,
    ClientSocket,
    ServerAckAborted,
    ServerAckReceived,
    ServerAckTimedOut,
    ServerEventReceived,
    event_args,
)

from .handler_call import FINAL, HandlerCall
from .handler_source import HandlerSource

Ready: TypeAlias = tuple[Handler, tuple[Any, ...], bool]
"""A handler, the arguments that it takes, and whether it is a coroutine function."""


Called: TypeAlias = ServerEventReceived | HandlerCall
"""What a handler is called for."""


MESSAGES: Final = frozenset(
    (ServerEventReceived, ServerAckReceived, ServerAckTimedOut, ServerAckAborted)
)
"""The events that came of a message; all others are about the connection."""

LATE = "the server did not answer in time"
ABORTED = "the connection was lost before the server answered"


def returned(args: Sequence[Any]) -> Any:
    """What `call` returns for an acknowledgement: None, the one value, or a tuple of several."""
    return tuple(args) if len(args) > 1 else (args[0] if args else None)


class AfterCall:
    """An `AfterCall` finds and calls the handlers of `source`, in either colour.

    `ack` sends an acknowledgement; it raises ValueError for what cannot be sent.
    """

    awaits: ClassVar[bool]
    """Whether handlers and callbacks may return something to await."""

    def __init__(
        self, source: HandlerSource, ack: Callable[[ClientSocket, int, Sequence[Any]], None]
    ) -> None:
        self._source = source
        self._ack = ack

    def go_on(self, event: Called | None, awaitable: Any) -> None:
        """Await what a handler returned for `event`, or a callback (None as the event)."""
        raise NotImplementedError

    def make(self, event: Called, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """Call a function for an event, and acknowledge the event with what it returned."""
        try:
            result = function(*args)
        except Exception as error:
            self.raised(event, error)
            return
        if result is not None and self.awaits and isawaitable(result):
            self.go_on(event, result)
        elif event.ack_id is not None:
            self.acknowledge(event, result)

    def call_back(self, callback: Callable[..., Any], args: Sequence[Any]) -> None:
        """Call the callback of an acknowledgement, if it takes its arguments; else that is logged.

        What it raises is logged, too.
        """
        # Not the table's `shape`, which remembers: a callback may be made for one message alone.
        if not call_shape(callback).takes(len(args)):
            self._source.log_uncallable("acknowledgement", callback, len(args))
            return
        try:
            result = callback(*args)
        except Exception as error:
            self._source.log_callback_raised(callback, error, time.monotonic())
        else:
            if self.awaits and isawaitable(result):
                self.go_on(None, result)

    def trigger(self, call: HandlerCall) -> Any:
        """Make a call the long way, through the client's hooks."""
        self.make(call, self._source.trigger, (call.name, call.namespace, *call.args))

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
        handler = plan.handler
        args = (*plan.prefix, *event.args)
        fits = plan.least <= len(args) <= plan.most
        fitting = args if fits else source.fit(name, handler, args)
        if fitting is None:
            source.log_uncallable(name, handler, len(args))
            return None
        return handler, fitting, plan.shape.is_coroutine

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
