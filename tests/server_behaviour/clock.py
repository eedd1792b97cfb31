"""Time that goes on by itself and can be moved forward: for servers without a web server."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sio_server.concurrency import Concurrency, threading_mode


class Clock:
    """Seconds since some time, plus what `advance` added."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._moved: list[Callable[[], None]] = []
        self.changed = threading.Condition()

    def now(self) -> float:
        """The time in seconds."""
        return time.monotonic() + self._ahead

    def on_moved(self, call: Callable[[], None]) -> None:
        """Have `call` called whenever the clock was moved."""
        self._moved.append(call)

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        with self.changed:
            self._ahead += seconds
            self.changed.notify_all()
        for call in self._moved:
            call()

    def wait(self, condition: Callable[[], bool], timeout: float | None) -> bool:
        """Wait for `condition`, which whoever changes it tells `changed`, for at most `timeout`."""
        due = None if timeout is None else self.now() + timeout
        with self.changed:
            while not condition():
                left = None if due is None else due - self.now()
                if left is not None and left <= 0:
                    return False
                self.changed.wait(left)
        return True


class ClockedLoop(asyncio.SelectorEventLoop):
    """An event loop that lives by a clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        clock.on_moved(self._wake)

    def time(self) -> float:
        """The time in seconds."""
        return self._clock.now()

    def _wake(self) -> None:
        if not self.is_closed():
            self.call_soon_threadsafe(lambda: None)


class ClockedFlag:
    """What `threading.Event` is, with timeouts by a clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._set = False

    def is_set(self) -> bool:
        """True between `set` and `clear`."""
        return self._set

    def set(self) -> None:
        """Have all go on that wait."""
        with self._clock.changed:
            self._set = True
            self._clock.changed.notify_all()

    def clear(self) -> None:
        """Have those wait that ask from now on."""
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for `set`. Returns false after `timeout` seconds."""
        return self._clock.wait(self.is_set, timeout)


def clocked_threads(clock: Clock) -> Concurrency:
    """Threads that live by a clock."""

    def sleep(seconds: float) -> Any:
        clock.wait(lambda: False, seconds)

    return replace(threading_mode(), event=lambda: ClockedFlag(clock), sleep=sleep, now=clock.now)
