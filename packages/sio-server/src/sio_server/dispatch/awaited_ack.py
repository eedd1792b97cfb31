"""One `call()` that waits for its acknowledgement."""

from __future__ import annotations

import asyncio
from typing import Any

from ..exceptions import CallAbortedError


class Call:
    """The callback of a `call()`; `answer` is a future of its arguments.

    `ack_id` is the number of the acknowledgement, 0 before there is one.
    """

    __slots__ = ("ack_id", "answer")

    def __init__(self) -> None:
        self.ack_id = 0
        self.answer: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()

    def __call__(self, *args: Any) -> None:
        if not self.answer.done():
            self.answer.set_result(args)

    def abort(self) -> None:
        """No answer will come."""
        if not self.answer.done():
            self.answer.set_exception(CallAbortedError("the client disconnected"))
