"""Probes go through the broker and back; what is heard of them makes the health."""

import pytest

from sio_core.cluster import HealthChanged, Node, NodeConfig

from .nodes import Cluster, make


def ready(**options: bool) -> Node:
    node = make(**options)
    assert node.connected(0.0) == []
    node.subscribed(node.take_subscriptions()[0], 0.0)
    return node


def give_back(node: Node, now: float) -> list[object]:
    """Deliver what the node publishes to itself."""
    events: list[object] = []
    for each in node.take_publications():
        events += node.receive(each.channel, each.payload, now)
    return events


@pytest.mark.parametrize("routes", [True, False])
def test_a_probe_that_comes_back_is_health(routes: bool) -> None:
    node = ready(routes=routes)
    assert not node.health().healthy
    assert node.health().detail == "nothing is known of the broker yet"
    [changed] = give_back(node, 0.25)
    assert changed == HealthChanged(True, "a probe came back through the broker in 0.250 s")
    health = node.health()
    assert (health.healthy, health.since, health.round_trip) == (True, 0.25, 0.25)
    assert health.connected
    assert give_back(node, 0.25) == []


@pytest.mark.parametrize("routing", [True, False])
def test_the_probe_is_heard_whatever_the_routing(routing: bool) -> None:
    node = make(config=NodeConfig(routing=routing))
    node.connected(0.0)
    node.subscribed(node.take_subscriptions()[0], 0.0)
    assert len(give_back(node, 0.1)) == 1
    other = make(1, NodeConfig(routing=routing))
    node.handle_timeout(5.0)
    for each in node.take_publications():
        assert other.receive(each.channel, each.payload, 5.0) == []
    assert other.routing is routing


def test_a_probe_that_does_not_come_back_is_deafness() -> None:
    node = ready()
    give_back(node, 0.0)
    assert node.handle_timeout(5.0) == []
    lost = node.take_publications()
    assert node.handle_timeout(14.9) == []
    assert node.handle_timeout(15.0) == [
        HealthChanged(False, "no probe came back from the broker within 10 s")
    ]
    assert node.receive(lost[-1].channel, lost[-1].payload, 15.1) == []  # too late
    assert node.handle_timeout(25.0) == []
    [changed] = give_back(node, 25.5)
    assert isinstance(changed, HealthChanged)
    assert changed.healthy


def test_a_late_probe_is_followed_at_once() -> None:
    node = ready()
    give_back(node, 8.0)
    node.handle_timeout(8.0)
    assert len(node.take_publications()) == 1
    assert node.handle_timeout(17.9) == []


def test_subscriptions_that_do_not_come_about_are_deafness() -> None:
    node = make()
    node.connected(0.0)
    node.take_subscriptions()
    assert node.handle_timeout(10.0) == [HealthChanged(False, "no subscription within 10 s")]
    node.subscribed([], 10.0)
    assert node.handle_timeout(20.0) == []


def test_a_connection_that_is_lost_or_never_made_is_told_once() -> None:
    node = make()
    assert node.disconnected(0.0, "refused") == [HealthChanged(False, "refused")]
    assert node.disconnected(1.0, "refused again") == []
    assert node.health().detail == "refused again"
    node.connected(2.0)
    node.subscribed(node.take_subscriptions()[0], 2.0)
    assert len(give_back(node, 2.0)) == 1
    assert node.disconnected(3.0, "gone") == [HealthChanged(False, "gone")]
    assert not node.health().connected
    assert node.next_deadline() is None or node.next_deadline() > 20.0  # type: ignore[operator]


def test_a_node_that_only_writes_is_as_well_as_its_connection() -> None:
    node = make(write_only=True, config=NodeConfig(routing=True))
    assert node.connected(0.0) == [HealthChanged(True, "connected")]
    assert node.next_deadline() is None
    node.close_room("a", "/", 0.0)
    taken = node.take_publications()
    assert node.not_published(taken, 1.0) == [
        HealthChanged(False, "the broker does not take what is published")
    ]
    taken = node.take_publications()
    assert node.published(taken, 2.0) == [HealthChanged(True, "what is published is taken")]
    assert node.published(taken, 2.0) == []
    assert node.disconnected(3.0, "gone") == [HealthChanged(False, "gone")]


def test_a_fleet_stays_healthy() -> None:
    cluster = Cluster(3)
    cluster.bus.run_for(120.0)
    assert [line.events for line in cluster.lines] == [[], [], []]
    for line in cluster.lines:
        health = line.node.health()
        assert health.healthy
        assert len(health.nodes) == 2
        assert health.round_trip == 0.0
        assert health.counters.refused == {}
