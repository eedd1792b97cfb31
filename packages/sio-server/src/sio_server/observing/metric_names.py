"""What metrics count, and by which names: those that dashboards for Socket.IO have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Named(NamedTuple):
    """The name of a metric, and its description."""

    name: str
    text: str


CONNECTED: Final = Named("socket_io_connected", "Clients that are connected now")

BY_NAMESPACE: Final[Mapping[str, Named]] = {
    "connect": Named("socket_io_connect", "Clients that were let into a namespace"),
    "disconnect": Named("socket_io_disconnect", "Clients that have left a namespace"),
    "errors": Named("socket_io_errors", "Handlers that raised an exception"),
}
"""Counters with the label `namespace`; their samples have `_total` behind these names."""

BY_EVENT: Final[Mapping[str, tuple[Named, Named]]] = {
    "received": (
        Named("socket_io_events_received", "Events that clients have sent"),
        Named("socket_io_receive_bytes", "Bytes of the events that clients have sent"),
    ),
    "sent": (
        Named("socket_io_events_sent", "Events that were sent, counted for each client"),
        Named("socket_io_transmit_bytes", "Bytes of the events that were sent"),
    ),
}
"""Counters with the labels `event` and `namespace`, and the sums of bytes that belong to them.

Dashboards have the names of these sums without `_total`, as they stand here.
"""

NAMESPACE_LABELS: Final = ("namespace",)
EVENT_LABELS: Final = ("event", "namespace")
