"""Cells that all processes of a program count in, by the files of `PROMETHEUS_MULTIPROC_DIR`."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge

from .cells import BY_EVENT, BY_NAMESPACE, CONNECTED, EVENT_LABELS, NAMESPACE_LABELS, Cell


class SharedCell(Cell):
    """A cell whose counts processes add up: `events`, and `size` in bytes where there is one."""

    __slots__ = ("_bytes", "_events")

    def __init__(self, events: Any, size: Any = None) -> None:
        super().__init__()
        self._events = events
        self._bytes = size

    def add(self, count: int, size: int = 0) -> None:
        """Count `count` more, of `size` bytes together."""
        self._events.inc(count)
        if self._bytes is not None:
            self._bytes.inc(size)


class SharedCells:
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

    def cell(self, name: str, labels: tuple[str, ...]) -> SharedCell:
        """Return the cell `name` of `labels`."""
        size = self._sums.get(name)
        events = self._counters[name].labels(*labels)
        return SharedCell(events, None if size is None else size.labels(*labels))
