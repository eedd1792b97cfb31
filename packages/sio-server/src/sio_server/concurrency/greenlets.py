"""Handlers that may wait, in greenlets, at the price of handlers that do not.

A new greenlet costs 10 µs of CPython 3.11, most of it memory from the kernel, and
a handler often less. So a greenlet runs one handler after another for as long as
none waits, and then waits for more. Before each handler another greenlet is told
to look in the next turn of the hub whether something is left: it finds something
only if a handler waited, and then every handler that is left gets a greenlet. So
no handler waits for another one to return, and all begin in order.

What a handler leaves in a greenlet-local variable must not be found by the next one.
gevent, eventlet and other libraries keep such variables by a reference to the greenlet or
in its `__dict__`. So a greenlet is given up that has got one.
"""

from __future__ import annotations

import contextvars
import sys
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

MAX_IDLE = 512
"""Greenlets that may wait for a job at the same time; one takes some 20 KB."""
IDLE_SECONDS = 5.0
"""Seconds after which greenlets that had no job are ended."""


class Hub(Protocol):
    """What switches between the greenlets of one thread."""

    def switch(self) -> Any:
        """Run other greenlets until one switches back to the calling greenlet."""
        ...


class Greenlets:
    """Runs jobs in greenlets, each in an empty context of its own.

    `get_hub` returns the hub of the calling thread, `spawn(target, *args)` makes a
    greenlet that it starts in its next turn, `resume(hub, greenlet)` has it switch
    to one that waits, `current` returns the one that runs, and
    `later(seconds, call)` calls something.
    """

    def __init__(
        self,
        get_hub: Callable[[], Hub],
        spawn: Callable[..., Any],
        resume: Callable[[Any, Any], None],
        current: Callable[[], Any],
        later: Callable[[float, Callable[[], None]], Any],
    ) -> None:
        self._get_hub = get_hub
        self._spawn = spawn
        self._resume = resume
        self._current = current
        self._later = later
        # A greenlet cannot leave its thread: all are of the first one that has jobs.
        self._hub: Hub | None = None
        self._jobs: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._idle: list[Worker] = []
        # How many of the waiting greenlets, the first ones, had no job since `_reap`.
        self._superfluous = 0
        self._reaping = False
        # How many greenlets were woken and have not looked for a job yet.
        self._coming = 0
        self._at_work: Worker | None = None

    def strand(self, *, overlap: bool) -> GreenletStrand:
        """Return a new strand; without `overlap` its jobs run one after another."""
        return GreenletStrand(self, overlap=overlap)

    def step_aside(self) -> None:
        """Do nothing: greenlets of other handlers run while this one waits."""

    def tend(self) -> None:
        """Do nothing: a greenlet can always be made."""

    def run(self, target: Callable[..., None], *args: Any) -> None:
        """Run `target(*args)` soon; it must not raise."""
        hub = self._get_hub()
        if hub is not self._hub:
            if self._hub is not None:
                self._spawn(contextvars.Context().run, target, *args)
                return
            self._hub = hub
        self._jobs.append((target, args))
        if not self._coming:
            self._call()

    def _call(self) -> None:
        """Have a greenlet look for jobs in the next turn of the hub."""
        self._coming += 1
        if self._idle:
            worker = self._idle.pop()
            self._superfluous = min(self._superfluous, len(self._idle))
            worker.called = True
            self._resume(self._hub, worker.greenlet)
        else:
            self._spawn(self._main)

    def _main(self) -> None:
        worker = Worker(self._current())
        while True:
            self._work(worker)
            if worker.over or len(self._idle) >= MAX_IDLE or not self._rest(worker):
                return

    def _work(self, worker: Worker) -> None:
        """Run jobs until there are none."""
        self._coming -= 1
        jobs = self._jobs
        if self._at_work is not None:
            # The handler before these jobs is waiting, so these may wait, too.
            for _ in range(len(jobs) - 1 - self._coming):
                self._call()
        while jobs:
            target, args = jobs.popleft()
            if jobs and not self._coming:
                self._call()
            self._at_work = worker
            traces = worker.traces()
            contextvars.Context().run(target, *args)
            del target, args
            if self._at_work is worker:
                self._at_work = None
            if worker.traces() != traces:
                worker.over = True
                if jobs and not self._coming:
                    self._call()
                return

    def _rest(self, worker: Worker) -> bool:
        """Wait for a job. Returns false if the greenlet is to end."""
        assert self._hub is not None
        worker.called = False
        self._idle.append(worker)
        if not self._reaping:
            self._reaping = True
            self._later(IDLE_SECONDS, self._reap)
        try:
            while not worker.called:
                self._hub.switch()
        except BaseException:
            # The application killed a greenlet whose handler had ended already.
            if not worker.called:
                self._idle.remove(worker)
                self._superfluous = min(self._superfluous, len(self._idle))
            else:
                self._coming -= 1
                if self._jobs:
                    self._call()
            raise
        return not worker.over

    def _reap(self) -> None:
        """End the greenlets that had no job since the last call."""
        over = self._idle[: self._superfluous]
        del self._idle[: self._superfluous]
        for worker in over:
            worker.called = worker.over = True
            self._resume(self._hub, worker.greenlet)
        self._superfluous = len(self._idle)
        self._reaping = bool(self._idle)
        if self._idle:
            self._later(IDLE_SECONDS, self._reap)


class Worker:
    """A greenlet that runs jobs; `called` is true unless it waits for some."""

    __slots__ = ("called", "greenlet", "over")

    def __init__(self, greenlet: Any) -> None:
        self.greenlet = greenlet
        self.called = True
        self.over = False

    def traces(self) -> tuple[int, int, int]:
        """Return what changes when code keeps something for this greenlet, in 0.5 µs."""
        greenlet = self.greenlet
        return sys.getrefcount(greenlet), weakref.getweakrefcount(greenlet), len(greenlet.__dict__)


class GreenletStrand:
    """Jobs that begin in order. Without `overlap` each ends before the next one begins."""

    __slots__ = ("_busy", "_greenlets", "_jobs", "_overlap")

    def __init__(self, greenlets: Greenlets, *, overlap: bool) -> None:
        self._greenlets = greenlets
        self._overlap = overlap
        self._jobs: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._busy = False

    def put(self, target: Callable[..., None], *args: Any) -> None:
        """Have `target(*args)` run soon; it must not raise."""
        if self._overlap:
            self._greenlets.run(target, *args)
            return
        self._jobs.append((target, args))
        if not self._busy:
            self._busy = True
            self._greenlets.run(self._work)

    def _work(self) -> None:
        """Run one job, and have the next one run."""
        target, args = self._jobs.popleft()
        try:
            target(*args)
        finally:
            self._busy = bool(self._jobs)
            if self._busy:
                self._greenlets.run(self._work)
