"""Metrics for Prometheus, by the names that dashboards have already: `sio-server[prometheus]`.

What is counted are plain numbers, of which a scrape makes metrics when it comes; events are counted
by the core. A counter of prometheus_client takes a lock each time; where several processes are
scraped as one, by `PROMETHEUS_MULTIPROC_DIR`, it is all that can be read, and is used.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, UnknownMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from sio_core.engineio import Session
from sio_core.reasons import Reason
from sio_core.socketio import Socket, Tally

from .declared import Declared, Server
from .event_tallies import EventTallies
from .metric_names import BY_EVENT, BY_NAMESPACE, CONNECTED, EVENT_LABELS, NAMESPACE_LABELS
from .observer import Observer
from .shared_tallies import SharedTallies

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
        self._failures = threading.Lock()  # of handlers, which run without that of the server
        self._shared = SharedTallies(registry) if MULTIPROCESS in os.environ else None
        self._by_namespace: dict[str, dict[str, Tally]] = {name: {} for name in BY_NAMESPACE}
        self._by_event = {
            name: EventTallies(self._declared, partial(self._new_of_event, name))
            for name in BY_EVENT
        }
        self.received_tallies = self._by_event["received"]
        self.sent_tallies = self._by_event["sent"]
        if registry is not None and self._shared is None:
            registry.register(self)

    # For prometheus_client ------------------------------------------------

    def collect(self) -> Iterator[Metric]:
        """Return what there is to read; prometheus_client calls it."""
        yield GaugeMetricFamily(*CONNECTED, value=self._connections)
        for name, named in BY_NAMESPACE.items():
            family = CounterMetricFamily(*named, labels=NAMESPACE_LABELS)
            for label, tally in list(self._by_namespace[name].items()):
                family.add_metric((label,), tally.events)
            yield family
        for name, (counter, size) in BY_EVENT.items():
            events = CounterMetricFamily(*counter, labels=EVENT_LABELS)
            sums = UnknownMetricFamily(*size, labels=EVENT_LABELS)
            for (namespace, event), tally in self._by_event[name].all():
                labels = event, namespace
                events.add_metric(labels, tally.events)
                sums.add_metric(labels, tally.size)
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
        self._count("connect", socket.namespace)

    def disconnected(self, socket: Socket, reason: Reason) -> None:
        """Count a client that has left."""
        self._count("disconnect", socket.namespace)

    def handler_failed(self, socket: Socket, name: Any, error: Exception) -> None:
        """Count a handler that raised."""
        with self._failures:
            self._count("errors", socket.namespace)

    # Tallies --------------------------------------------------------------

    def _connect(self, change: int) -> None:
        self._connections += change
        if self._shared is not None:
            self._shared.change_connected(change)

    def _count(self, name: str, namespace: str) -> None:
        """Count one more in metric `name` for a namespace."""
        tallies, label = self._by_namespace[name], self._declared.namespace(namespace)
        tally = tallies.get(label)
        if tally is None:
            tally = tallies[label] = self._new(name, (label,))
        tally.events += 1

    def _new_of_event(self, name: str, labels: tuple[str, str]) -> Tally:
        namespace, event = labels
        return self._new(name, (event, namespace))

    def _new(self, name: str, labels: tuple[str, ...]) -> Tally:
        return Tally() if self._shared is None else self._shared.tally(name, labels)
