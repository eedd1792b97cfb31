"""A polling request of the blocking driver that has to wait, and a body that is being read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...concurrency.primitives import Flag
from .entrance.entrance import Entrance

CHECK_SECONDS = 3.0
"""Seconds between two checks whether the clients of waiting polls are still there."""


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
        """Return true, always: the output of a poll is taken by the thread that waits for it."""
        return True

    def flush(self) -> None:
        """Do what `wake` does."""
        self._ready.set()

    def check_client(self) -> None:
        """End the waiting if the client is gone."""
        if not self._ready.is_set() and self._gone():
            self._lost = True
            self._ready.set()

    def wait(self) -> bool:
        """Wait for `wake`. Returns false if the client was gone first.

        It is asked for once more: an answer to a client that has hung up would be lost.
        """
        self._ready.wait()
        return not (self._lost or self._gone())


class Reading:
    """A request whose body is read, as the driver of its exchange: woken, it is to stop."""

    __slots__ = ("flush", "reading", "wake")

    reading: bool
    """Noted by the driver, and of no use here."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self.wake = self.flush = stop

    def claim(self) -> bool:
        """Return true, always: a request that is being read has no output."""
        return True


class PollWatch:
    """The polls that wait; one timer checks whether their clients are still there."""

    __slots__ = ("_entrance", "_polls", "_watching")

    def __init__(self, entrance: Entrance[Any]) -> None:
        self._entrance = entrance
        self._polls: set[Poll] = set()
        self._watching = False

    def add(self, poll: Poll) -> Poll:
        """Watch a poll that is about to wait. Call it with the driver's lock held."""
        self._polls.add(poll)
        if not self._watching:
            self._watching = True
            self._entrance.set_alarm(self._entrance.now() + CHECK_SECONDS, self._check_clients)
        return poll

    def wait(self, poll: Poll) -> bool:
        """Wait until a poll can go on. Returns false if its client was gone first."""
        try:
            return poll.wait()
        finally:
            self._polls.discard(poll)

    def _check_clients(self) -> None:
        """Have polls end whose clients are gone."""
        with self._entrance.lock:
            polls = list(self._polls)
            self._watching = bool(polls)
        for poll in polls:
            poll.check_client()
        if polls:
            self._entrance.call_later(CHECK_SECONDS, self._check_clients)
