"""Event handlers that may wait, run at the price of handlers that do not.

A task a handler is what asyncio offers, and what a handler that waits needs. Most handlers do
not wait. From Python 3.12 on a task can start eagerly, and has then ended before it is put
in any queue; before that, tasks are used again.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from typing import Any, Protocol

EAGER = sys.version_info >= (3, 12)


class HandlerCall(Protocol):
    """A handler that was called, and what is done with its result."""

    awaitable: Awaitable[Any]

    def finish(self, result: Any) -> None:
        """The handler returned."""
        ...

    def fail(self, error: Exception) -> Awaitable[None]:
        """The handler raised."""
        ...

    def end(self) -> None:
        """The handler is over, however it ended."""
        ...


async def finish_call(call: HandlerCall) -> None:
    """Await a handler, and deal with its result."""
    try:
        try:
            result = await call.awaitable
        except Exception as error:
            await call.fail(error)
        else:
            call.finish(result)
    finally:
        call.end()


class EagerTasks:
    """Runs each call in a task of its own, which starts on the spot."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def tasks(self) -> list[asyncio.Task[None]]:
        """Return the tasks whose call has not ended."""
        return list(self._tasks)

    def end_idle(self) -> None:
        """Do nothing: each task ends with its call."""

    def start(self, call: HandlerCall, loop: asyncio.AbstractEventLoop) -> None:
        """Run `call` now, until it waits."""
        task = asyncio.Task(finish_call(call), loop=loop, eager_start=True)  # type: ignore[call-arg]
        # A task whose call did not wait has ended, and need not be kept.
        if not task.done():
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
