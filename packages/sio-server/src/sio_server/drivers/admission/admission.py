"""Whether a server takes new clients: not while it shuts down, and again after that.

One application object may be served many times in one process: by a test client for each
test, by a second web server, or by one that got over the signal it was sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

NEVER = float("inf")
AT_ONCE = float("-inf")


class Accepting(Protocol):
    """A server that takes new clients, or turns them away."""

    accepting: bool


class Admission:
    """Opens `engine` for new clients, closes it for a shutdown, and opens it again.

    `opened` is called whenever it opens. Code that sets `engine.accepting` to false without a
    shutdown must set it to true again.
    """

    __slots__ = ("_again", "_engine", "_opened", "_until")

    def __init__(self, engine: Accepting, opened: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._opened = opened
        # A request opens the engine again once both times are over: `_again` is `NEVER` until a
        # shutdown is over, `_until` is what `hold` says.
        self._again = NEVER
        self._until = AT_ONCE

    def start(self) -> None:
        """Take new clients from now on."""
        self._engine.accepting = True
        self._again = NEVER
        self._until = AT_ONCE
        self._opened()

    def close(self) -> None:
        """A shutdown begins."""
        self._engine.accepting = False
        self._again = NEVER

    def closed(self) -> None:
        """The shutdown is over: the next request opens the engine again."""
        self._again = AT_ONCE

    def hold(self, until: float) -> None:
        """Turn clients away before `until`, in the driver's clock, also after a shutdown."""
        self._engine.accepting = False
        self._until = until

    def request(self, now: float) -> None:
        """A request came in at `now`, in the driver's clock."""
        if now >= self._again and now >= self._until and not self._engine.accepting:
            self.start()
