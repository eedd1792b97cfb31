"""Time that stands still until it is told otherwise, and ids that can be foretold."""

from __future__ import annotations


class FakeClock:
    """A `FakeClock` is a monotonic clock in seconds; `now` moves only by `advance`."""

    __slots__ = ("now",)

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def advance(self, seconds: float) -> float:
        """Let `seconds` pass. Returns the new time; raises ValueError to go back."""
        if seconds < 0:
            raise ValueError("a monotonic clock does not go back")
        self.now += seconds
        return self.now


class Ids:
    """`Ids` makes ids of a prefix and a number that counts up from 1: call it for the next."""

    __slots__ = ("_last", "_prefix")

    def __init__(self, prefix: str = "id") -> None:
        self._prefix = prefix
        self._last = 0

    def __call__(self) -> str:
        """The next id."""
        self._last += 1
        return f"{self._prefix}{self._last}"
