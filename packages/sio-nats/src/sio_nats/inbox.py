"""What a connection heard and its manager has not taken yet."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from nats.aio.msg import Msg

from sio_server.managers.cluster.broker import BrokerError, Received

MOST_WAITING = 1000
"""Messages that wait here, before those behind them wait in nats-py."""


@dataclass
class Numbered(Msg):
    """A message of nats-py that has its place among all which came by one connection."""

    number: int = 0


class Inbox:
    """The messages of one connection, in order, until it ends; then `ended` has the reason.

    nats-py hands messages on in a task for each subscription, and the tasks may overtake each
    other. So `number`, by which it makes each message as it comes, numbers them.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._items: list[tuple[int, Received]] = []
        self._some = asyncio.Event()
        self._space = asyncio.Event()
        self._why: str | None = None
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def number(self, **fields: Any) -> Numbered:
        """Make a message of nats-py, from its fields."""
        return Numbered(number=next(self._numbers), **fields)

    async def put(self, item: Received, number: int | None = None) -> None:
        """Add message number so-and-so, by default the next, once there is space for it."""
        number = next(self._numbers) if number is None else number
        while len(self._items) >= MOST_WAITING and self._why is None:
            self._space.clear()
            await self._space.wait()
        self._items.append((number, item))
        self._some.set()

    async def take(self) -> Sequence[Received]:
        """Wait for messages, and take all. Raises `BrokerError` once the connection has ended."""
        await self._some.wait()
        if self._why is not None:
            raise BrokerError(self._why)
        items, self._items = self._items, []
        self._some.clear()
        self._space.set()
        items.sort(key=itemgetter(0))
        return [item for _, item in items]

    def end(self, why: str) -> None:
        """Note that the connection has ended; what it heard last is lost with it."""
        if self._why is None:
            self._why = why
            self.ended.set_result(why)
        self._some.set()
        self._space.set()
