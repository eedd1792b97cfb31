"""Handlers in threads: those of one client begin in order, and leave nothing to another's.

The jobs of one client are a `Strand`, which one thread works off. A handler that
waits, or takes long while others are due, is left behind: another thread goes on
with the strand. A thread that has run a handler waits a while for the next job of its
own strand, and ends. Jobs of this package, which leave nothing, share threads.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from .strands import Job, Strand, Worker

LIMIT = 1000
"""Threads at the same time, unless the application says otherwise."""
SHARE, LEAST_SHARE = 4, 8
"""One strand has at most this part of the threads, but so many in any case."""
MAX_IDLE, MAX_SHARED = 256, 8
"""Threads that may wait for another job of their strand, and for one of this package."""
IDLE_SECONDS = 5.0
"""How long a thread waits for another job before it ends."""
PATIENCE = 0.1
"""Seconds between two checks for handlers that keep others waiting."""
TURN = 50
"""Jobs of one strand in a row while other strands wait for a thread."""
WARNING_SECONDS = 60.0
"""Seconds between two log lines that say that jobs wait for a thread."""


class Threads:
    """Runs jobs in daemon threads, each job in an empty context of its own.

    At most `limit` threads run handlers, and a quarter of these those of one strand: a client
    whose handlers all wait leaves threads for others. Jobs of this package have others: handlers
    may wait for what they do. Jobs for which there is no thread, or none can be started, wait
    for the next one that is free; that is logged.
    """

    def __init__(self, limit: int = LIMIT, log: logging.Logger | None = None) -> None:
        self._limit = limit
        self._share = max(limit // SHARE, LEAST_SHARE)
        self._log = logging.getLogger("sio_server.threads") if log is None else log
        self._lock = threading.Lock()
        self._workers: dict[int, Worker] = {}
        self._count = 0
        # The threads that wait for a job, the one that waits longest first.
        self._idle: dict[Worker, None] = {}
        self._shared: list[Worker] = []
        # Strands that have jobs and no thread; those of which a job waits for the one before it.
        self._due: deque[Strand] = deque()
        self._waiting: set[Strand] = set()
        self._watching = False
        self._next_warning = 0.0

    @property
    def count(self) -> int:
        """Return how many threads there are for handlers."""
        return self._count

    def strand(self, *, overlap: bool) -> Strand:
        """Return a new strand; without `overlap` its jobs run one after another."""
        return Strand(self.put, overlap=overlap)

    def run(self, target: Callable[..., None], *args: Any) -> None:
        """Run a function that leaves nothing in its thread; it must not raise."""
        self.put(Strand(self.put, shared=True), (target, args))

    def put(self, strand: Strand, job: Job) -> None:
        """Add a job to a strand."""
        with self._lock:
            strand.jobs.append(job)
            if strand.owner is None:
                self._appoint(strand)
            elif strand.overlap and strand not in self._waiting:
                strand.seen = -1
                self._waiting.add(strand)
                self._watch()

    def step_aside(self) -> None:
        """Let later handlers run: the calling one is going to wait."""
        worker = self._workers.get(threading.get_ident())
        if worker is None:
            return
        with self._lock:
            strand = worker.strand
            if strand is not None and strand.owner is worker and strand.overlap:
                self._pass_on(strand)

    def tend(self) -> None:
        """Try again to start a thread for jobs that have none; never waits."""
        if self._due:
            with self._lock:
                self._fill()

    # With the lock held ---------------------------------------------------

    def _appoint(self, strand: Strand) -> None:
        """Have a thread run the jobs of a strand."""
        if strand.spares:
            worker = strand.spares.pop()
            del self._idle[worker]
            strand.owner = worker
            worker.bell.release()
        elif strand.count >= self._share:
            # The first thread of the strand that is free takes the next job.
            self._warn(f"{strand.count} threads run handlers of one client: its others wait")
        elif not strand.due and not self._engage(strand):
            strand.due = True
            if strand.shared:
                self._due.appendleft(strand)
            else:
                self._due.append(strand)
            self._watch()

    def _engage(self, strand: Strand) -> bool:
        """Give a strand a thread that has run no handler. Returns false if there can be none."""
        counts = not strand.shared
        if counts and self._count >= self._limit and not self._dismiss_one():
            self._warn(f"{self._limit} threads run handlers: others wait, see max_threads")
            return False
        if self._shared:
            worker = self._shared.pop()
            worker.strand = strand
            worker.bell.release()
        elif (new := self._start(strand)) is not None:
            worker = new
        else:
            return False
        worker.counts = counts
        self._count += counts
        strand.count += counts
        strand.owner = worker
        return True

    def _start(self, strand: Strand) -> Worker | None:
        """A new thread, or None if there can be none."""
        worker = Worker(strand)
        thread = threading.Thread(target=self._main, args=(worker,), name="sio", daemon=True)
        try:
            thread.start()
        except (RuntimeError, MemoryError) as error:
            self._warn(f"no thread can be started for a handler, it waits: {error}")
            return None
        return worker

    def _dismiss_one(self) -> bool:
        """End the thread that has waited longest for a job. Returns false if none waits."""
        worker = next(iter(self._idle), None)
        if worker is None:
            return False
        self._leave(worker)
        worker.dismissed = True
        self._discount(worker)
        worker.bell.release()
        return True

    def _discount(self, worker: Worker) -> None:
        """Take a thread out of those that `limit` counts."""
        if worker.counts:
            assert worker.strand is not None
            worker.counts = False
            worker.strand.count -= 1
            self._count -= 1

    def _leave(self, worker: Worker) -> None:
        """Take a thread out of those that wait for a job."""
        if worker in self._idle:
            assert worker.strand is not None
            del self._idle[worker]
            worker.strand.spares.remove(worker)
        else:
            self._shared.remove(worker)

    def _pass_on(self, strand: Strand) -> None:
        strand.owner = None
        if strand.jobs:
            self._appoint(strand)

    def _fill(self) -> None:
        """Give threads to strands that wait for one."""
        while self._due:
            strand = self._due[0]
            if strand.owner is None and strand.jobs and not self._engage(strand):
                return
            self._due.popleft()
            strand.due = False

    def _warn(self, text: str) -> None:
        now = time.monotonic()
        if now >= self._next_warning:
            self._next_warning = now + WARNING_SECONDS
            self._log.warning("%s", text)

    # In the threads -------------------------------------------------------

    def _main(self, worker: Worker) -> None:
        worker.ident = threading.get_ident()
        self._workers[worker.ident] = worker
        try:
            self._work(worker)
            while self._rest(worker):
                self._work(worker)
        finally:
            with self._lock:
                del self._workers[worker.ident]
                self._discount(worker)
                strand = worker.strand
                if strand is not None and strand.owner in (worker, None):
                    self._pass_on(strand)  # a handler ended its thread, or others are first
                self._fill()

    def _work(self, worker: Worker) -> None:
        """Run the jobs of a strand as long as the thread belongs to it."""
        strand = worker.strand
        assert strand is not None
        jobs, lock, done = strand.jobs, self._lock, 0
        while True:
            with lock:
                if strand.owner is not worker:
                    return
                if not jobs or (done >= TURN and self._due):
                    strand.owner = None
                    if jobs and not strand.due:
                        strand.due = True
                        self._due.append(strand)
                    return
                target, args = jobs.popleft()
                strand.begun += 1
            done += 1
            contextvars.Context().run(target, *args)
            del target, args

    def _rest(self, worker: Worker) -> bool:
        """Wait for a job. Returns false if the thread is not needed any more."""
        strand = worker.strand
        assert strand is not None
        with self._lock:
            if self._due:
                return False
            if strand.owner is None and strand.jobs:
                strand.owner = worker
                return True
            if strand.shared:
                if len(self._shared) >= MAX_SHARED:
                    return False
                worker.strand = None
                self._shared.append(worker)
            else:
                if len(self._idle) >= MAX_IDLE:
                    return False
                strand.spares.append(worker)
                self._idle[worker] = None
        del strand
        if not worker.bell.acquire(timeout=IDLE_SECONDS):
            with self._lock:
                if worker in self._idle or worker in self._shared:
                    self._leave(worker)
                    return False
            worker.bell.acquire()  # the thread was given a job just now
        return not worker.dismissed

    # Handlers that take long ----------------------------------------------

    def _watch(self) -> None:
        """Have `relieve` called from time to time. Call it with the lock held."""
        if self._watching:
            return
        self._watching = True
        watcher = threading.Thread(target=self._keep_watch, name="sio-watch", daemon=True)
        try:
            watcher.start()
        except (RuntimeError, MemoryError):
            self._watching = False  # the next job tries again

    def _keep_watch(self) -> None:
        quiet = 0.0
        while quiet < IDLE_SECONDS:
            time.sleep(PATIENCE)
            self.relieve()
            with self._lock:
                quiet = 0.0 if self._waiting or self._due else quiet + PATIENCE
                self._watching = quiet < IDLE_SECONDS

    def relieve(self) -> None:
        """Let other handlers run beside those that keep them waiting since the last call."""
        with self._lock:
            for strand in list(self._waiting):
                if not strand.jobs:
                    self._waiting.discard(strand)
                elif strand.seen == strand.begun:
                    self._pass_on(strand)
                strand.seen = strand.begun
            self._fill()
