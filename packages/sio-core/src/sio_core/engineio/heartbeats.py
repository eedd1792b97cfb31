"""When sessions are looked at for their heartbeat: in ticks, many of them in one pass.

A deadline is exact, and acted on when its tick ends: never earlier, and less than one tick
(`Config.tick`) later. So clients that connected one after the other are pinged together, and a
driver wakes up once for all of them. Each session is in one tick, or in none.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import islice
from math import ceil
from typing import Generic, Protocol, TypeVar

from ..timers import Moves

BeatingT = TypeVar("BeatingT", bound="Beating")


class Tick(dict["Beating", None]):
    """Those who are looked at at one `time`, in order: a dictionary, for any may leave."""

    __slots__ = ("time",)

    def __init__(self, time: float) -> None:
        super().__init__()
        self.time = time


class Beating(Protocol):
    """A session with a heartbeat; both fields belong to `Heartbeats`."""

    beat_due: float | None
    """Its deadline in seconds of the driver's clock, and the last one while that is acted on."""
    tick: Tick | None


class Heartbeats(Generic[BeatingT]):
    """`Heartbeats` keep one deadline for each session that has one.

    `next` is when the first tick ends that anybody is in, or None: read it as often as you like.
    `moves` counts how often it came nearer.
    """

    # The heap has the time of each tick once, and after every method the first has sessions.
    __slots__ = ("_heap", "_moves", "_ticks", "next")

    def __init__(self, moves: Moves) -> None:
        self.next: float | None = None
        self._moves = moves
        self._ticks: dict[float, Tick] = {}
        self._heap: list[float] = []

    def __len__(self) -> int:
        """How many sessions have a deadline."""
        return sum(map(len, self._ticks.values()))

    def set(self, session: BeatingT, when: float, length: float) -> None:
        """Give `session` the deadline `when`, in ticks of `length`, in the place of any other."""
        session.beat_due = when
        time = ceil(when / length) * length
        tick = self._ticks.get(time)
        if tick is None:
            tick = self._begin(time)
        last = session.tick
        if last is not tick:
            tick[session] = None
            session.tick = tick
            if last is not None:
                self._leave(session, last)

    def cancel(self, session: BeatingT) -> None:
        """Take the deadline of `session` away, if it has one."""
        tick = session.tick
        session.beat_due = session.tick = None
        if tick is not None:
            self._leave(session, tick)

    def take_due(self, now: float, most: int) -> list[BeatingT]:
        """Take up to `most` sessions out of the first tick, if that has ended by `now`.

        Returns them in order. They have no deadline then, but `beat_due` still says which it was.
        """
        if self.next is None or self.next > now:
            return []
        tick = self._ticks[self.next]
        taken = list(tick) if len(tick) <= most else list(islice(tick, most))
        for session in taken:
            del tick[session]
            session.tick = None
        if not tick:
            self._settle()
        return taken  # type: ignore[return-value]

    def _begin(self, time: float) -> Tick:
        tick = self._ticks[time] = Tick(time)
        heappush(self._heap, time)
        if self.next is None or time < self.next:
            self.next = time
            self._moves.count += 1
        return tick

    def _leave(self, session: BeatingT, tick: Tick) -> None:
        del tick[session]
        if not tick and tick.time == self.next:
            self._settle()

    def _settle(self) -> None:
        """Forget ticks that ended, or that all have left, until one comes that somebody is in."""
        heap = self._heap
        while heap:
            time = heap[0]
            if self._ticks[time]:
                self.next = time
                return
            del self._ticks[heappop(heap)]
        self.next = None
