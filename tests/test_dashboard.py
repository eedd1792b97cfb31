"""The dashboard for Grafana asks for nothing but the metrics and the labels that there are."""

import json
import re
from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry

from sio_server import AsyncServer
from sio_server.observing.prometheus import Metrics
from tests.support.imports import ROOT

DASHBOARD = json.loads((ROOT / "examples/metrics/grafana-dashboard.json").read_text("utf-8"))
OF_PROMETHEUS = {"instance", "job"}
"""The labels that a scrape adds."""
WORDS = {"sum", "by", "rate", "increase", "label_values"}


class Anybody:
    """A client, as metrics see it."""

    namespace = "/"


def metrics() -> dict[str, set[str]]:
    """The labels of each metric, by its name."""
    registry = CollectorRegistry()
    found: Any = Metrics(AsyncServer(), registry=registry)
    client = Anybody()
    found.connected(client)
    found.disconnected(client, "")
    found.handler_failed(client, "say", ValueError())
    found.received_tallies.count("/", "say", 1, 1)
    found.sent_tallies.count("/", "said", 1, 1)
    return {
        sample.name: set(sample.labels)
        for family in registry.collect()
        for sample in family.samples
    }


METRICS = metrics()


def queries(found: Any = DASHBOARD) -> Iterator[str]:
    """Every query of the dashboard, wherever it stands."""
    if isinstance(found, dict):
        yield from (value for key, value in found.items() if key in ("expr", "definition"))
        found = list(found.values())
    if isinstance(found, list):
        for value in found:
            yield from queries(value)


def complaints(query: str) -> list[str]:
    """What a query names that there is not."""
    names = re.findall(r"socket_io_\w+", query)
    said = [name for name in names if name not in METRICS]
    labels = OF_PROMETHEUS.union(*(METRICS.get(name, ()) for name in names))
    rest = re.sub(r"\[[^\]]*\]", "", query)  # ranges of time
    used = set(re.findall(r"(\w+)\s*=~?\s*\"", rest))
    for group in re.findall(r"by \(([^)]*)\)", rest):
        used |= {label.strip() for label in group.split(",")}
    for label in re.findall(r"label_values\(\w+, (\w+)\)", rest):
        used.add(label)
    rest = re.sub(r"\"[^\"]*\"", "", rest)
    others = set(re.findall(r"[a-z_]\w*", rest)) - WORDS - set(names) - used
    return [*said, *(used - labels), *others]


def test_every_query_is_of_metrics_that_there_are() -> None:
    found = list(queries())
    assert len(found) > 12
    assert {query: wrong for query in found if (wrong := complaints(query))} == {}


def test_every_metric_is_shown() -> None:
    shown = set(re.findall(r"socket_io_\w+", " ".join(queries())))
    assert shown == set(METRICS)


def test_what_there_is_not_is_found() -> None:
    assert complaints("sum by (room) (socket_io_connected)") == ["room"]
    assert complaints('rate(socket_io_receive_bytes_total{event="a"}[1m])') == [
        "socket_io_receive_bytes_total",
        "event",
    ]
    assert complaints("absent(socket_io_connected)") == ["absent"]


def test_panels_do_not_overlap_and_have_numbers_of_their_own() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells
