"""How long the event loop stands still: how late a timer is, which comes every few milliseconds."""

import asyncio
import time

EVERY_S = 0.005


class Stalls:
    """The timer of one loop; it runs from the first question on."""

    def __init__(self) -> None:
        self._longest = 0.0
        self._due = 0.0

    def longest(self) -> float:
        """Return the longest stall since the last question, in milliseconds."""
        if not self._due:
            self._set()
        found, self._longest = self._longest, 0.0
        return found * 1000

    def _set(self) -> None:
        self._due = time.perf_counter() + EVERY_S
        asyncio.get_running_loop().call_later(EVERY_S, self._tick)

    def _tick(self) -> None:
        self._longest = max(self._longest, time.perf_counter() - self._due)
        self._set()
