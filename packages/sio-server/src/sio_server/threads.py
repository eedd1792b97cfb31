"""Handlers in threads: a thread that has run one handler waits a while for another.

Every job runs at once: a new thread is made whenever none is waiting, so that no
handler ever waits for another one to return.
"""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable
from typing import Any

MAX_IDLE = 32
"""Threads that may wait for a job at the same time."""
IDLE_SECONDS = 5.0
"""How long a thread waits for another job before it ends."""

_Job = tuple[Callable[..., None], tuple[Any, ...]]


class Threads:
    """Runs jobs in daemon threads, each in an empty context of its own."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        # Threads that wait, less the jobs that are on their way to them.
        self._idle = 0

    def run(self, target: Callable[..., None], *args: Any) -> None:
        """Run `target(*args)` now, in a thread of its own; it must not raise."""
        with self._lock:
            if self._idle:
                self._idle -= 1
                self._jobs.put((target, args))
                return
        threading.Thread(target=self._main, args=(target, args), daemon=True).start()

    def _main(self, target: Callable[..., None], args: tuple[Any, ...]) -> None:
        while True:
            contextvars.Context().run(target, *args)
            del target, args
            job = self._next()
            if job is None:
                return
            target, args = job

    def _next(self) -> _Job | None:
        with self._lock:
            if self._idle >= MAX_IDLE:
                return None
            self._idle += 1
        while True:
            try:
                return self._jobs.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    if self._jobs.empty():
                        self._idle -= 1
                        return None
