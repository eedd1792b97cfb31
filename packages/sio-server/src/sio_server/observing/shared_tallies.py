"""Tallies that all processes of a program count in, by the files of `PROMETHEUS_MULTIPROC_DIR`."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge

from sio_core.socketio import Tally

from .metric_names import BY_EVENT, BY_NAMESPACE, CONNECTED, EVENT_LABELS, NAMESPACE_LABELS


class SharedTally(Tally):
    """A tally of which other processes know: what is added to it, is added to the two metrics.

    `size` may be None, where there are no bytes.
    """

    __slots__ = ("_bytes", "_counter", "_events", "_size")

    def __init__(self, counter: Any, size: Any = None) -> None:
        self._counter = counter
        self._bytes = size
        self._events = self._size = 0

    @property
    def events(self) -> int:
        """How many this process has counted."""
        return self._events

    @events.setter
    def events(self, events: int) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._counter.inc(events - self._events)
        self._events = events

    @property
    def size(self) -> int:
        """Their bytes together."""
        return self._size

    @size.setter
    def size(self, size: int) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._bytes.inc(size - self._size)
        self._size = size


class SharedTallies:
    """The metrics of all processes of a server, as metrics of prometheus_client in `registry`."""

    def __init__(self, registry: CollectorRegistry | None) -> None:
        # When a process ends, its clients are gone; its counters keep what they have counted.
        self._connected = Gauge(*CONNECTED, registry=registry, multiprocess_mode="livesum")
        self._counters = {
            name: Counter(*named, NAMESPACE_LABELS, registry=registry)
            for name, named in BY_NAMESPACE.items()
        }
        self._sums: dict[str, Gauge] = {}
        for name, (counter, size) in BY_EVENT.items():
            self._counters[name] = Counter(*counter, EVENT_LABELS, registry=registry)
            # It is a gauge, since a counter would get `_total` behind its name.
            self._sums[name] = Gauge(
                *size, EVENT_LABELS, registry=registry, multiprocess_mode="sum"
            )

    def change_connected(self, by: int) -> None:
        """Add `by` to the number of connections; it may be negative."""
        self._connected.inc(by)

    def tally(self, name: str, labels: tuple[str, ...]) -> SharedTally:
        """Return the tally `name` of `labels`."""
        size = self._sums.get(name)
        counter = self._counters[name].labels(*labels)
        return SharedTally(counter, None if size is None else size.labels(*labels))
