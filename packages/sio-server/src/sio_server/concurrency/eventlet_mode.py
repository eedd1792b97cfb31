"""The async mode `eventlet`: its green threads, with a lock and an event that cost less."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from .greenlets import Greenlets
from .primitives import Concurrency


class EventletTask:
    """A green thread of eventlet with the `join` that background tasks have.

    `limit(seconds, False)` is a block of code that is left once it has waited that long.
    """

    def __init__(self, thread: Any, limit: Callable[..., Any]) -> None:
        self.thread = thread
        self._limit = limit

    def join(self, timeout: float | None = None) -> None:
        """Wait until the task has ended, however it ends, for `timeout` seconds at most."""
        with self._limit(timeout, False):
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
        """Return true between `set` and `clear`."""
        return bool(self._event.ready())

    def set(self) -> None:
        """Wake all waiting green threads; from now on `wait` returns at once."""
        if not self._event.ready():
            self._event.send(True)

    def clear(self) -> None:
        """Have `wait` wait again from now on."""
        if self._event.ready():
            self._event = self._new_event()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for `set`. Returns false if that took longer than `timeout` seconds."""
        event = self._event
        event.wait(timeout)
        return bool(event.ready())


def eventlet_mode() -> Concurrency:
    """Return the primitives of eventlet's green threads. Raises ImportError without it."""
    import eventlet
    import eventlet.event
    import eventlet.hubs
    import eventlet.queue
    import eventlet.wsgi  # programs call it and import no more than `eventlet`

    def spawn(target: Callable[..., Any], *args: Any, **kwargs: Any) -> EventletTask:
        return EventletTask(eventlet.spawn(target, *args, **kwargs), eventlet.Timeout)

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
