"""One `call()` of the blocking server that waits for its acknowledgement."""

from __future__ import annotations

from typing import Any

from ..drivers.threads.concurrency import Flag


class BlockingCall:
    """The callback of a `call()`; `done` is set once there is an answer, or will be none.

    `ack_id` is the number of the acknowledgement, 0 before there is one.
    """

    __slots__ = ("aborted", "ack_id", "args", "done")

    def __init__(self, done: Flag) -> None:
        self.ack_id = 0
        self.done = done
        self.args: tuple[Any, ...] = ()
        self.aborted = False

    def __call__(self, *args: Any) -> None:
        if not self.done.is_set():
            self.args = args
            self.done.set()

    def abort(self) -> None:
        """No answer will come."""
        if not self.done.is_set():
            self.aborted = True
            self.done.set()
