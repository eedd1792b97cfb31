"""What the blocking driver keeps about one client: its load, and who waits for it to shrink."""

from __future__ import annotations

from ....concurrency.primitives import Concurrency, Lock, Strand
from ...client.environ import EnvironSource
from ...client.load import Load, Waiter
from ...waiting import waited

LARGE = 10
"""Each 2 ** 10 characters or bytes of a message count as one message more: so a slice has at most
about 64 kB."""


class ClientLoad(Load):
    """The load of one client; `strand` is where its handlers run, once it has had one.
    `reading` is held while what the client sent is decoded, before the driver's lock.

    What changes `pending`, `limit` and `strand` holds the driver's lock, which is `lock`.
    """

    __slots__ = ("lock", "new_waiter", "reading", "strand")

    SLICE = 64
    waits = staticmethod(waited)

    def __init__(
        self, source: EnvironSource, limit: int, concurrency: Concurrency, lock: Lock
    ) -> None:
        super().__init__(source, limit)
        self.strand: Strand | None = None
        self.reading = concurrency.lock()
        self.lock = lock
        self.new_waiter = concurrency.event

    def handler_ended(self) -> Waiter | None:
        """One event was handled. Call it with the driver's lock held, then set what it returns."""
        self.pending -= 1
        return self.take_capacity_waiter()
