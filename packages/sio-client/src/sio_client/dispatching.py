"""Runs the handlers of a blocking client one after another, in a thread of their own.

A handler that waits inside the client, or that takes long while others are due,
does not stop them: another thread takes the queue over. So handlers begin in order,
always, and they do not overlap as long as none takes its time.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

PATIENCE = 1.0
"""Seconds that a handler runs before the next one is begun beside it."""
IDLE_SECONDS = 5.0
MAX_SPARE = 4


class Worker:
    """One thread that runs handlers; it rests on its bell."""

    __slots__ = ("bell", "ident", "since")

    def __init__(self) -> None:
        self.bell = threading.Lock()
        self.bell.acquire()
        self.ident = 0
        self.since = 0.0


class Dispatcher:
    """The queue of one client; `run` is called with each job."""

    def __init__(
        self, run: Callable[[Any], None], lock: threading.RLock, log: logging.Logger
    ) -> None:
        self.keep = False
        """True while threads may wait for jobs."""
        self.emptied: Callable[[], None] | None = None
        """Called, with the lock held, when there are no more jobs."""
        self.thinned: Callable[[], None] | None = None
        """Called once, when no more than `few` jobs wait."""
        self.few = 0
        self._run = run
        self._lock = lock
        # Held for a moment, unlike the other: to begin with a job, or to lose the turn.
        self._turn = threading.Lock()
        self._log = log
        self._jobs: deque[Any] = deque()
        self._owner: Worker | None = None
        self._spare: list[Worker] = []

    @property
    def waiting(self) -> bool:
        """True while there are jobs that have not begun."""
        return bool(self._jobs)

    @property
    def count(self) -> int:
        """How many jobs have not begun."""
        return len(self._jobs)

    @property
    def idle(self) -> bool:
        """True if a job would begin at once. Call it with the lock held."""
        return self._owner is None and not self._jobs

    def put(self, job: Any) -> None:
        """Have a job done. Call it with the lock held."""
        self._jobs.append(job)
        if self._owner is None:
            self._appoint()

    def step_aside(self) -> None:
        """The caller is going to wait: if it is a handler, another thread runs those after it."""
        owner = self._owner
        if owner is not None and owner.ident == threading.get_ident():
            with self._lock:
                if self._owner is owner:
                    self._pass_on()

    def next_deadline(self) -> float | None:
        """When `relieve` is to be called, or None."""
        owner = self._owner
        return owner.since + PATIENCE if owner is not None and self._jobs else None

    def relieve(self, now: float) -> None:
        """Have another thread take over from a handler that takes long, if jobs wait for it.

        Call it with the lock held.
        """
        with self._turn:
            owner = self._owner
            late = owner is not None and bool(self._jobs) and owner.since + PATIENCE <= now
            if late:
                self._owner = None
        if late:
            self._appoint()

    def dismiss(self) -> None:
        """Let the threads end once there is nothing to do. Call it with the lock held."""
        self.keep = False
        spare, self._spare = self._spare, []
        for worker in spare:
            worker.bell.release()

    # Threads ------------------------------------------------------------------

    def _pass_on(self) -> None:
        self._owner = None
        if self._jobs:
            self._appoint()

    def _appoint(self) -> None:
        if self._spare:
            worker = self._owner = self._spare.pop()
            worker.since = time.monotonic()
            worker.bell.release()
            return
        worker = self._owner = Worker()
        worker.since = time.monotonic()
        thread = threading.Thread(
            target=self._main, args=(worker,), name="sio-client-handlers", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:  # the interpreter is about to end
            self._owner = None
            self._jobs.clear()

    def _main(self, worker: Worker) -> None:
        worker.ident = threading.get_ident()
        try:
            self._take_turns(worker)
        finally:
            with self._lock:
                if self._owner is worker:  # a handler ended its thread
                    self._pass_on()

    def _take_turns(self, worker: Worker) -> None:
        while True:
            self._work(worker)
            with self._lock:
                if self._owner is worker or self._owner is None:
                    if self._jobs:
                        self._owner = worker
                        continue
                    self._owner = None
                    if self.emptied is not None:
                        self.emptied()
                if not self.keep or len(self._spare) >= MAX_SPARE:
                    return
                self._spare.append(worker)
            if not self._rest(worker):
                return

    def _work(self, worker: Worker) -> None:
        """Run jobs while it is this thread's turn."""
        jobs = self._jobs
        while True:
            with self._turn:
                if self._owner is not worker or not jobs:
                    return
                job = jobs.popleft()
                worker.since = time.monotonic()
            if (thinned := self.thinned) is not None and len(jobs) <= self.few:
                self.thinned = None
                thinned()
            try:
                contextvars.Context().run(self._run, job)
            except Exception as error:
                self._log.error("a handler raised an exception", exc_info=error)
            del job

    def _rest(self, worker: Worker) -> bool:
        """Wait for a turn. Returns false if there was none for long, and another thread is left."""
        if worker.bell.acquire(timeout=IDLE_SECONDS):
            return True
        with self._lock:
            if worker in self._spare and (self._owner or len(self._spare) > 1):
                self._spare.remove(worker)
                return False
        worker.bell.acquire()  # the last one stays; or it was called just now
        return True
