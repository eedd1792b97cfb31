"""When a connection that is to end is cut off, because its client does not do its part."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

CLOSE_TIMEOUT = 5.0
"""Seconds that a client gets to answer a close frame, and to read some of what was sent."""

CLOSE_ROUNDS = 6
"""Times `CLOSE_TIMEOUT` that a client gets at most, however slowly it reads."""


class CutOff:
    """Looks after `CLOSE_TIMEOUT` seconds whether the client of `transport` still reads.

    Aborts the connection of one that has read nothing of what it was sent, or that had its
    `rounds`. For any other client `time_over` is called, which closes the transport, and
    calls `arm` again while something is left in its buffer.
    """

    __slots__ = ("_time_over", "_timer", "_transport", "rounds")

    def __init__(self, transport: asyncio.Transport, time_over: Callable[[], None]) -> None:
        self._transport = transport
        self._time_over = time_over
        self._timer: asyncio.TimerHandle | None = None
        self.rounds = CLOSE_ROUNDS

    def arm(self) -> None:
        """Look `CLOSE_TIMEOUT` seconds from now."""
        self.cancel()
        size = self._transport.get_write_buffer_size()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(CLOSE_TIMEOUT, self._look, size)

    def cancel(self) -> None:
        """Do not look any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self, before: int) -> None:
        left = self._transport.get_write_buffer_size()
        self.rounds -= 1
        if left and (left >= before or self.rounds <= 0):
            self._transport.abort()
        else:
            self._time_over()
