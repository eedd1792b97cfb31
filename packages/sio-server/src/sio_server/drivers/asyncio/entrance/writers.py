"""The tasks in which web servers are handed the output of their WebSockets.

A web server's `send` may wait, and it may have to be run in one task from its beginning to its end:
a time limit cancels the task that it was set in, a cancel scope is left in the task that entered
it, and a context variable is reset in the context where it was set. A task for each `send` would
cost more than most of them. So one task writes what several connections have. If a `send` waits,
the task stays with that connection until its output is written, and another task goes on with the
others.

The first output of a turn of the event loop is written at once. What follows in the same turn is
written when the turn ends: ten answers to one client then take one look at its session, and those
to all clients one task.

Python 3.11 has no task that begins at once. There the first `send` of a turn begins in the task
that caused the output, and if it waits, it is finished in a task of its own, in the same context.
Middlewares that set a time limit or a cancel scope around a `send` that waits need a later Python.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Coroutine
from contextvars import Context, copy_context
from typing import Any, Protocol

AT_ONCE = sys.version_info >= (3, 12)
"""Whether a task can be run at once, until it waits (Python 3.12 and newer)."""

WRITTEN_AT_ONCE = 500
"""Connections that are written before others have their turn: each takes some 10 µs."""


class Written(Protocol):
    """A connection whose output is written by the web server."""

    def write_output(self) -> Coroutine[Any, Any, None] | None:
        """Write what there is, until the web server waits. Returns what is then to be awaited."""
        ...

    def note_waiting(self, writer: asyncio.Task[None]) -> None:
        """Hear that `writer` is the task that awaits what `write_output` returned."""
        ...


class Writers:
    """Has connections written: those in `queue`, by the next `write`."""

    def __init__(self) -> None:
        self.queue: deque[Written] = deque()
        self.add = self.queue.append
        """Have a connection written by the next `write`; one method for all, found once."""
        self.forget()

    def forget(self) -> None:
        """Leave out what is in the queue: its event loop has ended."""
        self.queue.clear()
        self._writing = False
        """True while the queue is being written without waiting."""
        self._wrote: list[bool] = []
        """Not empty once something was written in this turn of the event loop."""
        self._next: asyncio.Task[None] | None = None
        """The task that writes the queue when the turn ends."""

    def write(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write the queue, unless that is being done: output may cause more output."""
        if self._writing:
            return
        if self._wrote:
            if self._next is None:
                self._write_later(loop)
            return
        self._writing = True
        self._wrote.append(True)
        loop.call_soon(self._wrote.clear)
        if AT_ONCE:
            asyncio.Task(self._write(), loop=loop, eager_start=True)  # type: ignore[call-arg]
        else:
            context = copy_context()
            context.run(self._write_here, loop, context)

    def _write_later(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have the queue written when this turn of the event loop ends."""
        if self._next is None:
            # Not by the loop, whose tasks may all begin at once.
            self._next = asyncio.Task(self._write(), loop=loop)
            self._next.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        # Whoever cancels all tasks may have ended it before it began.
        if task is self._next:
            self._next = None
            self._write_later(task.get_loop())

    async def _write(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        if task is self._next:
            self._next = None
        queue, rest = self.queue, None
        self._writing = True
        try:
            for _ in range(WRITTEN_AT_ONCE):
                if not queue:
                    return
                connection = queue.popleft()
                rest = connection.write_output()
                if rest is not None:
                    connection.note_waiting(task)
                    break
        finally:
            self._writing = False
        if queue:
            # Not in this task: a hundred that wait would be a hundred nested tasks.
            self._write_later(task.get_loop())
        if rest is not None:
            await rest

    def _write_here(self, loop: asyncio.AbstractEventLoop, context: Context) -> None:
        queue = self.queue
        try:
            for _ in range(WRITTEN_AT_ONCE):
                if not queue:
                    return
                connection = queue.popleft()
                rest = connection.write_output()
                if rest is not None:
                    connection.note_waiting(loop.create_task(rest, context=context))
        finally:
            self._writing = False
        if queue:
            self._write_later(loop)
