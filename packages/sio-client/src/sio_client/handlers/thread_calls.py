"""Calls the application's handlers for what happens to a `Client`, in the dispatcher's threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

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

from .handler_call import FINAL, HandlerCall
from .handler_source import HandlerSource


class ThreadCalls:
    """Calls the handlers of one client; a call returns once the handler has.

    `ack` sends an acknowledgement; it raises ValueError for what cannot be sent.
    """

    def __init__(
        self, source: HandlerSource, ack: Callable[[ClientSocket, int, Sequence[Any]], None]
    ) -> None:
        self._source = source
        self._ack = ack

    def run(self, job: Any) -> None:
        """Do one job of the dispatcher: a function, or an event of the core."""
        if type(job) is ServerEventReceived:
            self._event(job)
        elif isinstance(job, ServerAckReceived):
            self._call_back(job.token, job.args)
        elif isinstance(job, ServerAckAborted | ServerAckTimedOut):
            self._source.logger.debug("an acknowledgement will not come")
        elif callable(job):
            job()
        else:
            self.call_all(job)

    def call_all(self, event: ClientEvent) -> None:
        """Call the handlers of an event the long way, through the client's hooks."""
        for call in self._source.calls(event):
            self._handled(call)

    def _event(self, event: ServerEventReceived) -> None:
        source, name, namespace = self._source, event.name, event.socket.namespace
        if name == FINAL:  # of the client's own making alone
            return
        plan = None if source.hooked() else source.table.plan(namespace, name)
        if plan is None:
            self.call_all(event)
            return
        # Straight to the handler: the application does not want to see every event.
        handler, shape = plan.handler, plan.shape
        args = (*plan.prefix, *event.args)
        fitting = args if shape.takes(len(args)) else source.fit(name, handler, args)
        if fitting is None:
            source.log_uncallable(name, handler, len(args))
            return
        try:
            result = handler(*fitting)
        except Exception as error:
            source.log_raised(name, namespace, error, time.monotonic())
            return
        if event.ack_id is not None:
            self._acknowledge(event.socket, event.ack_id, result)

    def _handled(self, call: HandlerCall) -> None:
        try:
            result = self._source.trigger(call.event, call.namespace, *call.args)
        except Exception as error:
            self._source.log_raised(call.event, call.namespace, error, time.monotonic())
            return
        if call.ack_id is not None and call.socket is not None:
            self._acknowledge(call.socket, call.ack_id, result)

    def _acknowledge(self, socket: ClientSocket, ack_id: int, result: Any) -> None:
        """Send what a handler returned, unless there was no handler."""
        if result is self._source.not_handled:
            return
        try:
            self._ack(socket, ack_id, event_args(result))
        except ValueError as error:
            self._source.log_unsendable(error, time.monotonic())

    def _call_back(self, callback: Callable[..., Any], args: Sequence[Any]) -> None:
        # Not the table's `shape`, which remembers: a callback may be made for one message alone.
        if not call_shape(callback).takes(len(args)):
            self._source.log_uncallable("acknowledgement", callback, len(args))
            return
        try:
            callback(*args)
        except Exception as error:
            self._source.log_callback_raised(callback, error, time.monotonic())
