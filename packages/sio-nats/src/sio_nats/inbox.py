"""What a connection heard and its manager has not taken yet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sio_server.managers.cluster.broker import BrokerError, Received

MOST_WAITING = 1000
"""Messages that wait here, before those behind them wait in nats-py."""


class Inbox:
    """The messages of one connection, in order, until it ends; then `ended` has the reason."""

    def __init__(self) -> None:
        self._items: list[Received] = []
        self._some = asyncio.Event()
        self._space = asyncio.Event()
        self._why: str | None = None
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def put(self, item: Received) -> None:
        """Add a message, once there is space for it."""
        while len(self._items) >= MOST_WAITING and self._why is None:
            self._space.clear()
            await self._space.wait()
        self._items.append(item)
        self._some.set()

    async def take(self) -> Sequence[Received]:
        """Wait for messages, and take all. Raises `BrokerError` once the connection has ended."""
        await self._some.wait()
        if self._why is not None:
            raise BrokerError(self._why)
        items, self._items = self._items, []
        self._some.clear()
        self._space.set()
        return items

    def end(self, why: str) -> None:
        """Note that the connection has ended; what it heard last is lost with it."""
        if self._why is None:
            self._why = why
            self.ended.set_result(why)
        self._some.set()
        self._space.set()
