"""Runs the handlers of a blocking client one after another, in a thread of their own.

A handler that waits inside the client, or that takes long while others are due,
does not stop them: another thread takes the queue over. So handlers begin in order,
always, and they do not overlap as long as none takes its time.

The threads are bounded: with all of them busy, jobs wait for the first that is free.
"""

from __future__ import annotations

import contextvars
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

PATIENCE = 1.0
"""Seconds that a handler runs before the next one is begun beside it."""
IDLE_SECONDS = 5.0
MAX_SPARE = 4
MAX_THREADS = 32
"""Threads of one client's handlers, unless it was told otherwise."""
AGAIN_SECONDS = 0.5
"""How long after a thread could not be started that is tried again."""
REMARK_SECONDS = 60.0
"""The least time between two remarks on the same thing."""

Remark: TypeAlias = tuple[int, str, tuple[Any, ...]]
"""What is to be logged: its level, the text and the text's arguments."""


class Worker:
    """A `Worker` is one thread that runs handlers; it rests on its bell."""

    __slots__ = ("bell", "ident", "since")

    def __init__(self) -> None:
        self.bell = threading.Lock()
        self.bell.acquire()
        self.ident = 0
        self.since = 0.0


class ThreadDispatcher:
    """A `ThreadDispatcher` runs the jobs of one client in order, in at most `limit` threads.

    `run` is called with each job.
    """

    def __init__(
        self,
        run: Callable[[Any], None],
        lock: threading.RLock,
        log: logging.Logger,
        limit: int = MAX_THREADS,
    ) -> None:
        self.keep = False
        """True while threads may wait for jobs."""
        self.emptied: Callable[[], None] | None = None
        """Called, with the lock held, when there are no more jobs."""
        self.on_backlog_small: Callable[[], None] | None = None
        """Called once, when no more than `small_count` jobs wait, of no more than `small_bytes`."""
        self.small_count = self.small_bytes = 0
        self.large_count = self.large_bytes = 0
        self.remarks: deque[Remark] = deque()
        """What is to be logged once the lock is not held."""
        self._run = run
        self._limit = limit
        self._lock = lock
        # This lock is held only to begin with a job or to lose the turn, unlike the client's.
        self._turn = threading.Lock()
        self._log = log
        self._jobs: deque[tuple[Any, int]] = deque()
        # The bytes that came with the lock held, and those that went with the turn.
        self._came = self._went = 0
        self._owner: Worker | None = None
        self._spare: list[Worker] = []
        self._threads: set[int] = set()
        self._alive = 0
        self._asking = 0
        self._again_at: float | None = None
        self._remarked: dict[str, float] = {}

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

    @property
    def size(self) -> int:
        """How many bytes the jobs stand for that have not begun."""
        return self._came - self._went

    @property
    def crowded(self) -> bool:
        """True if more than `large_count` jobs wait, or jobs of more than `large_bytes`."""
        # Whenever the driver's thread wakes: `size` would be a call more.
        return len(self._jobs) > self.large_count or self._came - self._went > self.large_bytes

    @property
    def backlog_small(self) -> bool:
        """True if no more than `small_count` jobs wait, of no more than `small_bytes`."""
        return len(self._jobs) <= self.small_count and self.size <= self.small_bytes

    @property
    def arrived(self) -> int:
        """How many bytes jobs have stood for up to now: it only grows."""
        return self._came

    @property
    def waits_for_answer(self) -> bool:
        """True if every thread is busy, and one of them waits for an answer of the server."""
        return self._owner is None and bool(self._jobs) and self._asking > 0

    def put(self, job: Any, size: int = 0) -> None:
        """Have a job done, which stands for `size` bytes. Call it with the lock held."""
        self._jobs.append((job, size))
        self._came += size
        if self._owner is None:
            self._appoint()

    def step_aside(self) -> None:
        """The caller is going to wait: if it is a handler, another thread runs those after it."""
        owner = self._owner
        if owner is not None and owner.ident == threading.get_ident():
            with self._lock:
                if self._owner is owner:
                    self._pass_on()

    def remark(self, level: int, text: str, *args: Any) -> None:
        """Have something logged, the same no more than once a minute. Call it with the lock held.

        It is logged later, without the lock, for which a handler of the log may have to wait.
        """
        now = time.monotonic()
        if now - self._remarked.get(text, float("-inf")) >= REMARK_SECONDS:
            self._remarked[text] = now
            self.remarks.append((level, text, args))

    def log_remarks(self) -> None:
        """Log what is to be logged. Call it without the lock: a handler of the log may need it."""
        while self.remarks:
            level, text, args = self.remarks.popleft()
            self._log.log(level, text, *args)

    def ask(self, answer: Callable[[], Any]) -> Any:
        """Return what `answer` returns, which waits for the server; see `waits_for_answer`."""
        self.step_aside()
        if threading.get_ident() not in self._threads:
            return answer()
        with self._turn:
            self._asking += 1
        try:
            return answer()
        finally:
            with self._turn:
                self._asking -= 1

    def next_deadline(self) -> float | None:
        """When `relieve` is to be called, or None."""
        owner = self._owner
        if owner is None:
            return self._again_at if self._jobs else None
        return owner.since + PATIENCE if self._jobs else None

    def relieve(self, now: float) -> None:
        """Have another thread take over from a handler that takes long, if jobs wait for it.

        Likewise from a thread that could not be started. Call it with the lock held.
        """
        if self._again_at is not None and self._again_at <= now:
            self._again_at = None
            if self._owner is None and self._jobs:
                self._appoint()
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
            if self.waits_for_answer and self.on_backlog_small is not None:
                self.on_backlog_small()

    def _appoint(self) -> None:
        if self._spare:
            worker = self._owner = self._spare.pop()
            worker.since = time.monotonic()
            worker.bell.release()
            return
        if self._alive >= self._limit:
            self._owner = None  # the first thread that is free goes on
            self.remark(
                logging.WARNING,
                "all %d threads for handlers are busy (max_handler_threads): the others wait",
                self._limit,
            )
            return
        worker = self._owner = Worker()
        worker.since = time.monotonic()
        thread = threading.Thread(
            target=self._main, args=(worker,), name="sio-client-handlers", daemon=True
        )
        self._alive += 1
        try:
            thread.start()
        except RuntimeError as error:
            self._alive -= 1
            self._owner = None
            self._unstarted(error)

    def _unstarted(self, error: RuntimeError) -> None:
        """Note that no thread could be started: a free or a later one goes on."""
        if sys.is_finalizing() or not threading.main_thread().is_alive():
            self._jobs.clear()  # no thread runs any more
            self._went = self._came
            return
        self._again_at = time.monotonic() + AGAIN_SECONDS
        text = "no thread can be started for handlers, so that they wait: %s"
        self.remark(logging.ERROR, text, error)

    def _main(self, worker: Worker) -> None:
        worker.ident = threading.get_ident()
        self._threads.add(worker.ident)
        try:
            self._take_turns(worker)
        finally:
            with self._lock:
                self._threads.discard(worker.ident)
                self._alive -= 1
                if self._owner is worker:  # a handler ended its thread
                    self._owner = None
                if self._owner is None and self._jobs:
                    self._appoint()

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
                job, size = jobs.popleft()
                self._went += size
                worker.since = time.monotonic()
            if (on_backlog_small := self.on_backlog_small) is not None and self.backlog_small:
                self.on_backlog_small = None
                on_backlog_small()
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
        worker.bell.acquire()  # the last thread stays, and so does one that was called just now
        return True
