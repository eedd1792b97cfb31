"""What the asyncio driver keeps about one client: its load, and who waits for it to shrink."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator
from typing import Any

from ...environ import EnvironSource
from ...load import Load


class ClientLoad(Load):
    """The load of one client; `queue` are its handlers that wait for the one before them."""

    __slots__ = ("_capacity_waiter", "_output_waiter", "queue")

    def __init__(self, source: EnvironSource, limit: int) -> None:
        super().__init__(source, limit)
        self.queue: deque[Generator[Any, Any, None]] | None = None
        self._capacity_waiter: asyncio.Future[None] | None = None
        self._output_waiter: asyncio.Future[None] | None = None

    def handler_begun(self) -> None:
        """One more event of the client is being handled."""
        self.pending += 1

    def handler_ended(self) -> None:
        """One event of the client was handled."""
        self.pending -= 1
        self._report_capacity()

    def add_to_limit(self, count: int) -> None:
        """Let `count` events more be handled at the same time, and wake who waits for that."""
        self.limit += count
        self._report_capacity()

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

    async def wait_output_taken(self, full: Callable[[], bool]) -> None:
        """Wait for the next `note_output_taken`. The output is `full()`: nothing ran meanwhile."""
        if self._output_waiter is None:
            self._output_waiter = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._output_waiter)


def _release(future: asyncio.Future[None]) -> None:
    # A task of an event loop that has ended does not wait any more.
    if not future.done() and not future.get_loop().is_closed():
        future.set_result(None)
