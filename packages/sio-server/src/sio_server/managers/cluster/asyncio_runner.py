"""Runs a node over its broker in two tasks of one event loop."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import nullcontext
from typing import Any

from ...drivers.entrance import awaited
from .runner import Runner


class AsyncFlag:
    """An `AsyncFlag` is a `threading.Event` whose `wait` is a coroutine."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.set, self.clear, self.is_set = self._event.set, self._event.clear, self._event.is_set

    async def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, for `timeout` seconds at most. Returns whether it is."""
        if self.is_set():
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._event.wait()
        return self.is_set()


class AsyncRunner(Runner):
    """A runner for the event loop in which it is made."""

    waits = staticmethod(awaited)
    # One task at a time uses the node: nothing waits while it does.
    lock: Any = nullcontext()

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.loop = asyncio.get_running_loop()
        self.now = self.loop.time
        self._work = AsyncFlag()
        self._end = AsyncFlag()
        self._publishing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to listen and to work."""
        self._tasks = [self.loop.create_task(self.run_thread()), self.loop.create_task(self.work())]

    def is_over(self) -> bool:
        """Return whether another event loop runs than that of this runner."""
        return self.loop is not asyncio.get_running_loop()

    def may_enter(self) -> bool:
        """Return whether this is the event loop of this runner, and not a thread beside it."""
        try:
            return self.loop is asyncio.get_running_loop()
        except RuntimeError:
            return False

    async def let_others_run(self) -> None:
        """Let other tasks run."""
        await asyncio.sleep(0)

    def connect_again(self) -> None:
        """Give up the connection, which is made again."""
        self._closing = self.loop.create_task(self.broker.close())

    async def _say_goodbye(self, seconds: float) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(seconds):
                await self.take_leave()
        except TimeoutError:
            self._log().warning("what was to be published at the end is lost")
