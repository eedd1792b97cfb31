"""Nodes know each other."""

import json

import pytest

from sio_core.cluster import NodeConfig
from sio_core.cluster.routed_messages import write

from .nodes import Cluster, make, tag


@pytest.mark.parametrize("routes", [True, False])
def test_a_newcomer_knows_all_at_once(routes: bool) -> None:
    cluster = Cluster(3, routes=routes)
    cluster.bus.run()
    for number in range(3):
        others = {tag(other) for other in range(3)} - {tag(number)}
        assert set(cluster.node(number).nodes) == others
    assert cluster.node(0).nodes[tag(1)].host_id == "host1"
    assert tag(1) in repr(cluster.node(0).nodes[tag(1)])


def test_words_are_json_where_a_broker_may_carry_nothing_else() -> None:
    cluster = Cluster(2, NodeConfig(routing=False), routes=False)
    cluster.bus.run_for(60.0)
    cluster.node(0).find("plain", "/", "token", 99.0, cluster.now)
    cluster.bus.run()
    taken = [json.loads(payload) for _, payload in cluster.bus.published]
    assert {message["method"] for message in taken} == {"node", "callback"}
    assert set(cluster.node(0).nodes) == {tag(1)}
    assert cluster.node(0).routing is False


def test_a_node_that_leaves_says_so() -> None:
    cluster = Cluster(2)
    cluster.node(1).leave(0.0)
    cluster.bus.run()
    assert not cluster.node(0).nodes
    cluster.node(1).leave(0.0)
    cluster.bus.settle()
    assert sum(b'S1["p"' in payload for _, payload in cluster.bus.published) == 1


def test_a_node_that_was_never_known_may_leave() -> None:
    node = make()
    assert node.receive("socketio#all", write(("p", "h", 1, tag(1), 0)), 0.0) == []
    assert not node.nodes


def test_a_node_that_is_silent_is_forgotten() -> None:
    cluster = Cluster(2)
    cluster.bus.kill(cluster.lines[1])
    cluster.bus.run_for(29.0)
    assert cluster.node(0).nodes
    cluster.bus.run_for(1.0)
    assert not cluster.node(0).nodes


def test_a_cut_node_is_forgotten_and_comes_back() -> None:
    cluster = Cluster(2)
    cluster.bus.cut(cluster.lines[1])
    cluster.bus.run_for(31.0)
    assert not cluster.node(0).nodes
    assert not cluster.node(1).nodes
    cluster.bus.mend(cluster.lines[1])
    cluster.bus.run()
    assert cluster.node(0).nodes
    assert cluster.node(1).nodes


def test_one_that_is_not_ready_does_not_answer() -> None:
    node = make()
    assert node.receive("socketio#all", write(("p", "h", 1, tag(1), 2)), 0.0) == []
    assert node.take_publications() == []
    assert list(node.nodes) == [tag(1)]


def test_the_nodes_are_bounded() -> None:
    node = make(config=NodeConfig(max_nodes=2))
    for number, now in ((1, 0.0), (2, 1.0), (1, 2.0), (3, 3.0)):
        head = ("p", f"host{number}", int(now) + 1, tag(number), 1)
        assert node.receive("socketio#all", write(head), now) == []
    assert set(node.nodes) == {tag(1), tag(3)}
