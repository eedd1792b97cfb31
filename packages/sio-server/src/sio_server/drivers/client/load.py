"""What both drivers keep about one client: its environment, and how many events it has sent."""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Protocol

from .environ import EnvironKeeper, EnvironSource


class Waiter(Protocol):
    """What `threading.Event` is, of either colour."""

    def set(self) -> None: ...
    def wait(self) -> Any: ...


class Load(EnvironKeeper):
    """The driver's side of one session, of either colour.

    `environ` is one dictionary for the life of the connection, made when it is first asked for.
    `pending` counts the client's events that are being handled or wait for it. Reading from it
    stops at `limit` of them. Each `call()` that waits for the client raises the limit by one:
    the answer must be read.
    """

    # No abstract class: it has slots, and what asks for its attributes is the path of each event.
    __slots__ = ("capacity_waiter", "limit", "order", "output_waiter", "pending")

    SLICE: ClassVar[int]
    """How many messages of the client are handed on before others have their turn."""
    limit: int
    pending: int
    order: Any
    """Where handlers of the client wait for their turn, of its colour; None where none does."""
    lock: AbstractContextManager[Any]
    """Held by what changes `pending` and `limit`, where several threads do."""
    reading: AbstractContextManager[Any]
    """Held while what the client sent is decoded, where several threads may read it."""
    new_waiter: Callable[[], Waiter]
    """Makes what somebody can wait for."""

    def __init__(self, source: EnvironSource | None, limit: int) -> None:
        super().__init__(source)
        self.pending = 0
        self.limit = limit
        self.order = None
        self.capacity_waiter: Waiter | None = None
        self.output_waiter: Waiter | None = None

    @staticmethod
    @abstractmethod
    def waits(call: Any, /) -> Awaitable[Any]:
        """Return what to await for the result of a call, which may have waited already."""

    def call_begun(self) -> None:
        """Hear that a `call()` waits for the client's acknowledgement."""
        self._add_to_limit(1)

    def call_ended(self) -> None:
        """Hear that a `call()` has its acknowledgement, or gave up."""
        self._add_to_limit(-1)

    def close(self) -> None:
        """Wake all that wait for the client, whose session is over."""
        self._add_to_limit(sys.maxsize)
        self.note_output_taken()

    def _add_to_limit(self, count: int) -> None:
        with self.lock:
            self.limit += count
            waiter = self.take_capacity_waiter()
        if waiter is not None:
            waiter.set()

    @property
    def inbound_full(self) -> bool:
        """Return true while reading from this client should stop."""
        return self.pending >= self.limit

    def capacity(self) -> int:
        """Return how many events more may be handed on before others have their turn."""
        return min(self.SLICE, self.limit - self.pending)

    def handler_ended(self) -> None:
        """Hear that one event of the client was handled. Call it with `lock` held."""
        self.pending -= 1
        if self.capacity_waiter is not None and (waiter := self.take_capacity_waiter()):
            waiter.set()

    def take_capacity_waiter(self) -> Waiter | None:
        """Return what is to be set since there is capacity again, if anybody waits for that."""
        if self.capacity_waiter is None or self.inbound_full:
            return None
        waiter, self.capacity_waiter = self.capacity_waiter, None
        return waiter

    async def wait_for_capacity(self) -> None:
        """Wait until less than `limit` events are being handled."""
        while self.inbound_full:
            with self.lock:
                if self.pending < self.limit:
                    return
                waiter = self.capacity_waiter = self.capacity_waiter or self.new_waiter()
            await self.waits(waiter.wait())

    def note_output_taken(self) -> None:
        """Hear that output of the client was taken, or that it is over."""
        if self.output_waiter is None:
            return
        with self.lock:
            waiter, self.output_waiter = self.output_waiter, None
        if waiter is not None:
            waiter.set()

    async def wait_output_taken(self, full: Callable[[], bool]) -> None:
        """Wait for the next `note_output_taken`, unless the output is not `full()` any more."""
        with self.lock:
            if not full():
                return
            waiter = self.output_waiter = self.output_waiter or self.new_waiter()
        await self.waits(waiter.wait())
