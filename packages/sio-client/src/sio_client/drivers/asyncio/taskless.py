"""A coroutine that runs beside the tasks of a loop.

`asyncio.run` cancels every task at its end, but a client may need the network once
more then, to say goodbye. It also begins at once and costs no turn of the loop to end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Taskless(Generic[T]):
    """A `Taskless` runs a coroutine without a task.

    The coroutine may use all of `loop` but what needs a current task.
    `done` is called exactly once, and later than `start`: with the result, or with
    what the coroutine raised.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        coroutine: Coroutine[Any, Any, T],
        done: Callable[[Taskless[T], T | None, BaseException | None], None],
    ) -> None:
        self._loop = loop
        self._coroutine = coroutine
        self._done = done
        self._awaited: asyncio.Future[Any] | None = None
        self._cancelled = False

    def start(self) -> None:
        """Run it up to the first thing that it waits for."""
        self._step(None)

    def cancel(self) -> None:
        """Raise `CancelledError` in the coroutine, soon, unless it has ended."""
        self._cancelled = True
        if self._awaited is not None:
            self._awaited.cancel()  # if that future is done already, the next step raises

    def _step(self, after: object) -> None:
        result: T | None = None
        error: BaseException | None = None
        self._awaited = None
        try:
            if self._cancelled:
                awaited = self._coroutine.throw(asyncio.CancelledError())
            else:
                awaited = self._coroutine.send(None)
        except StopIteration as stop:
            result = stop.value
        except (Exception, asyncio.CancelledError) as raised:
            error = raised
        else:
            if awaited is None:  # as asyncio.sleep(0) does
                self._loop.call_soon(self._step, self)
            else:
                self._awaited = awaited
                awaited.add_done_callback(self._step)
            return
        if after is None:  # the caller of `start` has not returned from it yet
            self._loop.call_soon(self._done, self, result, error)
        else:
            self._done(self, result, error)
