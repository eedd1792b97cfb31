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

from .after_call import AfterCall, Called


class ThreadCalls(AfterCall):
    """Calls the handlers of one client; a call returns once the handler has."""

    def run(self, job: Any) -> None:
        """Do one job of the dispatcher: a function, or an event of the core."""
        if type(job) is ServerEventReceived:
            ready = self.find(job)
            if ready is not None:
                self.make(job, ready[0], ready[1])
        elif isinstance(job, ServerAckReceived):
            self._call_back(job.token, job.args)
        elif isinstance(job, ServerAckAborted | ServerAckTimedOut):
            self._source.logger.debug("an acknowledgement will not come")
        elif callable(job):
            job()
        else:
            self.call_all(job)

    def make(self, event: Called, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """Call a function for an event, and return once it has returned."""
        try:
            result = function(*args)
        except Exception as error:
            self.raised(event, error)
            return
        if event.ack_id is not None:
            self.acknowledge(event, result)

    def _call_back(self, callback: Callable[..., Any], args: Sequence[Any]) -> None:
        if not self.can_call_back(callback, len(args)):
            return
        try:
            callback(*args)
        except Exception as error:
            self.callback_raised(callback, error)
