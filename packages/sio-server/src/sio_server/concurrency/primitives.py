"""What the blocking driver is made of: threads, greenlets of gevent or of eventlet.

A `Concurrency` is a value with the few primitives that the driver needs. Each
kind brings its own, so nothing needs to be monkey-patched; gevent and eventlet
are imported when their mode is chosen.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


class Lock(Protocol):
    """A `Lock` is held by one thread or greenlet at a time; it is not reentrant."""

    def acquire(self, blocking: bool = ...) -> bool: ...
    def release(self) -> Any: ...
    def __enter__(self) -> Any: ...
    def __exit__(self, kind: Any, error: Any, traceback: Any, /) -> Any: ...


class Flag(Protocol):
    """A `Flag` is what `threading.Event` is."""

    def set(self) -> None: ...
    def clear(self) -> None: ...
    def is_set(self) -> bool: ...
    def wait(self, timeout: float | None = None) -> bool: ...


class Strand(Protocol):
    """A `Strand` has the handlers of one client begin in order."""

    def put(self, target: Callable[..., None], *args: Any) -> None:
        """Have `target(*args)` run soon; it must not raise."""
        ...


class Workers(Protocol):
    """`Workers` are the threads or greenlets that run the handlers of one server."""

    def strand(self, *, overlap: bool) -> Strand:
        """Return a new strand; without `overlap` its jobs run one after another."""
        ...

    def run(self, target: Callable[..., None], *args: Any) -> None:
        """Run a function of this package soon, which must not raise, nor call an application's."""
        ...

    def step_aside(self) -> None:
        """Let later handlers run: the calling one is going to wait."""
        ...

    def tend(self) -> None:
        """Have jobs run that found no thread; called from time to time, never waits."""
        ...


@dataclass(frozen=True, slots=True)
class Concurrency:
    """A `Concurrency` holds the primitives of one async mode.

    `spawn(target, *args, **kwargs)` starts a background task and returns an
    object with `join(timeout)`. `workers(limit, log)` makes those who run the handlers of
    one server. `lock`, `event` and `queue` make new objects. `sleep`
    takes seconds and `now` returns them, from a clock that only goes forward.
    `cooperative` is true for greenlets: the others run only while one waits.
    """

    name: str
    spawn: Callable[..., Any]
    workers: Callable[[int, logging.Logger], Workers]
    lock: Callable[[], Lock]
    event: Callable[[], Flag]
    queue: Callable[..., Any]
    sleep: Callable[[float], Any]
    now: Callable[[], float] = time.monotonic
    cooperative: bool = False
