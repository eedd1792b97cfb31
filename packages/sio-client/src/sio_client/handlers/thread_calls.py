"""Calls the application's handlers for what happens to a `Client`, in the dispatcher's threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from sio_core.exceptions import CallAbortedError, TimeoutError
from sio_core.socketio import (
    ClientEvent,
    ServerAckAborted,
    ServerAckReceived,
    ServerAckTimedOut,
    ServerEventReceived,
)

from .after_call import ABORTED, LATE, AfterCall, returned
from .thread_dispatcher import ThreadDispatcher


class ThreadCalls(AfterCall):
    """A `ThreadCalls` calls the handlers of one client from its `queue`.

    A call returns once the handler has returned.
    """

    awaits = False
    queue: ThreadDispatcher

    def take(self, event: ClientEvent) -> None:
        """Take an event of the core, which `run` is given in its turn if that has to do with it.

        Call it with the lock held.
        """
        if type(event) is ServerEventReceived:
            if self.needed_for(event):
                self.queue.put(event, event.size)
            return
        match event:
            case ServerAckReceived(_, ThreadAck() as answer, args):
                answer(*args)
            case ServerAckAborted(_, ThreadAck() as answer):
                answer.abort()
            case ServerAckTimedOut(_, ThreadAck() as answer):
                answer.abort()
            case ServerAckReceived():
                self.queue.put(event)
            case _:
                if self.needed_for(event):
                    self.queue.put(event)

    def finish(self, event: ClientEvent, note: Callable[[ClientEvent], None]) -> None:
        """Call the handlers of the end of an attempt, or of the client, then `note` it."""
        try:
            self.call_all(event)
        finally:
            note(event)

    def needed_for(self, event: ClientEvent) -> bool:
        """Whether there is a handler for `event`, or an event waits for one. Hold the lock.

        The thread for the handlers is started only when there is something to handle.
        """
        if not self.queue.idle:
            return True
        source = self._source
        if type(event) is ServerEventReceived and source.table.plan(
            event.socket.namespace, event.name
        ):
            return True  # as a rule there is a handler
        return not all(map(source.unheard, source.calls(event)))

    def run(self, job: Any) -> None:
        """Do one job of the dispatcher: a function, or an event of the core."""
        if type(job) is ServerEventReceived:
            ready = self.find(job)
            if ready is not None:
                self.make(job, ready[0], ready[1])
        elif isinstance(job, ServerAckReceived):
            self.call_back(job.token, job.args)
        elif isinstance(job, ServerAckAborted | ServerAckTimedOut):
            self._source.logger.debug("an acknowledgement will not come")
        elif callable(job):
            job()
        else:
            self.call_all(job)


class ThreadAck:
    """A `ThreadAck` is the callback of one `Client.call()`; the thread that reads answers it."""

    __slots__ = ("_aborted", "_args", "_bell", "ack_id")

    def __init__(self) -> None:
        self.ack_id = 0  # until the event is sent
        self._bell = threading.Lock()
        self._bell.acquire()
        self._args: tuple[Any, ...] = ()
        self._aborted = False

    def __call__(self, *args: Any) -> None:
        """The answer came."""
        self._args = args
        self._bell.release()

    def abort(self) -> None:
        """No answer will come."""
        self._aborted = True
        self._bell.release()

    def result(self, timeout: float | None) -> Any:
        """Wait for the answer, and return what `call` returns.

        Raises `TimeoutError` after `timeout` seconds, `CallAbortedError` when none will come.
        """
        limit = threading.TIMEOUT_MAX if timeout is None else timeout
        if not self._bell.acquire(timeout=max(0.0, min(limit, threading.TIMEOUT_MAX))):
            raise TimeoutError(LATE)
        if self._aborted:
            raise CallAbortedError(ABORTED)
        return returned(self._args)
