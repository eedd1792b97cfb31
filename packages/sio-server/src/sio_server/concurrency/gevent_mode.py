"""The async modes `gevent` and `gevent_uwsgi`: greenlets of gevent."""

from __future__ import annotations

import logging
from typing import Any

from .greenlets import Greenlets
from .primitives import Concurrency


def gevent_mode() -> Concurrency:
    """Return the primitives of gevent's greenlets. Raises ImportError without it."""
    import gevent
    import gevent.event
    import gevent.lock
    import gevent.queue

    def resume(hub: Any, greenlet: Any) -> None:
        hub.loop.run_callback(greenlet.switch)

    def sleep(seconds: float) -> None:
        if seconds > 0:
            gevent.sleep(seconds)
            return
        # `gevent.sleep(0)` comes back for 5 ms, and 50 times at least, until the hub polls.
        hub = gevent.get_hub()
        timer: Any = hub.loop.timer(0)  # its stub has no `__enter__`
        with timer:
            hub.wait(timer)

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
        sleep=sleep,
        cooperative=True,
    )
