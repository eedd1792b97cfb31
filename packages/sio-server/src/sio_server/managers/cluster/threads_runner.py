"""Runs a node over its broker in two threads or greenlets."""

from __future__ import annotations

from typing import Any

from ...concurrency.primitives import Concurrency
from ...drivers.entrance import run_to_end, waited
from .runner import Runner


class BlockingRunner(Runner):
    """A runner for the threads or greenlets of `concurrency`."""

    waits = staticmethod(waited)

    def __init__(self, *args: Any, concurrency: Concurrency) -> None:
        super().__init__(*args)
        self.now = concurrency.now
        self.lock = concurrency.lock()
        self._concurrency = concurrency
        self._work = concurrency.event()
        self._end = concurrency.event()
        self._publishing = concurrency.lock()
        self._threads: list[Any] = []

    def start(self) -> None:
        """Begin to listen and to work."""
        spawn = self._concurrency.spawn
        self._threads = [spawn(run_to_end, self.work()), spawn(run_to_end, self.run_thread())]

    def let_others_run(self) -> None:
        """Let other greenlets run."""
        if self._concurrency.cooperative:
            self._concurrency.sleep(0)

    def connect_again(self) -> None:
        """Give up the connection, which is made again."""
        self.broker.close()

    def _say_goodbye(self, seconds: float) -> None:
        for worker in self._threads[:1]:
            worker.join(seconds)
        run_to_end(self.take_leave())

    async def close(self, seconds: float) -> None:
        """Do what `Runner.close` does, and wait for the listener."""
        await super().close(seconds)
        for listener in self._threads[1:]:
            listener.join(seconds)
