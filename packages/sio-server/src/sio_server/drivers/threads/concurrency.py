"""What the blocking driver is made of: threads, greenlets of gevent or of eventlet.

A `Concurrency` is a value with the few primitives that the driver needs. Each
kind brings its own, so nothing needs to be monkey-patched; gevent and eventlet
are imported when their mode is chosen.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from .greenlets import Greenlets
from .threads import Threads


class Lock(Protocol):
    """A lock that is not reentrant."""

    def acquire(self, blocking: bool = ...) -> bool: ...
    def release(self) -> Any: ...
    def __enter__(self) -> Any: ...
    def __exit__(self, kind: Any, error: Any, traceback: Any, /) -> Any: ...


class Flag(Protocol):
    """What `threading.Event` is."""

    def set(self) -> None: ...
    def clear(self) -> None: ...
    def is_set(self) -> bool: ...
    def wait(self, timeout: float | None = None) -> bool: ...


class Strand(Protocol):
    """The handlers of one client, which begin in order."""

    def put(self, target: Callable[..., None], *args: Any) -> None:
        """Have `target(*args)` run soon; it must not raise."""
        ...


class Workers(Protocol):
    """Threads or greenlets that run handlers, those of one server."""

    def strand(self, *, overlap: bool) -> Strand:
        """A new strand; without `overlap` its jobs run one after another."""
        ...

    def run(self, target: Callable[..., None], *args: Any) -> None:
        """Run a function of this package soon, which must not raise, nor call an application's."""
        ...

    def step_aside(self) -> None:
        """The caller, if it is a handler, is going to wait: those after it need not."""
        ...

    def tend(self) -> None:
        """Called from time to time: have jobs go on for which there was nobody; never waits."""
        ...


@dataclass(frozen=True, slots=True)
class Concurrency:
    """The primitives of one async mode.

    `spawn(target, *args, **kwargs)` starts a background task and returns an
    object with `join()`. `workers(limit, log)` makes those who run the handlers of
    one server. `lock`, `event` and `queue` make new objects. `sleep`
    takes seconds and `now` returns them, from a clock that only goes forward.
    `cooperative` is true where whoever does not wait keeps all others waiting.
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


def _spawn_thread(target: Callable[..., Any], *args: Any, **kwargs: Any) -> threading.Thread:
    thread = threading.Thread(target=target, args=args, kwargs=kwargs, daemon=True)
    thread.start()
    return thread


def threading_mode() -> Concurrency:
    """Threads of the operating system."""
    return Concurrency(
        name="threading",
        spawn=_spawn_thread,
        workers=Threads,
        lock=threading.Lock,
        event=threading.Event,
        queue=queue.Queue,
        sleep=time.sleep,
    )


def gevent_mode() -> Concurrency:
    """Greenlets of gevent. Raises ImportError without it."""
    import gevent
    import gevent.event
    import gevent.lock
    import gevent.queue

    def resume(hub: Any, greenlet: Any) -> None:
        hub.loop.run_callback(greenlet.switch)

    def workers(limit: int, log: logging.Logger) -> Greenlets:
        return Greenlets(
            gevent.get_hub, gevent.spawn_raw, resume, gevent.getcurrent, gevent.spawn_later
        )

    return Concurrency(
        name="gevent",
        spawn=gevent.spawn,
        workers=workers,
        lock=gevent.lock.Semaphore,
        # Its stubs have a `wait` for None and a `wait` for seconds.
        event=gevent.event.Event,  # pyright: ignore[reportArgumentType]
        queue=gevent.queue.Queue,
        sleep=gevent.sleep,
        cooperative=True,
    )


class EventletTask:
    """A green thread of eventlet with the `join` that background tasks have."""

    def __init__(self, thread: Any) -> None:
        self.thread = thread

    def join(self) -> None:
        """Wait until the task has ended, however it ends."""
        try:
            self.thread.wait()
        except Exception:
            return  # eventlet has printed it

    def __getattr__(self, name: str) -> Any:
        return getattr(self.thread, name)


class EventletLock:
    """A lock for green threads, at half the cost of eventlet's own where nobody waits for it."""

    __slots__ = ("_held", "_sleep")

    def __init__(self, sleep: Callable[[float], Any]) -> None:
        self._held = False
        self._sleep = sleep

    def acquire(self, blocking: bool = True) -> bool:
        """Take the lock. Returns false where that would mean to wait, and `blocking` is false."""
        while self._held:
            if not blocking:
                return False
            self._sleep(0)
        self._held = True
        return True

    def release(self) -> None:
        """Give the lock back."""
        self._held = False

    def __enter__(self) -> None:
        if self._held:
            self.acquire()
        self._held = True

    def __exit__(self, *exc: object) -> None:
        self._held = False


class EventletFlag:
    """What `threading.Event` is, for green threads: cheaper to make than eventlet's copy of it.

    `new_event` makes what eventlet calls an event, which can happen once.
    """

    __slots__ = ("_event", "_new_event")

    def __init__(self, new_event: Callable[[], Any]) -> None:
        self._new_event = new_event
        self._event = new_event()

    def is_set(self) -> bool:
        """True between `set` and `clear`."""
        return bool(self._event.ready())

    def set(self) -> None:
        """Have all go on that wait, and nobody wait from now on."""
        if not self._event.ready():
            self._event.send(True)

    def clear(self) -> None:
        """Have those wait that ask from now on."""
        if self._event.ready():
            self._event = self._new_event()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for `set`. Returns false if that took longer than `timeout` seconds."""
        event = self._event
        event.wait(timeout)
        return bool(event.ready())


def eventlet_mode() -> Concurrency:
    """Green threads of eventlet. Raises ImportError without it."""
    import eventlet
    import eventlet.event
    import eventlet.hubs
    import eventlet.queue
    import eventlet.wsgi  # programs call it and import no more than `eventlet`

    def spawn(target: Callable[..., Any], *args: Any, **kwargs: Any) -> EventletTask:
        return EventletTask(eventlet.spawn(target, *args, **kwargs))

    def resume(hub: Any, greenlet: Any) -> None:
        hub.schedule_call_global(0, greenlet.switch)

    def workers(limit: int, log: logging.Logger) -> Greenlets:
        get_hub, later = eventlet.hubs.get_hub, eventlet.spawn_after
        return Greenlets(get_hub, eventlet.spawn_n, resume, eventlet.getcurrent, later)

    return Concurrency(
        name="eventlet",
        spawn=spawn,
        workers=workers,
        lock=partial(EventletLock, eventlet.sleep),
        event=partial(EventletFlag, eventlet.event.Event),
        queue=eventlet.queue.Queue,
        sleep=eventlet.sleep,
        cooperative=True,
    )


MODES: dict[str, Callable[[], Concurrency]] = {
    "eventlet": eventlet_mode,
    "gevent_uwsgi": gevent_mode,
    "gevent": gevent_mode,
    "threading": threading_mode,
}
"""How to make the value for each mode of `Server`, in the order in which they are tried."""
