"""After a lost connection what is for others waits until they are back, if they come soon."""

from sio_core.cluster.reunion import SECONDS
from sio_core.socketio import Emit

from .nodes import Cluster, kinds, make


def broken(count: int = 3, **options: bool) -> Cluster:
    """Nodes that have all lost their connections, and one of which emits meanwhile."""
    cluster = Cluster(count, **options)
    for number in range(count):
        cluster.node(number).room_created("/", "chat", 0.0)
    cluster.clear()
    for line in cluster.lines:
        cluster.bus.cut(line)
    cluster.clear()
    cluster.emit(0, 1)
    return cluster


def heard(cluster: Cluster, number: int) -> int:
    return kinds(cluster.events(number)).count("EmitReceived")


def test_what_is_emitted_waits_for_all_who_were_there() -> None:
    for routes in (True, False):
        cluster = broken(routes=routes)
        cluster.bus.mend(cluster.lines[0])
        cluster.emit(0, 2)
        cluster.bus.run()
        assert cluster.node(0).health().healthy  # it does hear itself
        assert cluster.node(0).health().queued_messages == 2
        cluster.bus.mend(cluster.lines[1])
        cluster.bus.run()
        assert cluster.node(0).health().queued_messages == 2
        cluster.bus.mend(cluster.lines[2])
        cluster.bus.run()
        assert cluster.node(0).health().queued_messages == 0
        assert [heard(cluster, number) for number in (1, 2)] == [2, 2]


def test_those_who_were_there_first_say_so() -> None:
    cluster = broken()
    for number in (2, 1, 0):
        cluster.bus.mend(cluster.lines[number])
        cluster.bus.run()
    assert [heard(cluster, number) for number in (1, 2)] == [1, 1]


def test_nobody_is_waited_for_without_end() -> None:
    cluster = broken()
    for number in (0, 1):
        cluster.bus.mend(cluster.lines[number])
    cluster.bus.run_for(SECONDS / 2)
    assert heard(cluster, 1) == 0
    cluster.bus.run_for(SECONDS / 2)
    assert heard(cluster, 1) == 1


def test_one_who_says_goodbye_is_not_waited_for() -> None:
    cluster = broken()
    cluster.bus.mend(cluster.lines[1])
    cluster.bus.run()
    cluster.bus.mend(cluster.lines[0])
    cluster.bus.run()
    cluster.bus.mend(cluster.lines[2])
    cluster.node(2).leave(cluster.now)
    cluster.bus.run()
    assert cluster.node(0).health().queued_messages == 0


def test_one_who_is_forgotten_is_not_waited_for() -> None:
    cluster = Cluster(2)
    cluster.bus.cut(cluster.lines[0])
    cluster.emit(0, 1)
    assert not cluster.node(0).has_publications
    cluster.node(0).handle_timeout(1_000.0)
    cluster.node(0).emit(Emit("said", ()), 1_000.0)
    assert len(cluster.node(0).take_publications()) == 1


def test_a_node_that_leaves_sends_all_that_waits() -> None:
    cluster = broken()
    cluster.bus.mend(cluster.lines[1])
    cluster.bus.run()
    cluster.bus.mend(cluster.lines[0])
    cluster.node(0).leave(cluster.now)
    cluster.bus.run()
    assert heard(cluster, 1) == 1


def test_a_second_loss_waits_anew() -> None:
    cluster = broken()
    cluster.bus.mend(cluster.lines[0])
    cluster.bus.run()
    cluster.bus.cut(cluster.lines[0])
    cluster.bus.run_for(SECONDS)
    assert not cluster.node(0).has_publications
    for line in cluster.lines:
        cluster.bus.mend(line)
    cluster.bus.run()
    assert [heard(cluster, number) for number in (1, 2)] == [1, 1]


def test_nobody_waits_who_was_alone() -> None:
    node = make()
    node.connected(0.0)
    node.subscribed(node.take_subscriptions()[0], 0.0)
    node.take_publications()
    node.disconnected(0.0, "cut")
    node.emit(Emit("said", ()), 0.0)
    assert node.has_publications


def test_words_that_were_not_published_are_said_again() -> None:
    cluster = broken()
    node = cluster.node(0)
    node.connected(cluster.now)
    node.subscribed(node.take_subscriptions()[0], cluster.now)
    assert node.has_publications
    words = node.take_publications()
    assert len(words) == 2  # that it is there, and a probe
    node.not_published(words, cluster.now)
    assert node.take_publications() == words
    assert not node.has_publications
