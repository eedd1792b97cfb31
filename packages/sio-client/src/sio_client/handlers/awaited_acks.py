"""One `call()` that waits for its acknowledgement."""

from __future__ import annotations

import asyncio
from typing import Any

from sio_core.exceptions import CallAbortedError, TimeoutError


class Call:
    """The callback of a `call()`: `answer` is a future of the arguments.

    `until` is when the answer is late, in the event loop's clock; None: never.
    """

    __slots__ = ("ack_id", "answer", "until")

    def __init__(self, timeout: float | None) -> None:
        self.ack_id = 0  # until there is one
        loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[list[Any]] = loop.create_future()
        self.until = None if timeout is None else loop.time() + timeout

    def __call__(self, *args: Any) -> None:
        if not self.answer.done():
            self.answer.set_result(list(args))

    def late(self) -> None:
        """The answer did not come in time."""
        if not self.answer.done():
            self.answer.set_exception(TimeoutError("the server did not answer in time"))

    def abort(self) -> None:
        """No answer will come."""
        if not self.answer.done():
            self.answer.set_exception(CallAbortedError("the connection was lost"))
