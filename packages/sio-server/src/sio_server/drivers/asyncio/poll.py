"""A polling request of the asyncio driver that has to wait, and a watch for what hangs up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any

CHECK_SECONDS = 1.0
"""Seconds after which a poll that still waits is watched for its client's hanging up."""

Gone = Callable[[], Coroutine[Any, Any, None]]
"""Returns when the client has hung up."""


class Poll:
    """A request that may have to wait, as the driver of its exchange; made in its task."""

    __slots__ = (
        "_context",
        "_gone",
        "_interrupted",
        "_ready",
        "_waiter",
        "_watcher",
        "loop",
        "reading",
        "task",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._ready = False
        self._waiter: asyncio.Future[None] | None = None
        self._watcher: asyncio.Task[None] | None = None
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

    async def wait(self, gone: Gone, watch: PollWatch) -> bool:
        """Wait for `wake`. Returns false if the client was gone first, which `watch` sees to."""
        if self._ready:
            return True
        self._waiter = self.loop.create_future()
        self._gone: Gone = gone
        self._context: Context = copy_context()
        watch.add(self)
        try:
            await self._waiter
        finally:
            watch.polls.discard(self)
            if self._watcher is not None and not self.loop.is_closed():
                # Else Python is collecting what a loop has left behind.
                self._watcher.cancel()
        return self._ready

    def watch_client(self) -> None:
        """End the waiting as soon as the client is gone."""
        self._watcher = self.loop.create_task(self._gone(), context=self._context)
        self._watcher.add_done_callback(self._client_gone)

    def _client_gone(self, watcher: asyncio.Task[None]) -> None:
        # Whatever the web server raised, the client can no longer be answered.
        if not watcher.cancelled():
            watcher.exception()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class PollWatch:
    """The polls that wait and are not watched yet; one timer has those watched that it finds.

    To watch a poll takes a task, which would cost a tenth of a poll that is answered at once.
    """

    __slots__ = ("_loop", "polls")

    def __init__(self) -> None:
        self.polls: set[Poll] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        """The event loop that has the timer."""

    def add(self, poll: Poll) -> None:
        """Have `poll` watched if it is still in `polls` when the timer expires."""
        loop = poll.loop
        if loop is not self._loop:
            self._loop = loop
            self.polls.clear()  # they were another loop's, which has ended
            loop.call_later(CHECK_SECONDS, self._watch_clients, loop)
        self.polls.add(poll)

    def _watch_clients(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is self._loop:
            polls, self.polls = self.polls, set()
            self._loop = None
            for poll in polls:
                poll.watch_client()
