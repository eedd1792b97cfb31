"""Which channels are subscribed, and when they are left."""

from typing import Any

import pytest

from sio_core.cluster import Node

from .nodes import make, sid, tag

FIRST = ["socketio", "socketio#all", f"socketio#n#{tag(0)}"]


def connect(node: Node, now: float = 0.0) -> list[str]:
    node.connected(now)
    subscribe, unsubscribe = node.take_subscriptions()
    assert unsubscribe == []
    node.subscribed(subscribe, now)
    return subscribe


def test_three_channels_are_subscribed_from_the_start() -> None:
    node = make()
    assert connect(node) == FIRST
    assert node.take_subscriptions() == ([], [])
    assert node.is_subscribed("/", None)
    assert node.is_subscribed("/", sid(0))
    assert not node.is_subscribed("/", "chat")


def test_without_routes_there_is_one() -> None:
    node = make(routes=False)
    assert connect(node) == ["socketio"]
    node.room_created("/", "chat", 0.0)
    assert node.take_subscriptions() == ([], [])
    assert node.is_subscribed("/", "chat")
    node.room_deleted("/", "chat", 0.0)


def test_a_room_has_a_channel_from_its_first_member_to_a_while_after_its_last() -> None:
    node = make()
    connect(node)
    node.room_created("/", "chat", 0.0)
    assert not node.is_subscribed("/", "chat")
    assert node.take_subscriptions() == (["socketio#r#/#chat"], [])
    assert not node.is_subscribed("/", "chat")
    node.subscribed(["socketio#r#/#chat", "socketio#r#/#other"], 0.0)
    assert node.is_subscribed("/", "chat")
    assert not node.is_subscribed("/", "other")
    node.room_deleted("/", "chat", 1.0)
    node.handle_timeout(5.9)
    assert node.take_subscriptions() == ([], [])
    node.handle_timeout(6.0)
    assert node.is_subscribed("/", "chat")
    assert node.take_subscriptions() == ([], ["socketio#r#/#chat"])
    assert not node.is_subscribed("/", "chat")


def test_what_could_not_be_asked_for_is_taken_again() -> None:
    node = make()
    connect(node)
    for room in ("chat", "gone", "late"):
        node.room_created("/", room, 0.0)
    asked, _ = node.take_subscriptions()
    assert node.take_subscriptions() == ([], [])
    node.subscribed(["socketio#r#/#late"], 0.0)
    node.room_deleted("/", "gone", 0.0)
    node.handle_timeout(6.0)
    assert node.take_subscriptions() == ([], ["socketio#r#/#gone"])
    node.not_subscribed(asked)
    assert node.take_subscriptions() == (["socketio#r#/#chat"], [])
    node.subscribed(["socketio#r#/#chat"], 6.0)
    assert node.is_subscribed("/", "chat")


def test_what_could_not_be_asked_for_is_forgotten_with_the_connection() -> None:
    node = make()
    connect(node)
    node.room_created("/", "chat", 0.0)
    asked, _ = node.take_subscriptions()
    node.disconnected(1.0, "gone")
    node.not_subscribed(asked)
    assert node.take_subscriptions() == ([], [])
    assert set(connect(node, 2.0)) == {*FIRST, *asked}


def test_a_channel_whose_last_member_left_is_not_asked_for_again() -> None:
    node = make()
    connect(node)
    node.room_created("/", "chat", 0.0)
    asked, _ = node.take_subscriptions()
    node.room_deleted("/", "chat", 0.0)
    node.handle_timeout(6.0)  # it is to be left, and was not yet
    node.not_subscribed(asked)
    assert node.take_subscriptions() == ([], asked)


def test_a_member_that_comes_back_keeps_the_channel() -> None:
    node = make()
    connect(node)
    node.room_created("/", "a", 0.0)
    node.room_created("/", "b", 0.0)
    node.subscribed(node.take_subscriptions()[0], 0.0)
    node.room_deleted("/", "a", 0.0)
    node.room_deleted("/", "b", 1.0)
    node.room_created("/", "a", 2.0)
    node.handle_timeout(5.0)
    assert node.take_subscriptions() == ([], [])
    node.handle_timeout(6.0)
    node.room_created("/", "b", 6.0)
    assert node.take_subscriptions() == ([], [])
    assert node.is_subscribed("/", "b")


def test_what_is_known_may_be_said_again() -> None:
    for node in (make(), make(has_clients=lambda namespace: True)):
        connect(node)
        node.room_deleted("/", "a", 0.0)
        node.room_deleted("/", sid(0), 0.0)
        for _ in range(2):
            node.room_created("/", "a", 0.0)
        assert node.take_subscriptions() == (["socketio#r#/#a"], [])
        for _ in range(2):
            node.room_deleted("/", "a", 0.0)
        node.handle_timeout(5.0)
        assert node.take_subscriptions() == ([], ["socketio#r#/#a"])
        node.room_created("/", "b", 5.0)
        node.room_deleted("/", "a", 5.0)
        assert node.take_subscriptions() == (["socketio#r#/#b"], [])


def test_a_subscription_that_came_to_nothing_is_asked_for_again() -> None:
    node = make()
    connect(node)
    for room in ("a", "b", "c"):
        node.room_created("/", room, 0.0)
    taken, _ = node.take_subscriptions()
    node.subscribed([taken[0]], 0.0)
    node.room_deleted("/", "c", 0.0)
    asked: list[str] = []
    for second in range(1, 60):
        node.handle_timeout(float(second))
        subscribe, unsubscribe = node.take_subscriptions()
        assert unsubscribe in ([], [taken[2]])
        asked += subscribe
        if len(asked) == 2:
            node.subscribed([taken[1]], float(second))
    assert asked == [taken[1]] * 2
    assert node.is_subscribed("/", "b")


def test_a_room_that_nobody_subscribed_yet_is_left_in_silence() -> None:
    node = make()
    connect(node)
    node.room_created("/", "a", 0.0)
    node.room_deleted("/", "a", 0.0)
    node.handle_timeout(5.0)
    assert node.take_subscriptions() == ([], [])


def test_rooms_may_share_a_channel() -> None:
    node = make()
    connect(node)
    for room in ("[1]", (1,)):
        node.room_created("/", room, 0.0)
    assert node.take_subscriptions() == (["socketio#r#/#[1]"], [])
    node.room_deleted("/", "[1]", 0.0)
    node.handle_timeout(9.0)
    assert node.take_subscriptions() == ([], [])


@pytest.mark.parametrize("room", [b"x", object()])
def test_a_room_that_cannot_be_named_has_no_channel(room: Any) -> None:
    node = make()
    node.room_created("/", room, 0.0)
    assert connect(node) == FIRST
    assert node.is_subscribed("/", room)
    node.room_deleted("/", room, 0.0)
    assert node.next_deadline() is not None


def test_sids_of_others_are_rooms_too() -> None:
    node = make()
    connect(node)
    node.room_created("/", sid(0), 0.0)
    assert node.take_subscriptions() == ([], [])
    node.room_created("/", sid(1), 0.0)
    assert node.take_subscriptions() == ([f"socketio#n#{tag(1)}"], [])
    node.room_deleted("/", sid(0), 0.0)


def test_a_new_connection_subscribes_to_all_again() -> None:
    node = make()
    connect(node)
    for room in ("a", "b", "c"):
        node.room_created("/", room, 0.0)
    node.subscribed(node.take_subscriptions()[0], 0.0)
    node.room_deleted("/", "b", 0.0)
    node.disconnected(1.0, "gone")
    assert not node.is_subscribed("/", "a")
    node.room_deleted("/", "c", 1.0)
    assert sorted(connect(node, 2.0)) == sorted(
        [*FIRST, *(f"socketio#r#/#{room}" for room in "abc")]
    )
    node.handle_timeout(6.0)
    assert node.take_subscriptions() == ([], ["socketio#r#/#b", "socketio#r#/#c"])


def test_a_node_that_only_writes_subscribes_to_nothing() -> None:
    node = make(write_only=True)
    node.connected(0.0)
    assert node.take_subscriptions() == ([], [])
