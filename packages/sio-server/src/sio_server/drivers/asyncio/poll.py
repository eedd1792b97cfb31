"""A polling request of the asyncio driver that has to wait, in the task of the request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

Gone = Callable[[], Awaitable[None]]
"""Returns when the client has hung up; cancelled once there is an answer for it."""


class Poll:
    """A request that may have to wait, as the driver of its exchange; made in its task."""

    __slots__ = ("_interrupted", "_ready", "_waiting", "reading", "task")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._ready = False
        self._waiting = False
        self._interrupted = False
        # With its loop: to find the running one costs a system call before Python 3.12.
        self.task = asyncio.current_task(loop)
        self.reading = False
        """True while the request's body is read: `wake` then ends the reading."""

    def wake(self) -> None:
        """The exchange can go on."""
        self._ready = True
        if self.reading:
            self.interrupt()
        elif self._waiting:
            self._waiting = False
            assert self.task is not None
            self.task.cancel()

    def interrupt(self) -> None:
        """End whatever the request waits for."""
        if not self._interrupted and self.task is not None:
            self._interrupted = True
            self.task.cancel()

    def was_interrupted(self) -> bool:
        """In the task, after a cancellation: whether `interrupt` alone asked for it."""
        task = self.task
        return self._interrupted and (task is None or not task.uncancel())

    async def wait(self, gone: Gone) -> bool:
        """Wait for `wake`. Returns false if the client was gone first.

        What waits is `gone` itself, which `wake` cancels: an answer to a client that has hung up
        would be lost, and a task of its own that notices it costs a tenth of a poll.
        """
        if self._ready:
            return True
        self._waiting = True
        try:
            await gone()
        except asyncio.CancelledError:
            if self._interrupted or not self._end_wake():
                raise
            return True
        except Exception:
            pass  # whatever the web server raised, the client can no longer be answered
        finally:
            self._waiting = False
        self._end_wake()
        return False

    def _end_wake(self) -> bool:
        """Tell whether `wake`, and nobody else, has cancelled the task, which then goes on."""
        return self._ready and self.task is not None and not self.task.uncancel()
