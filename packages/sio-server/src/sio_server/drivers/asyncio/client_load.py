"""What the asyncio driver keeps about one client: its environment and its load."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable
from typing import Any

from ..environ import EnvironKeeper, EnvironSource


class Peer(EnvironKeeper):
    """The driver's side of one session.

    `environ` is one dictionary for the life of the connection, made when it
    is first asked for. `crowded` is true while `limit` or more of the client's
    events are being handled or wait for it. Each `call()` that waits for the
    client raises the limit by one: the answer must be read.
    """

    __slots__ = ("_room", "_thirsty", "limit", "pending", "queue")

    def __init__(self, source: EnvironSource, limit: int) -> None:
        super().__init__(source)
        self.pending = 0
        self.queue: deque[Callable[[], Any]] | None = None
        self.limit = limit
        self._room: asyncio.Future[None] | None = None
        self._thirsty: asyncio.Future[None] | None = None

    @property
    def crowded(self) -> bool:
        """True while reading from this client should stop."""
        return self.pending >= self.limit

    def slice(self, most: int) -> int:
        """How many events more may be handed on at once: `most`, or what there is room for."""
        return min(most, self.limit - self.pending)

    def begun(self) -> None:
        """One more event of the client is being handled."""
        self.pending += 1

    def ended(self) -> None:
        """One event of the client was handled."""
        self.pending -= 1
        self._make_room()

    def call_begun(self) -> None:
        """A `call()` waits for the client's acknowledgement."""
        self.limit += 1
        self._make_room()

    def call_ended(self) -> None:
        """It has it, or gave up."""
        self.limit -= 1

    def close(self) -> None:
        """The session is over: nobody needs to wait for it any more."""
        self.limit = sys.maxsize
        self._make_room()
        self.drained()

    def _make_room(self) -> None:
        if self._room is not None and not self.crowded:
            _release(self._room)
            self._room = None

    async def room(self) -> None:
        """Wait until the client is not `crowded`."""
        while self.crowded:
            if self._room is None:
                self._room = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._room)

    def drained(self) -> None:
        """Output of the client was taken, or it is over."""
        if self._thirsty is not None:
            _release(self._thirsty)
            self._thirsty = None

    async def drain(self) -> None:
        """Wait for the next `drained`."""
        if self._thirsty is None:
            self._thirsty = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._thirsty)


def _release(future: asyncio.Future[None]) -> None:
    # Whoever waited on an event loop that has ended does not wait any more.
    if not future.done() and not future.get_loop().is_closed():
        future.set_result(None)
