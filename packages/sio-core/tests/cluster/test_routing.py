"""Whether messages go only where they concern somebody."""

import pytest

from sio_core.cluster import NodeConfig, RoutingChanged
from sio_core.socketio import Emit

from .nodes import Cluster, make

FOREIGN = {
    "method": "emit",
    "event": "a",
    "data": [1],
    "binary": False,
    "namespace": "/",
    "room": None,
    "skip_sid": None,
    "callback": None,
    "host_id": "foreign",
}


def test_a_foreign_message_ends_it_for_a_while() -> None:
    cluster = Cluster(2, NodeConfig(stranger_memory=600.0))
    assert cluster.node(0).routing
    cluster.bus.publish("socketio", FOREIGN)
    changed, received = cluster.events(0)
    assert changed == RoutingChanged(False, "python-socketio was heard on the channel")
    assert received.emit.event == "a"
    cluster.bus.publish("socketio", FOREIGN)
    assert len(cluster.events(0)) == 1
    cluster.clear()
    cluster.emit(0, 1)
    cluster.bus.run()
    assert cluster.bus.published[0][0] == "socketio"
    cluster.bus.run_for(600.0)
    assert cluster.node(0).routing
    assert cluster.lines[0].events == [
        RoutingChanged(True, "no other software is known on the channel")
    ]


@pytest.mark.parametrize("method", ["callback", "disconnect"])
def test_any_message_shows_who_is_there(method: str) -> None:
    node = make()
    message = {"method": method, "host_id": "foreign", "sid": "a", "id": 1, "args": []}
    node.receive("socketio", message, 0.0)
    assert not node.routing


def test_nodes_that_do_not_route_are_no_strangers() -> None:
    cluster = Cluster(2)
    plain = make(2, NodeConfig(routing=False))
    cluster.add(plain)
    plain.emit(Emit("a", (1,)), 0.0)
    plain.close_room("a", "/", 0.0)
    cluster.bus.run_for(60.0)
    assert cluster.node(0).routing
    assert len(cluster.node(0).nodes) == 2


@pytest.mark.parametrize("routing", [True, False])
def test_it_can_be_decided(routing: bool) -> None:
    node = make(config=NodeConfig(routing=routing))
    assert len(node.receive("socketio", FOREIGN, 0.0)) == 1
    assert node.strangers(3, 0.0) == []
    assert node.strangers(0, 0.0) == []
    assert node.routing is routing


def test_the_broker_may_know_strangers() -> None:
    node = make()
    assert node.strangers(0, 0.0) == []
    detail = "others than nodes of this kind are subscribed to the channel"
    assert node.strangers(1, 0.0) == [RoutingChanged(False, detail)]
    assert node.strangers(2, 0.0) == []
    assert node.strangers(0, 0.0) == [
        RoutingChanged(True, "no other software is known on the channel")
    ]
    node.receive("socketio", FOREIGN, 0.0)
    assert node.strangers(0, 0.0) == []
    assert node.strangers(1, 1.0) == []
    assert node.handle_timeout(24 * 3600.0) == []
    assert not node.routing


def test_a_node_that_only_writes_waits_for_word_of_the_broker() -> None:
    node = make(write_only=True)
    assert not node.routing
    assert len(node.strangers(0, 0.0)) == 1
    assert node.routing
    assert make(write_only=True, config=NodeConfig(routing=True)).routing
