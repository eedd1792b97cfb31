"""The acknowledgement that a `call()` waits for: in a thread, or under asyncio."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sio_core.exceptions import CallAbortedError, TimeoutError

if TYPE_CHECKING:
    import asyncio  # a program without asyncio does not load it

LATE = "the server did not answer in time"
ABORTED = "the connection was lost before the server answered"


def returned(args: Sequence[Any]) -> Any:
    """What `call` returns for an acknowledgement: None, the one value, or a tuple of several."""
    return tuple(args) if len(args) > 1 else (args[0] if args else None)


class ThreadAck:
    """The callback of one `Client.call()`; the thread that reads brings the answer."""

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


class TaskAck:
    """The callback of one `AsyncClient.call()`: `answer` is a future of the arguments.

    `until` is when the answer is late, in the event loop's clock; None: never.
    """

    __slots__ = ("ack_id", "answer", "until")

    def __init__(self, loop: asyncio.AbstractEventLoop, timeout: float | None) -> None:
        self.ack_id = 0  # until the event is sent
        self.answer: asyncio.Future[tuple[Any, ...]] = loop.create_future()
        self.until = None if timeout is None else loop.time() + timeout

    def __call__(self, *args: Any) -> None:
        """The answer came."""
        if not self.answer.done():
            self.answer.set_result(args)

    def late(self) -> None:
        """The answer did not come in time."""
        if not self.answer.done():
            self.answer.set_exception(TimeoutError(LATE))

    def abort(self) -> None:
        """No answer will come."""
        if not self.answer.done():
            self.answer.set_exception(CallAbortedError(ABORTED))
