"""Whether what a node publishes comes back to it: the only proof that it is not deaf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..timers import Timed, Timers
from .config import NodeConfig
from .events import HealthChanged

if TYPE_CHECKING:
    from .events import NodeEvent
    from .notices import Counters


@dataclass(frozen=True, slots=True)
class Health:
    """How a node is: for health checks, which look at `healthy`, and for people.

    `since` is the time, of the driver's clock, from which that was so (None: from the beginning);
    `round_trip` the seconds that the last probe took through the broker and back, None before the
    first. `nodes` are the tags of the other nodes, `queued_messages` and `queued_bytes` what waits
    for the broker.
    """

    healthy: bool
    detail: str
    since: float | None
    connected: bool
    round_trip: float | None
    routing: bool
    nodes: tuple[str, ...]
    queued_messages: int
    queued_bytes: int
    counters: Counters


class Watch(Timed):
    """One probe at a time goes through the broker and back; its deadline is that of the probe.

    `send` publishes probe number so-and-so. A node that only writes has none: it is healthy while
    it is connected and what it publishes is taken.
    """

    __slots__ = (
        "_awaited",
        "_begun",
        "_config",
        "_number",
        "_send",
        "_sent_at",
        "_timers",
        "_write_only",
        "connected",
        "detail",
        "healthy",
        "round_trip",
        "since",
    )

    def __init__(
        self,
        config: NodeConfig,
        timers: Timers[NodeEvent],
        send: Callable[[int, float], None],
        *,
        write_only: bool,
    ) -> None:
        super().__init__()
        self._config = config
        self._timers = timers
        self._send = send
        self._write_only = write_only
        self._number = 0
        self._sent_at = 0.0
        self._awaited = False
        self._begun = False  # since the connection was made
        self.connected = False
        self.healthy = False
        self.detail = ""
        self.since: float | None = None
        self.round_trip: float | None = None

    def connection_made(self, now: float) -> list[NodeEvent]:
        """Begin to wait for the subscriptions."""
        self.connected = True
        if self._write_only:
            return self._change("connected", now, healthy=True)
        self._awaited = self._begun = False
        self._timers.set(self, now + self._config.probe_timeout)
        return []

    def ready(self, now: float) -> None:
        """Send the first probe: the channel that it comes back on is subscribed."""
        self._probe(now)

    def connection_lost(self, detail: str, now: float) -> list[NodeEvent]:
        """Note that there is no connection, or that there was none to be had."""
        self.connected = False
        self._timers.cancel(self)
        return self._change(detail, now, healthy=False)

    def not_published(self, now: float) -> list[NodeEvent]:
        """Note that the broker did not take something: a node that hears nothing knows no more."""
        if not self._write_only:
            return []
        return self._change("the broker does not take what is published", now, healthy=False)

    def published(self, now: float) -> list[NodeEvent]:
        """Note that the broker took something."""
        if not self._write_only or self.healthy:
            return []
        return self._change("what is published is taken", now, healthy=True)

    def returned(self, number: int, now: float) -> list[NodeEvent]:
        """Note that a probe came back; only that which is awaited counts."""
        if not self._awaited or number != self._number:
            return []
        self._awaited = False
        self.round_trip = now - self._sent_at
        self._timers.set(self, max(self._sent_at + self._config.probe_interval, now))
        return self._change(
            f"a probe came back through the broker in {self.round_trip:.3f} s", now, healthy=True
        )

    def deadline_passed(self, now: float) -> list[NodeEvent]:
        """Send the next probe; the one before, if it is still awaited, is lost."""
        events: list[NodeEvent] = []
        if self._awaited:
            events = self._change(
                f"no probe came back from the broker within {self._config.probe_timeout:g} s",
                now,
                healthy=False,
            )
        elif not self._begun:
            events = self._change(
                f"no subscription within {self._config.probe_timeout:g} s", now, healthy=False
            )
        self._probe(now)
        return events

    def _probe(self, now: float) -> None:
        self._number += 1
        self._sent_at = now
        self._awaited = self._begun = True
        self._timers.set(self, now + self._config.probe_timeout)
        self._send(self._number, now)

    def _change(self, detail: str, now: float, *, healthy: bool) -> list[NodeEvent]:
        first = not self.detail
        self.detail = detail
        if self.healthy == healthy and not first:
            return []
        self.healthy = healthy
        self.since = now
        return [HealthChanged(healthy, detail)]
