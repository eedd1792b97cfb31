"""Deadlines of many owners, in a binary heap that is lazy about moves; and delays that grow.

A heartbeat is moved to a later time again and again and hardly ever expires.
So moving later writes down the new time and leaves the heap alone; the old
entry is put in order when it comes up. Each owner has at most one deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush, heapreplace
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

EventT = TypeVar("EventT")

_Entry: TypeAlias = tuple[float, int, Any]
"""A time, the order of the call that set it, and the owner."""

_GARBAGE = 64
"""Entries without an owner that are always tolerated."""


class Timed:
    """Objects that have one deadline each derive from this, and add `deadline_passed`.

    The fields belong to the `Timers` that the object is used with.
    """

    __slots__ = ("_armed", "_due", "_order")

    def __init__(self) -> None:
        self._due: float | None = None
        self._order = 0
        self._armed: _Entry | None = None

    @property
    def due(self) -> float | None:
        """The deadline in seconds of the driver's clock, or None."""
        return None if self._armed is None else self._due

    @property
    def passed(self) -> float:
        """The deadline that has passed, in the same seconds: for `deadline_passed`."""
        assert self._due is not None, "a deadline has passed"
        return self._due


class Owner(Protocol[EventT]):
    """A `Timed` object whose deadline causes events of one kind."""

    _due: float | None
    _order: int
    _armed: _Entry | None

    def deadline_passed(self, now: float) -> list[EventT]:
        """Act on the deadline, which `Timers` has taken away. Returns the events it caused."""
        ...


class Moves:
    """Counts the moves of deadlines that may have to wake a driver earlier.

    Several `Timers` may share one: a driver that keeps the last `count` knows by
    one comparison that it need not look at any of them.
    """

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class Timers(Generic[EventT]):
    """`Timers` keep deadlines, earliest first; equal ones in the order in which they were set.

    `next` is the earliest deadline, or None: read it as often as you like.
    `moves` counts how often it came nearer.
    """

    # Every entry is (time, order, owner). The armed entry of an owner is the one
    # that counts; it stands at the deadline or before it, and is current when
    # its order is the owner's. All other entries are garbage. After every
    # method the top entry is armed and current, so `next` is exact.
    __slots__ = ("_garbage", "_heap", "_order", "moves", "next")

    def __init__(self, moves: Moves | None = None) -> None:
        self.next: float | None = None
        self.moves = Moves() if moves is None else moves
        self._heap: list[_Entry] = []
        self._order = 0
        self._garbage = 0

    def __len__(self) -> int:
        """How many owners have a deadline."""
        return len(self._heap) - self._garbage

    def set(self, owner: Owner[EventT], when: float) -> None:
        """Give `owner` the deadline `when`, in the place of any other that it had."""
        self._order = order = self._order + 1
        owner._due = when
        owner._order = order
        armed = owner._armed
        if armed is not None and armed[0] <= when:
            if self._heap[0] is armed:
                self._settle()
            return
        entry = owner._armed = (when, order, owner)
        heappush(self._heap, entry)
        if self.next is None or when < self.next:
            self.next = when
            self.moves.count += 1
        if armed is not None:
            self._discard()

    def cancel(self, owner: Owner[EventT]) -> None:
        """Take the deadline of `owner` away, if it has one."""
        armed = owner._armed
        if armed is None:
            return
        owner._due = owner._armed = None
        owner._order = 0  # a number of its own is 32 bytes, of each client that waits
        heap = self._heap
        if heap[-1] is armed and len(heap) > 1:
            heap.pop()  # a leaf: what was set just now, and is later than most
            return
        self._discard()
        if self._heap and self._heap[0] is armed:
            self._settle()

    def pop_due(self, now: float) -> Owner[EventT] | None:
        """Take one owner whose deadline is `now` or earlier, the earliest first.

        Returns None when there is none. The owner then has no deadline.
        """
        if self.next is None or self.next > now:
            return None
        owner: Owner[EventT] = heappop(self._heap)[2]
        owner._armed = None  # `passed` still has the time
        self._settle()
        return owner

    def _discard(self) -> None:
        # One more entry is garbage: begin anew when it is most of the heap, so
        # that owners are not kept alive by deadlines long ago.
        self._garbage += 1
        if self._garbage <= _GARBAGE or self._garbage * 2 <= len(self._heap):
            return
        self._heap = [entry for entry in self._heap if entry[2]._armed is entry]
        heapify(self._heap)
        self._garbage = 0
        self._settle()

    def _settle(self) -> None:
        heap = self._heap
        while heap:
            entry = heap[0]
            owner = entry[2]
            if owner._armed is not entry:
                heappop(heap)
                self._garbage -= 1
            elif entry[1] == owner._order:
                self.next = entry[0]
                return
            else:
                assert owner._due is not None, "an armed owner has a deadline"
                fresh = owner._armed = (owner._due, owner._order, owner)
                heapreplace(heap, fresh)
        self.next = None


class Backoff:
    """Delays in seconds: `initial`, twice that, and so on, none longer than `maximum`.

    Each is moved by up to `factor` of itself, so that clients that were lost
    together do not all come back together; `factor` is taken as 0 to 1, and
    `jitter` returns a number from 0 to 1. No delay is negative.
    """

    def __init__(
        self, initial: float, maximum: float, factor: float, jitter: Callable[[], float]
    ) -> None:
        self._jitter = jitter
        self._delay = self._initial = initial
        self.change(initial, maximum, factor)

    def change(self, initial: float, maximum: float, factor: float) -> None:
        """Take other numbers, for the delays that come after this."""
        if self._delay == self._initial:
            self._delay = initial
        self._initial = initial
        self._maximum = maximum
        self._factor = min(max(factor, 0.0), 1.0)

    def next(self) -> float:
        """Return the next delay in seconds."""
        base = min(self._delay, self._maximum)
        self._delay = base * 2
        moved = base * (1 + self._factor * (2 * self._jitter() - 1))
        return max(0.0, min(moved, self._maximum))

    def reset(self) -> None:
        """Note that an attempt succeeded: the next delay is the first again."""
        self._delay = self._initial
