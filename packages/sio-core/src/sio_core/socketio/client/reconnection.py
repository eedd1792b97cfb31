"""Whether there is another attempt to connect, and when."""

from __future__ import annotations

from collections.abc import Callable

from ...timers import Backoff
from .config import ClientConfig


class Reconnection:
    """Counts the attempts of one client in a row, and how long to wait before the next.

    `number` is 0 for the first connection, and counts from 1 the attempts to
    connect again.
    """

    def __init__(self, config: ClientConfig, jitter: Callable[[], float]) -> None:
        self.number = 0
        self._config = config
        self._retry = False
        self._backoff = Backoff(
            config.reconnection_delay,
            config.reconnection_delay_max,
            config.randomization_factor,
            jitter,
        )

    def change(self, config: ClientConfig) -> None:
        """Take another config, for what is decided after this."""
        self._config = config
        self._backoff.change(
            config.reconnection_delay,
            config.reconnection_delay_max,
            config.randomization_factor,
        )

    def begin(self, *, retry: bool) -> None:
        """Note that the application connects; with `retry` the first attempt is repeated, too."""
        self._retry = retry
        self.succeeded()

    def succeeded(self) -> None:
        """Note that the client is connected: the next attempt is the first one again."""
        self.number = 0
        self._backoff.reset()

    def next(self) -> int:
        """Note that the delay is over. Returns the number of the attempt that is due."""
        self.number += 1
        return self.number

    def after_failure(self, *, refused: bool) -> float | None:
        """Return the seconds from a failed attempt to the next one, or None when there is none.

        `refused` attempts reached the server; the first of them is not repeated,
        for it would be refused again.
        """
        if self.number == 0 and (refused or not self._retry):
            return None
        limit = self._config.reconnection_attempts
        if limit and self.number >= limit:
            return None
        return self._backoff.next()

    def after_loss(self) -> float | None:
        """Return the seconds from a lost connection to the first attempt, or None for none."""
        return self._backoff.next() if self._config.reconnection else None
