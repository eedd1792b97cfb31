"""Handlers in greenlets: one that has run a handler waits for another.

A new greenlet costs 10 µs of CPython 3.11, most of it memory from the kernel, and
a handler often less. Every job still runs in the next turn of the hub: a new
greenlet is made whenever none is waiting, so that no handler ever waits for
another one to return.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any, Protocol

MAX_IDLE = 512
"""Greenlets that may wait for a job at the same time."""

_Job = tuple[Callable[..., None], tuple[Any, ...]]


class Hub(Protocol):
    """What switches between the greenlets of one thread."""

    def switch(self) -> Any:
        """Go on with others until somebody switches to the greenlet that called this."""
        ...


class Greenlets:
    """Runs jobs in greenlets, each in an empty context of its own.

    `get_hub` returns the hub of the calling thread, `spawn(target, *args)` makes a
    greenlet that it starts in its next turn, `resume(hub, greenlet)` has it switch
    to one that waits, and `current` returns the one that runs.
    """

    def __init__(
        self,
        get_hub: Callable[[], Hub],
        spawn: Callable[..., Any],
        resume: Callable[[Any, Any], None],
        current: Callable[[], Any],
    ) -> None:
        self._get_hub = get_hub
        self._spawn = spawn
        self._resume = resume
        self._current = current
        # A greenlet cannot leave its thread: all that wait are of one hub.
        self._hub: Hub | None = None
        self._idle: list[_Idle] = []

    def run(self, target: Callable[..., None], *args: Any) -> None:
        """Run `target(*args)` soon, in a greenlet of its own; it must not raise."""
        hub = self._get_hub()
        if self._idle and hub is self._hub:
            idle = self._idle.pop()
            idle.job = (target, args)
            self._resume(hub, idle.greenlet)
        else:
            self._spawn(self._main, target, args)

    def _main(self, target: Callable[..., None], args: tuple[Any, ...]) -> None:
        while True:
            contextvars.Context().run(target, *args)
            del target, args
            job = self._next()
            if job is None:
                return
            target, args = job

    def _next(self) -> _Job | None:
        """Wait for another job. Returns None if enough greenlets wait."""
        hub = self._get_hub()
        if not self._idle:
            self._hub = hub
        if hub is not self._hub or len(self._idle) >= MAX_IDLE:
            return None
        idle = _Idle(self._current())
        self._idle.append(idle)
        try:
            while idle.job is None:
                hub.switch()
        except BaseException:
            # Somebody ended a greenlet that he thought was still running his handler.
            if idle.job is not None:
                self._spawn(self._main, *idle.job)
            elif idle in self._idle:
                self._idle.remove(idle)
            raise
        return idle.job


class _Idle:
    """A greenlet that waits, and the job that is on its way to it."""

    __slots__ = ("greenlet", "job")

    def __init__(self, greenlet: Any) -> None:
        self.greenlet = greenlet
        self.job: _Job | None = None
