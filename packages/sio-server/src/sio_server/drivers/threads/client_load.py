"""What the blocking driver keeps about one client: its environment and its load."""

from __future__ import annotations

import sys
from collections.abc import Callable

from ..environ import EnvironKeeper, EnvironSource
from .concurrency import Concurrency, Flag, Lock, Strand

SLICE = 64
"""Messages of one client that are handed on before greenlets get their turn."""


class BlockingPeer(EnvironKeeper):
    """The driver's side of one session.

    `environ` is one dictionary for the life of the connection, made when it
    is first asked for. While `limit` or more of the client's events are being
    handled or wait for it, whoever reads from it waits in `room`. Each `call()`
    that waits for the client raises the limit by one: the answer must be read.
    `strand` is where its handlers run, once it has had one.
    """

    __slots__ = ("_lock", "_new_flag", "_room", "limit", "pending", "strand", "thirsty")

    def __init__(
        self, source: EnvironSource, limit: int, concurrency: Concurrency, lock: Lock
    ) -> None:
        super().__init__(source)
        self.pending = 0
        self.limit = limit
        self.strand: Strand | None = None
        self._lock = lock
        self._new_flag = concurrency.event
        self._room: Flag | None = None
        self.thirsty: Flag | None = None

    def leave(self) -> Flag | None:
        """One event was handled. Call it with the driver's lock held, then set what it returns."""
        self.pending -= 1
        return self._take_room()

    def call_begun(self) -> None:
        """A `call()` waits for the client's acknowledgement."""
        with self._lock:
            self.limit += 1
            room = self._take_room()
        if room is not None:
            room.set()

    def call_ended(self) -> None:
        """It has it, or gave up."""
        with self._lock:
            self.limit -= 1

    def close(self) -> None:
        """The session is over: nobody needs to wait for it any more."""
        with self._lock:
            self.limit = sys.maxsize
            room = self._take_room()
        if room is not None:
            room.set()
        self.drained()

    def slice(self, most: int) -> int:
        """How many events more may be handed on at once: `most`, or what there is room for."""
        return min(most, self.limit - self.pending)

    def _take_room(self) -> Flag | None:
        if self._room is None or self.pending >= self.limit:
            return None
        room, self._room = self._room, None
        return room

    def room(self) -> None:
        """Wait until less than `limit` events are being handled."""
        while self.pending >= self.limit:
            with self._lock:
                if self.pending < self.limit:
                    return
                if self._room is None:
                    self._room = self._new_flag()
                room = self._room
            room.wait()

    def drained(self) -> None:
        """Output of the client was taken, or it is over."""
        if self.thirsty is None:
            return
        with self._lock:
            thirsty, self.thirsty = self.thirsty, None
        if thirsty is not None:
            thirsty.set()

    def drain(self, congested: Callable[[], bool]) -> None:
        """Wait for the next `drained`, unless the output is not `congested()` any more."""
        with self._lock:
            if not congested():
                return
            if self.thirsty is None:
                self.thirsty = self._new_flag()
            thirsty = self.thirsty
        thirsty.wait()
