"""The tasks in which web servers are handed the output of their WebSockets.

A web server's `send` may wait, and it may have to be run in one task from its beginning to its end:
a time limit cancels the task that it was set in, a cancel scope is left in the task that entered
it, and a context variable is reset in the context where it was set. A task for each `send` would
cost more than most of them. So one task writes what several connections have. If a `send` waits,
the task stays with that connection until its output is written, and another task goes on with the
others.

Python 3.11 has no task that begins at once. There a `send` begins in the task that caused the
output, and only one that waits is finished in a task of its own, in the same context. Middlewares
that set a time limit or a cancel scope around a `send` that waits need a later Python.
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
        self._writing = False
        """True while the queue is being written without waiting."""

    def forget(self) -> None:
        """Leave out what is in the queue: its event loop has ended."""
        self.queue.clear()
        self._writing = False

    def write(self) -> None:
        """Write the queue, unless that is being done: output may cause more output."""
        if not self.queue or self._writing:
            return
        self._writing = True
        if AT_ONCE:
            # A task that begins at once does not look for the running loop by itself.
            loop = asyncio.get_running_loop()
            asyncio.Task(self._write(), loop=loop, eager_start=True)  # type: ignore[call-arg]
        else:
            context = copy_context()
            context.run(self._write_here, context)

    def _write_later(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have the rest written in the next turn of the loop."""
        loop.call_soon(self.write)

    async def _write(self) -> None:
        waits = False
        left = WRITTEN_AT_ONCE
        try:
            while self.queue:
                if left == 0:
                    self._write_later(asyncio.get_running_loop())
                    return
                left -= 1
                connection = self.queue.popleft()
                rest = connection.write_output()
                if rest is None:
                    continue
                task = asyncio.current_task()
                assert task is not None
                connection.note_waiting(task)
                self._writing = False
                waits = True
                if self.queue:
                    # Not in this task: a hundred that wait would be a hundred nested tasks.
                    self._write_later(task.get_loop())
                await rest
                return
        finally:
            if not waits:
                self._writing = False

    def _write_here(self, context: Context) -> None:
        queue, left = self.queue, WRITTEN_AT_ONCE
        try:
            while queue:
                if left == 0:
                    self._write_later(asyncio.get_running_loop())
                    return
                left -= 1
                connection = queue.popleft()
                rest = connection.write_output()
                if rest is not None:
                    task = asyncio.get_running_loop().create_task(rest, context=context)
                    connection.note_waiting(task)
        finally:
            self._writing = False
