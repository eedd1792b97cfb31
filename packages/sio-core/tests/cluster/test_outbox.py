"""What waits for the broker: its order, its limits, and what is said of what was dropped."""

import pytest

from sio_core import LocalProtocolError
from sio_core.cluster import Node, NodeConfig, Publication, PublicationsDropped, RemoteAckGivenUp
from sio_core.socketio import Emit

from .nodes import make


def emit(node: Node, *texts: str, now: float = 0.0) -> None:
    for text in texts:
        node.emit(Emit(text, ()), now)


def names(publications: list[Publication]) -> list[str]:
    return [each.payload.rpartition(b'"')[0].rpartition(b'"')[2].decode() for each in publications]


def test_publications_come_in_order() -> None:
    node = make()
    emit(node, "a", "b", "c")
    assert node.health().queued_messages == 3
    taken = node.take_publications()
    assert names(taken) == ["a", "b", "c"]
    assert node.take_publications() == []
    assert node.health().queued_messages == node.health().queued_bytes == 0
    assert node.published(taken, 0.0) == []
    assert node.health().counters.published == 3


def test_as_many_are_taken_as_fit() -> None:
    node = make()
    emit(node, "a", "b", "c")
    size = len(make_payload())
    assert names(node.take_publications(1)) == ["a"]
    assert names(node.take_publications(2 * size)) == ["b", "c"]
    emit(node, *["a"] * 501)
    assert len(node.take_publications(1 << 30)) == 500


def make_payload() -> bytes:
    node = make()
    emit(node, "a")
    return node.take_publications()[0].payload


def test_what_was_not_published_is_next() -> None:
    node = make()
    node.connected(0.0)
    emit(node, "a", "b", "c")
    taken = node.take_publications()
    emit(node, "d")
    assert node.published(taken[:1], 0.0) == []
    assert node.not_published(taken[1:], 0.0) == []
    again = node.take_publications()
    assert names(again) == ["b", "c", "d"]
    for _ in range(3):  # while there is no other connection, nothing is known of it
        node.not_published(again, 0.0)
        assert node.take_publications() == again
    node.connected(0.0)
    node.not_published(again[:2], 0.0)
    assert node.take_publications() == again[:2]
    node.connected(0.0)
    emit(node, "e")
    last = node.take_publications()
    node.not_published([*again[:2], *last], 0.0)
    assert names(node.take_publications()) == ["e"]
    assert node.handle_timeout(0.0) == [
        PublicationsDropped(2, "the broker did not take it on three connections")
    ]


def test_the_oldest_is_dropped_past_the_number() -> None:
    node = make(config=NodeConfig(max_queued_messages=2))
    emit(node, "a", "b", "c", "d", now=1.0)
    assert node.next_deadline() == 1.0
    assert node.handle_timeout(1.0) == [
        PublicationsDropped(2, "more waited than max_queued_messages")
    ]
    assert names(node.take_publications()) == ["c", "d"]
    assert node.health().counters.dropped == 2


def test_the_oldest_is_dropped_past_the_bytes() -> None:
    node = make(config=NodeConfig(max_queued_bytes=150))
    emit(node, "a", "b", "c")
    assert 0 < node.health().queued_bytes <= 150
    assert names(node.take_publications())[-1] == "c"
    emit(node, "x" * 200)  # one always waits
    assert len(node.take_publications()) == 1


def test_what_waits_too_long_is_dropped() -> None:
    node = make()
    emit(node, "a", now=0.0)
    emit(node, "b", "c", now=10.0)
    assert node.handle_timeout(29.9) == []
    assert node.next_deadline() == 30.0
    assert node.handle_timeout(30.0) == [
        PublicationsDropped(1, "it waited longer than max_queued_seconds")
    ]
    assert names(node.take_publications()) == ["b", "c"]
    assert node.handle_timeout(40.0) == []
    emit(node, "d", now=41.0)
    assert node.next_deadline() == 71.0


def test_drops_are_reported_once_a_second() -> None:
    node = make(config=NodeConfig(max_queued_messages=1))
    emit(node, "a", "b", now=0.0)
    [first] = node.handle_timeout(0.0)
    emit(node, "c", "d", now=0.5)
    assert node.handle_timeout(0.5) == []
    assert node.next_deadline() == 1.0
    [second] = node.handle_timeout(1.0)
    assert isinstance(first, PublicationsDropped)
    assert isinstance(second, PublicationsDropped)
    assert (first.count, second.count) == (1, 2)


def test_what_else_is_to_be_said_does_not_wait() -> None:
    node = make(config=NodeConfig(max_queued_messages=1))
    emit(node, "a", "b", now=0.0)
    node.handle_timeout(0.0)
    emit(node, "c", now=0.5)
    node.emit_with_ack(Emit("ask", (), to=()), "token", 0.5)
    assert node.handle_timeout(0.5) == [RemoteAckGivenUp("token")]
    assert node.next_deadline() == 1.0
    assert len(node.handle_timeout(1.0)) == 1


def test_what_is_above_the_limit_is_the_senders_mistake() -> None:
    node = make(config=NodeConfig(max_publish_size=1000))
    with pytest.raises(LocalProtocolError, match="max_publish_size allows 1,000"):
        emit(node, "a" * 1000)
    assert node.take_publications() == []
