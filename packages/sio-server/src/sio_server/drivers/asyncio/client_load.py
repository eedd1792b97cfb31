"""What the asyncio driver keeps about one client: its environment and its load."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable
from typing import Any

from ..environ import EnvironKeeper, EnvironSource


class ClientLoad(EnvironKeeper):
    """The driver's side of one session.

    `environ` is one dictionary for the life of the connection, made when it
    is first asked for. `inbound_full` is true while `limit` or more of the client's
    events are being handled or wait for it. Each `call()` that waits for the
    client raises the limit by one: the answer must be read.
    """

    __slots__ = ("_capacity_waiter", "_output_waiter", "limit", "pending", "queue")

    def __init__(self, source: EnvironSource, limit: int) -> None:
        super().__init__(source)
        self.pending = 0
        self.queue: deque[Callable[[], Any]] | None = None
        self.limit = limit
        self._capacity_waiter: asyncio.Future[None] | None = None
        self._output_waiter: asyncio.Future[None] | None = None

    @property
    def inbound_full(self) -> bool:
        """True while reading from this client should stop."""
        return self.pending >= self.limit

    def capacity(self, most: int) -> int:
        """How many events more may be handed on at once: `most`, or what is free."""
        return min(most, self.limit - self.pending)

    def handler_begun(self) -> None:
        """One more event of the client is being handled."""
        self.pending += 1

    def handler_ended(self) -> None:
        """One event of the client was handled."""
        self.pending -= 1
        self._report_capacity()

    def call_begun(self) -> None:
        """A `call()` waits for the client's acknowledgement."""
        self.limit += 1
        self._report_capacity()

    def call_ended(self) -> None:
        """It has it, or gave up."""
        self.limit -= 1

    def close(self) -> None:
        """The session is over: nobody needs to wait for it any more."""
        self.limit = sys.maxsize
        self._report_capacity()
        self.note_output_taken()

    def _report_capacity(self) -> None:
        if self._capacity_waiter is not None and not self.inbound_full:
            _release(self._capacity_waiter)
            self._capacity_waiter = None

    async def wait_for_capacity(self) -> None:
        """Wait until the client is not `inbound_full`."""
        while self.inbound_full:
            if self._capacity_waiter is None:
                self._capacity_waiter = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._capacity_waiter)

    def note_output_taken(self) -> None:
        """Output of the client was taken, or it is over."""
        if self._output_waiter is not None:
            _release(self._output_waiter)
            self._output_waiter = None

    async def wait_output_taken(self) -> None:
        """Wait for the next `note_output_taken`."""
        if self._output_waiter is None:
            self._output_waiter = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._output_waiter)


def _release(future: asyncio.Future[None]) -> None:
    # Whoever waited on an event loop that has ended does not wait any more.
    if not future.done() and not future.get_loop().is_closed():
        future.set_result(None)
