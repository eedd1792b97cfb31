"""Metrics for Prometheus, by the names that dashboards have already: `sio-server[prometheus]`.

What is counted are plain numbers, of which a scrape makes metrics when it comes: a counter of
prometheus_client takes a lock each time. Where several processes are scraped as one, by
`PROMETHEUS_MULTIPROC_DIR`, such counters are all that can be read, and are used.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterator
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, UnknownMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from sio_core.engineio import Session
from sio_core.reasons import Reason
from sio_core.socketio import Emit, Socket

from .cells import BY_EVENT, BY_NAMESPACE, CONNECTED, EVENT_LABELS, NAMESPACE_LABELS, Cell
from .declared import Declared, Server
from .observer import Observer
from .shared_cells import SharedCells

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
"""The variable of the environment by which prometheus_client counts several processes as one."""


class Metrics(Observer, Collector):
    """`Metrics` are those of one server, for `observe`, in a registry of prometheus_client.

    For example `sio.observe(Metrics(sio, events=["said"]))`, before clients come.

    * `server`: the `Server` or `AsyncServer` that is to be observed. The label `event` has the
      names of events that have a handler, and `"*"` for all others; `namespace` likewise.
    * `events`: more names for the label `event`: of events that the program sends.
    * `registry`: where to register; None: nowhere. The default is that of prometheus_client.

    Raises `ValueError` where the registry has such metrics already. With the variable
    `PROMETHEUS_MULTIPROC_DIR` in the environment all processes are counted together.
    """

    def __init__(
        self,
        server: Server,
        events: Collection[str] = (),
        registry: CollectorRegistry | None = REGISTRY,
    ) -> None:
        self._declared = Declared(server, events)
        self._connections = 0
        self._cells: dict[str, dict[tuple[str, ...], Cell]]
        self._cells = {name: {} for name in (*BY_NAMESPACE, *BY_EVENT)}
        self._received, self._sent = self._cells["received"], self._cells["sent"]
        self._failures = threading.Lock()  # of handlers, which run without that of the server
        self._shared = SharedCells(registry) if MULTIPROCESS in os.environ else None
        if registry is not None and self._shared is None:
            registry.register(self)

    # For prometheus_client ------------------------------------------------

    def collect(self) -> Iterator[Metric]:
        """Return what there is to read; prometheus_client calls it."""
        yield GaugeMetricFamily(*CONNECTED, value=self._connections)
        for name, named in BY_NAMESPACE.items():
            family = CounterMetricFamily(*named, labels=NAMESPACE_LABELS)
            for labels, cell in list(self._cells[name].items()):
                family.add_metric(labels, cell.count)
            yield family
        for name, (counter, size) in BY_EVENT.items():
            events = CounterMetricFamily(*counter, labels=EVENT_LABELS)
            sums = UnknownMetricFamily(*size, labels=EVENT_LABELS)
            for labels, cell in list(self._cells[name].items()):
                events.add_metric(labels, cell.count)
                sums.add_metric(labels, cell.size)
            yield events
            yield sums

    # For the server -------------------------------------------------------

    def session_opened(self, session: Session) -> None:
        """Count a connection."""
        self._connect(1)

    def session_closed(self, session: Session, reason: Reason) -> None:
        """Count one connection less."""
        self._connect(-1)

    def connected(self, socket: Socket) -> None:
        """Count a client that was let in."""
        self._cell("connect", socket.namespace).add(1)

    def disconnected(self, socket: Socket, reason: Reason) -> None:
        """Count a client that has left."""
        self._cell("disconnect", socket.namespace).add(1)

    def handler_failed(self, socket: Socket, name: Any, error: Exception) -> None:
        """Count a handler that raised."""
        with self._failures:
            self._cell("errors", socket.namespace).add(1)

    def event_received(self, socket: Socket, name: Any, args: list[Any], size: int) -> None:
        """Count an event of a client, and its bytes."""
        try:
            cell = self._received[name, socket.namespace]
        except KeyError:
            cell = self._cell("received", socket.namespace, name)
        cell.add(1, size)

    def event_sent(self, emit: Emit, sockets: Collection[Socket], size: int) -> None:
        """Count an event for each client that it is sent to, and the bytes of all."""
        try:
            cell = self._sent[emit.event, emit.namespace]
        except KeyError:
            cell = self._cell("sent", emit.namespace, emit.event)
        count = len(sockets)
        cell.add(count, size * count)

    # Cells ----------------------------------------------------------------

    def _connect(self, change: int) -> None:
        self._connections += change
        if self._shared is not None:
            self._shared.change_connected(change)

    def _cell(self, name: str, namespace: str, *event: Any) -> Cell:
        """Return the cell of metric `name` for a namespace and, where given, one event.

        Names that are not declared share one cell, so that clients cannot make more of them.
        """
        declared = self._declared
        labels = (*(declared.event(namespace, one) for one in event), declared.namespace(namespace))
        cells = self._cells[name]
        cell = cells.get(labels)
        if cell is None:
            shared = self._shared
            cell = cells[labels] = Cell() if shared is None else shared.cell(name, labels)
        return cell
