"""What both drivers keep about one client: its environment, and how many events it has sent."""

from __future__ import annotations

import sys
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

    limit: int
    pending: int
    add_to_limit: Callable[[int], None]
    """Let so many events more be handled at the same time, and wake who waits for that."""
    note_output_taken: Callable[[], None]
    """Hear that output of the client was taken, or that it is over."""
    wait_for_capacity: Callable[[], Any]
    """Wait until the client is not `inbound_full`."""
    wait_output_taken: Callable[[Callable[[], bool]], Any]
    """Wait until some output of the client is taken, or it is over; not if it is not full now."""

    def __init__(self, source: EnvironSource, limit: int) -> None:
        super().__init__(source)
        self.pending = 0
        self.limit = limit

    def call_begun(self) -> None:
        """Hear that a `call()` waits for the client's acknowledgement."""
        self.add_to_limit(1)

    def call_ended(self) -> None:
        """Hear that a `call()` has its acknowledgement, or gave up."""
        self.add_to_limit(-1)

    def close(self) -> None:
        """Wake all that wait for the client, whose session is over."""
        self.add_to_limit(sys.maxsize)
        self.note_output_taken()

    @property
    def inbound_full(self) -> bool:
        """True while reading from this client should stop."""
        return self.pending >= self.limit

    def capacity(self, most: int) -> int:
        """How many events more may be handed on at once, at most `most`."""
        return min(most, self.limit - self.pending)
