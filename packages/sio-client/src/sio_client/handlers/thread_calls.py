"""Calls the application's handlers for what happens to a `Client`, in the dispatcher's threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sio_core.socketio import (
    ClientEvent,
    ServerAckAborted,
    ServerAckReceived,
    ServerAckTimedOut,
    ServerEventReceived,
)

from .after_call import AfterCall
from .handler_call import FINAL, HandlerCall


class ThreadCalls(AfterCall):
    """Calls the handlers of one client; a call returns once the handler has."""

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
            self.raised(name, namespace, error)
            return
        if event.ack_id is not None:
            self.acknowledge(event.socket, event.ack_id, result)

    def _handled(self, call: HandlerCall) -> None:
        try:
            result = self._source.trigger(call.event, call.namespace, *call.args)
        except Exception as error:
            self.raised(call.event, call.namespace, error)
        else:
            self.acknowledge(call.socket, call.ack_id, result)

    def _call_back(self, callback: Callable[..., Any], args: Sequence[Any]) -> None:
        if not self.can_call_back(callback, len(args)):
            return
        try:
            callback(*args)
        except Exception as error:
            self.callback_raised(callback, error)
