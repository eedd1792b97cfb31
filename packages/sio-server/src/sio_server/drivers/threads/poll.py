"""A polling request of the blocking driver that has to wait, and a body that is being read."""

from __future__ import annotations

from collections.abc import Callable

from .concurrency import Flag


class Poll:
    """A polling request that is suspended, as the driver of its exchange."""

    __slots__ = ("_gone", "_lost", "_ready", "wake")

    def __init__(self, ready: Flag, gone: Callable[[], bool]) -> None:
        self._ready = ready
        self._gone = gone
        self._lost = False
        self.wake = ready.set
        """The exchange can go on."""

    def claim(self) -> bool:
        """Always true: the output of a poll is taken by the thread that waits for it."""
        return True

    def flush(self) -> None:
        """The same as `wake`."""
        self._ready.set()

    def check_client(self) -> None:
        """End the waiting if the client is gone."""
        if not self._ready.is_set() and self._gone():
            self._lost = True
            self._ready.set()

    def wait(self) -> bool:
        """Wait for `wake`. Returns false if the client was gone first."""
        self._ready.wait()
        return not self._lost


class Reading:
    """A request whose body is read, as the driver of its exchange: woken, it is to stop."""

    __slots__ = ("flush", "wake")

    def __init__(self, stop: Callable[[], None]) -> None:
        self.wake = self.flush = stop

    def claim(self) -> bool:
        """Always true: a request that is being read has no output."""
        return True
