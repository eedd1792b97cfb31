"""What the blocking driver keeps about one client: its load, and who waits for it to shrink."""

from __future__ import annotations

from collections.abc import Callable

from ....concurrency.primitives import Concurrency, Flag, Lock, Strand
from ...environ import EnvironSource
from ...load import Load

SLICE = 64
"""Messages of one client that are handed on before greenlets get their turn."""
LARGE = 14
"""Each 2 ** 14 characters or bytes of a message count as one message more: so a slice has at most
about a megabyte, which takes some tens of milliseconds."""


class ClientLoad(Load):
    """The load of one client; `strand` is where its handlers run, once it has had one.
    `reading` is held while what the client sent is decoded, before the driver's lock.

    What changes `pending`, `limit` and `strand` holds the driver's lock, which is `lock`.
    """

    __slots__ = ("_capacity_waiter", "_lock", "_new_flag", "output_waiter", "reading", "strand")

    def __init__(
        self, source: EnvironSource, limit: int, concurrency: Concurrency, lock: Lock
    ) -> None:
        super().__init__(source, limit)
        self.strand: Strand | None = None
        self.reading = concurrency.lock()
        self._lock = lock
        self._new_flag = concurrency.event
        self._capacity_waiter: Flag | None = None
        self.output_waiter: Flag | None = None

    def handler_ended(self) -> Flag | None:
        """One event was handled. Call it with the driver's lock held, then set what it returns."""
        self.pending -= 1
        return self._take_capacity_waiter()

    def add_to_limit(self, count: int) -> None:
        """Let `count` events more be handled at the same time, and wake who waits for that."""
        with self._lock:
            self.limit += count
            waiter = self._take_capacity_waiter()
        if waiter is not None:
            waiter.set()

    def _take_capacity_waiter(self) -> Flag | None:
        if self._capacity_waiter is None or self.inbound_full:
            return None
        waiter, self._capacity_waiter = self._capacity_waiter, None
        return waiter

    def wait_for_capacity(self) -> None:
        """Wait until less than `limit` events are being handled."""
        while self.inbound_full:
            with self._lock:
                if self.pending < self.limit:
                    return
                if self._capacity_waiter is None:
                    self._capacity_waiter = self._new_flag()
                waiter = self._capacity_waiter
            waiter.wait()

    def note_output_taken(self) -> None:
        """Output of the client was taken, or it is over."""
        if self.output_waiter is None:
            return
        with self._lock:
            waiter, self.output_waiter = self.output_waiter, None
        if waiter is not None:
            waiter.set()

    def wait_output_taken(self, full: Callable[[], bool]) -> None:
        """Wait for the next `note_output_taken`, unless the output is not `full()` any more."""
        with self._lock:
            if not full():
                return
            if self.output_waiter is None:
                self.output_waiter = self._new_flag()
            waiter = self.output_waiter
        waiter.wait()
