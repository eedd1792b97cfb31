"""What both drivers keep about one client: its environment, and how many events it has sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .environ import EnvironKeeper, EnvironSource


class Load(EnvironKeeper):
    """The driver's side of one session, of either colour.

    `environ` is one dictionary for the life of the connection, made when it is first asked for.
    `pending` counts the client's events that are being handled or wait for it. Reading from it
    stops at `limit` of them. Each `call()` that waits for the client raises the limit by one:
    the answer must be read.
    """

    # No abstract class: it has slots, and what asks for its attributes is the path of each event.
    __slots__ = ("limit", "pending")

    wait_for_capacity: Callable[[], Any]
    """Wait until the client is not `inbound_full`."""
    wait_output_taken: Callable[[Callable[[], bool]], Any]
    """Wait until some output of the client is taken, or it is over; not if it is not full now."""

    def __init__(self, source: EnvironSource, limit: int) -> None:
        super().__init__(source)
        self.pending = 0
        self.limit = limit

    @property
    def inbound_full(self) -> bool:
        """True while reading from this client should stop."""
        return self.pending >= self.limit

    def capacity(self, most: int) -> int:
        """How many events more may be handed on at once, at most `most`."""
        return min(most, self.limit - self.pending)
