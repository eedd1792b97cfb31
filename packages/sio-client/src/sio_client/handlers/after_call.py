"""What follows on the call of a handler, in a task or a thread: an acknowledgement, or the log."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from sio_core.handlers import event_args
from sio_core.socketio import ClientSocket, call_shape

from .handler_source import HandlerSource


class AfterCall:
    """What those who call handlers of `source` have in common.

    `ack` sends an acknowledgement; it raises ValueError for what cannot be sent.
    """

    def __init__(
        self, source: HandlerSource, ack: Callable[[ClientSocket, int, Sequence[Any]], None]
    ) -> None:
        self._source = source
        self._ack = ack

    def acknowledge(self, socket: ClientSocket | None, ack_id: int | None, result: Any) -> None:
        """Send what a handler returned, if the server wants it and there was a handler."""
        if ack_id is None or socket is None or result is self._source.not_handled:
            return
        try:
            self._ack(socket, ack_id, event_args(result))
        except ValueError as error:
            self._source.log_unsendable(error, time.monotonic())

    def raised(self, event: Any, namespace: str, error: Exception) -> None:
        """A handler raised an exception."""
        self._source.log_raised(event, namespace, error, time.monotonic())

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
