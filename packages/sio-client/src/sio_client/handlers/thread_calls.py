"""Calls the application's handlers for what happens to a `Client`, in the dispatcher's threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sio_core.socketio import (
    ServerAckAborted,
    ServerAckReceived,
    ServerAckTimedOut,
    ServerEventReceived,
)

from .after_call import AfterCall
from .handler_call import HandlerCall


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

    def _event(self, event: ServerEventReceived) -> None:
        found = self.find(event)
        if found is None:
            return
        try:
            result = found[0](*found[1])
        except Exception as error:
            self.raised(event.name, event.socket.namespace, error)
            return
        if event.ack_id is not None:
            self.acknowledge(event.socket, event.ack_id, result)

    def make(self, call: HandlerCall) -> None:
        """Make a call, and return once the handler has returned."""
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
