"""What the blocking driver keeps about one client: its load, and who waits for it to shrink."""

from __future__ import annotations

from ....concurrency.primitives import Concurrency, Lock, Strand
from ...client.environ import EnvironSource
from ...client.load import Load
from ...entrance import waited


class ClientLoad(Load):
    """The load of one client; `order` is the strand of its handlers, once it has had one.
    `reading` is held while what the client sent is decoded, before the driver's lock.

    What changes `pending`, `limit` and `order` holds the driver's lock, which is `lock`.
    """

    __slots__ = ("lock", "new_waiter", "reading")

    SLICE = 64
    waits = staticmethod(waited)
    order: Strand | None

    def __init__(
        self, source: EnvironSource | None, limit: int, concurrency: Concurrency, lock: Lock
    ) -> None:
        super().__init__(source, limit)
        self.reading = concurrency.lock()
        self.lock = lock
        self.new_waiter = concurrency.event
