"""What threads wait for in a blocking client."""

from __future__ import annotations

import threading
from typing import Any

from sio_core.exceptions import CallAbortedError, TimeoutError
from sio_core.socketio import Failure

from ..base_client import Target


class BlockingCall:
    """The callback of one `call()`; the driver's thread itself brings the answer."""

    __slots__ = ("_aborted", "_args", "_bell", "ack_id")

    def __init__(self) -> None:
        self.ack_id = 0  # until there is one
        self._bell = threading.Lock()
        self._bell.acquire()
        self._args: list[Any] | None = None
        self._aborted = False

    def __call__(self, *args: Any) -> None:
        """The answer came."""
        self._args = list(args)
        self._bell.release()

    def abort(self) -> None:
        """No answer will come."""
        self._aborted = True
        self._bell.release()

    def result(self, timeout: float | None) -> Any:
        """Wait for the answer: None, the one value, or a tuple of several.

        Raises `TimeoutError` after `timeout` seconds, and when no answer will come.
        """
        limit = threading.TIMEOUT_MAX if timeout is None else timeout
        if not self._bell.acquire(timeout=max(0.0, min(limit, threading.TIMEOUT_MAX))):
            raise TimeoutError("the server did not answer in time")
        if self._aborted:
            raise CallAbortedError("the connection was lost before the server answered")
        args = self._args or []
        return tuple(args) if len(args) > 1 else (args[0] if args else None)


class Course:
    """One `connect()`, and all that follows from it until it is over.

    `opened` is set once the outcome of `connect` is known and its handlers have
    returned; `failure` is why it failed. `over` is set at the end.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.opened = threading.Event()
        self.failure: Failure | None = None
        self.succeeded = False
        self.over = threading.Event()

    @property
    def asks(self) -> bool:
        """True if an attempt calls functions of the application, which may take their time."""
        target = self.target
        return callable(target.url) or callable(target.headers) or callable(target.auth)

    def arguments(self) -> tuple[Any, Any, Any]:
        """The URL, headers and auth for the attempt that is due."""
        target = self.target
        url, headers, auth = (
            value() if callable(value) else value
            for value in (target.url, target.headers, target.auth)
        )
        return url, headers or {}, auth
