"""A polling request of the asyncio driver that has to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Poll:
    """A request that may have to wait, as the driver of its exchange; made in its task."""

    __slots__ = ("_interrupted", "_loop", "_ready", "_waiter", "reading", "task")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ready = False
        self._waiter: asyncio.Future[None] | None = None
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
        elif self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def interrupt(self) -> None:
        """End whatever the request waits for."""
        if not self._interrupted and self.task is not None:
            self._interrupted = True
            self.task.cancel()

    def was_interrupted(self) -> bool:
        """In the task, after a cancellation: whether `interrupt` alone asked for it."""
        task = self.task
        return self._interrupted and (task is None or not task.uncancel())

    async def wait(self, gone: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Wait for `wake`. Returns false if the client was gone first."""
        if self._ready:
            return True
        self._waiter = self._loop.create_future()
        watcher = self._loop.create_task(gone())
        watcher.add_done_callback(self._gone)
        try:
            await self._waiter
        finally:
            if not self._loop.is_closed():  # or Python is collecting what it left behind
                watcher.cancel()
        return self._ready

    def _gone(self, watcher: asyncio.Task[None]) -> None:
        # Whatever the web server raised, the client can no longer be answered.
        if not watcher.cancelled():
            watcher.exception()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
