"""How long to wait before the next attempt: doubled each time, up to a limit, with some chance."""

from __future__ import annotations

from collections.abc import Callable


class Backoff:
    """Delays in seconds: `initial`, twice that, and so on, none longer than `maximum`.

    Each is moved by up to `factor` of itself, so that clients that were lost
    together do not all come back together; `factor` is taken as 0 to 1, and
    `jitter` returns a number from 0 to 1. No delay is negative.
    """

    def __init__(
        self, initial: float, maximum: float, factor: float, jitter: Callable[[], float]
    ) -> None:
        self._initial = initial
        self._maximum = maximum
        self._factor = min(max(factor, 0.0), 1.0)
        self._jitter = jitter
        self._delay = initial

    def next(self) -> float:
        """Return the next delay in seconds."""
        base = min(self._delay, self._maximum)
        self._delay = base * 2
        moved = base * (1 + self._factor * (2 * self._jitter() - 1))
        return max(0.0, min(moved, self._maximum))

    def reset(self) -> None:
        """Note that an attempt succeeded: the next delay is the first again."""
        self._delay = self._initial
