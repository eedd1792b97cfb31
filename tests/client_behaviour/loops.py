"""An event loop in a thread of its own, and waiting from outside it."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

LIMIT = 60.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""


def until(condition: Callable[[], Any]) -> None:
    """Wait until `condition` is true, whoever makes it so."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.002)


class LoopThread:
    """Runs coroutines for threads that wait."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def begin(self, coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Start a coroutine. Returns what its result goes to."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine. Returns what it returns."""
        return self.begin(coroutine).result(LIMIT)

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function in the loop. Returns what it returns."""

        async def calling() -> Any:
            return function(*args)

        return self.run(calling())

    def close(self) -> None:
        """End the loop, and what runs in it."""
        self.run(self._cancel())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(LIMIT)
        self.loop.close()

    async def _cancel(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
