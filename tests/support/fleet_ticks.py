"""Clients that have their server emit twenty times a second, and note when they hear what.

`Ticker.gap` is for how long its own server did not serve it, `Ticker.hears` when another server's
emits came. What a busy machine adds is what a server has that is alone, which ticks as well.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.support.fleet_crowd import Event, Listener, come

if TYPE_CHECKING:
    from tests.support.fleet import Member

TICK = 0.05
"""Seconds between two emits of one server."""
ROOM = "ticking"


class Ticker:
    """One client with a name, which its server's emits carry, and a number each."""

    def __init__(self, member: Member, name: str) -> None:
        self.member = member
        self.name = name
        self.client = Listener(member, [ROOM])
        self.heard: list[tuple[str, int, float]] = []
        """The name and number of each emit that came, and when."""
        self.number = 0

    async def tick(self) -> None:
        """Have the server emit, until this is cancelled."""
        await come([self.client])
        self.client.on_event = self._came
        while True:
            self.number += 1
            self.client.emit("tick", self.name, self.number)
            await asyncio.sleep(TICK)

    def _came(self, event: Event) -> None:
        if event[0] == "tock":
            name, number = event[1:]
            self.heard.append((name, number, now()))

    def gap(self, since: float, until: float) -> float:
        """Return the longest time in which nothing of its own server came."""
        times = [when for name, _, when in self.heard if name == self.name]
        times = [since, *(when for when in times if since < when < until), until]
        return max(later - earlier for earlier, later in pairwise(times))

    async def hears(self, other: Ticker, since: float) -> float:
        """Wait until it hears what another server emits. Returns the time after `since`."""
        while True:
            for name, _, when in reversed(self.heard):
                if when <= since:
                    break
                if name == other.name:
                    return when - since
            await self.client.changed()

    async def hears_all(self, other: Ticker, count: int) -> None:
        """Wait until it has heard all that another server emits from now on."""
        first = other.number + 1
        wanted = set(range(first, first + count))
        while not wanted <= self.numbers(other):
            await self.client.changed()

    def numbers(self, other: Ticker) -> set[int]:
        """Return the numbers that came of another one, each of which came once."""
        found = [number for name, number, _ in self.heard if name == other.name]
        assert len(found) == len(set(found)), "something came twice"
        return set(found)


def now() -> float:
    """Return the time of the event loop."""
    return asyncio.get_running_loop().time()


@asynccontextmanager
async def ticking(members: Sequence[Member]) -> AsyncIterator[tuple[Ticker, ...]]:
    """Have a client of each member tick, from the time when each is served."""
    tickers = tuple(Ticker(member, f"ticker {n} since {now()}") for n, member in enumerate(members))
    tasks = [asyncio.create_task(ticker.tick()) for ticker in tickers]
    try:
        for ticker in tickers:
            while not ticker.heard:
                await asyncio.sleep(TICK)
        yield tickers
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for ticker in tickers:
            await ticker.client.close()
