"""How much happened in each second: the numbers of which the page draws its charts."""

from __future__ import annotations

import time
from threading import Lock
from typing import Any, Final

MAX_KEPT: Final = 1_000
"""Numbers that are kept when nobody takes them; the oldest are forgotten first."""


class EventBuffer:
    """Counts events of some types by the second; any thread may use it."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, str, str | None], int] = {}
        self._lock = Lock()

    def push(self, type: str, count: int = 1, sub_type: str | None = None) -> None:
        """Add `count`, 1 by default, to the events of a type in this second.

        `type` is one that the page knows, such as `packetsIn`; `sub_type` is the reason of a
        `rawDisconnection`.
        """
        # Milliseconds, as JavaScript counts time, but of whole seconds.
        key = int(time.time()) * 1_000, type, sub_type
        with self._lock:
            self._counts[key] = self._counts.get(key, 0) + count
            while len(self._counts) > MAX_KEPT:
                del self._counts[next(iter(self._counts))]

    def get_and_clear(self) -> list[dict[str, Any]]:
        """Return the counts, oldest first, as the page gets them, and begin to count anew."""
        with self._lock:
            counts, self._counts = self._counts, {}
        return [
            {
                "timestamp": timestamp,
                "type": type,
                **({} if sub_type is None else {"subType": sub_type}),
                "count": count,
            }
            for (timestamp, type, sub_type), count in counts.items()
        ]
