"""What one node tells another, in both languages, and who hears it."""

from typing import Any

import pytest

from sio_core import LocalProtocolError, Prepared
from sio_core.cluster import (
    AckAddress,
    CloseAsked,
    DisconnectAsked,
    EmitReceived,
    EnterAsked,
    FindAsked,
    Found,
    LeaveAsked,
    NodeConfig,
    RemoteAckGivenUp,
    RemoteAckReceived,
    Told,
    greeting,
)
from sio_core.socketio import Emit
from sio_core.socketio.serializers import choose_parser

from .nodes import Cluster, kinds, make, sid, tag

BOTH = pytest.mark.parametrize("routing", [True, False])


def cluster_of(routing: bool | None, count: int = 2, **options: Any) -> Cluster:
    cluster = Cluster(count, NodeConfig(routing=routing), **options)
    for number in range(count):
        cluster.node(number).room_created("/", sid(number), 0.0)
    cluster.clear()
    return cluster


# Events -----------------------------------------------------------------------


def test_what_travels_is_what_clients_get() -> None:
    cluster = cluster_of(True)
    frames = ('451-["said",{"_placeholder":true,"num":0}]', b"\x00")
    message = Prepared(frames, volatile=True, compress=False)
    emit = Emit("said", (b"\x00",), skip=("x", ("y", 1)), volatile=True, compress=False)
    cluster.node(0).emit(emit, 0.0, message)
    [received] = cluster.events(1)
    assert received.message.frames == frames
    assert (received.message.volatile, received.message.compress) == (True, False)
    assert received.emit == Emit("", (), "/", None, ("x", ("y", 1)), True, False)
    assert cluster.events(0) == []


def test_a_node_encodes_what_it_was_not_given() -> None:
    cluster = cluster_of(True)
    cluster.emit(0, "hällo", b"\x01")
    [received] = cluster.events(1)
    assert received.message.frames == (
        '451-["said","hällo",{"_placeholder":true,"num":0}]',
        b"\x01",
    )


@pytest.mark.parametrize("args", [(), (None,), (1, "ä", {"a": [b"\x00"]})])
def test_python_socketios_form_carries_the_arguments(args: tuple[Any, ...]) -> None:
    cluster = cluster_of(False)
    cluster.emit(0, *args, to=("r", 1), skip=("x",), compress=False)
    [received] = cluster.events(1)
    assert received == EmitReceived(Emit("said", list(args), "/", ("r", 1), ("x",), False, False))


def test_events_go_where_they_concern_somebody() -> None:
    cluster = cluster_of(True, 3)
    cluster.node(1).room_created("/", "chat", 0.0)
    cluster.node(1).room_created("/", ("t", 1), 0.0)
    cluster.node(2).room_created("/other", "chat", 0.0)
    cluster.clear()
    for to in (("chat",), (("t", 1),), ("x", "chat"), (sid(1),), (None,)):
        cluster.emit(0, to=to)
        assert len(cluster.events(1)) == 1, to
        assert cluster.events(2) == [] or to == (None,), to
    for to in (("nobody",), ("x", "y"), ("x", ("chat",))):
        cluster.emit(0, to=to)
        assert cluster.events(1) == cluster.events(2) == []
    cluster.emit(0, to=())
    cluster.bus.settle()
    assert cluster.bus.published[-1][1].startswith(b'S1["e"')
    assert cluster.bus.published[-1][0] == "socketio#all"
    cluster.emit(0, namespace="/other")
    assert cluster.events(1) == []
    assert len(cluster.events(2)) == 1


def test_a_namespace_that_all_have_left_concerns_nobody() -> None:
    cluster = cluster_of(True)
    cluster.node(1).room_created("/", "chat", 0.0)
    cluster.node(1).room_deleted("/", sid(1), 0.0)
    cluster.emit(0)
    assert len(cluster.events(1)) == 1
    cluster.node(1).room_deleted("/", "chat", 0.0)
    cluster.emit(0)
    assert cluster.events(1) == []
    assert cluster.node(1).health().counters.unconcerning > 0


def test_the_server_may_tell_which_namespaces_have_clients() -> None:
    here: set[str] = set()
    cluster = Cluster(2, has_clients=here.__contains__)
    cluster.emit(0)
    assert cluster.events(1) == []
    here.add("/")
    cluster.emit(0)
    assert len(cluster.events(1)) == 1
    cluster.node(1).room_created("/", "chat", 0.0)
    cluster.node(1).room_deleted("/", "chat", 0.0)


@BOTH
def test_a_broker_without_names_reaches_all(routing: bool) -> None:
    cluster = cluster_of(routing, 3, routes=False)
    cluster.emit(0)
    cluster.node(2).room_created("/", "chat", 0.0)
    cluster.emit(0, to=("chat",))
    cluster.bus.run()
    assert {channel for channel, _ in cluster.bus.published} == {"socketio"}
    assert len(cluster.events(1)) == (1 if routing else 2)
    assert len(cluster.events(2)) == 2


def test_nodes_may_disagree_on_the_form() -> None:
    cluster = Cluster(1, NodeConfig(routing=True))
    cluster.add(make(1, NodeConfig(routing=False)))
    for number in range(2):
        cluster.node(number).room_created("/", "chat", 0.0)
    cluster.clear()
    for number in range(2):
        cluster.emit(number, 1, to=("chat",))
        cluster.emit(number, 1)
    assert len(cluster.events(0)) == len(cluster.events(1)) == 2


def test_an_event_of_another_serializer_is_translated() -> None:
    cluster = Cluster(1)
    cluster.add(make(1, parser=choose_parser("msgpack")))
    for number in range(2):
        cluster.node(number).room_created("/", "chat", 0.0)
    cluster.clear()
    for number in range(2):
        cluster.emit(number, 1, b"\x01")
    expected = EmitReceived(Emit("said", [1, b"\x01"], "/", None, ()))
    assert cluster.events(0) == cluster.events(1) == [expected]


@BOTH
def test_a_reserved_name_is_the_senders_mistake(routing: bool) -> None:
    with pytest.raises(LocalProtocolError, match="reserved"):
        make(config=NodeConfig(routing=routing)).emit(Emit("connect", ()), 0.0)


@BOTH
@pytest.mark.parametrize(("to", "skip"), [((b"x",), ()), (("a", b"x"), ()), (None, ("a", b"x"))])
def test_a_room_that_cannot_be_named_is_the_senders_mistake(
    routing: bool, to: Any, skip: Any
) -> None:
    node = make(config=NodeConfig(routing=routing))
    with pytest.raises(LocalProtocolError, match="bytes cannot be named"):
        node.emit(Emit("a", (), "/", to, skip), 0.0)
    assert node.take_publications() == []


def test_what_comes_twice_is_told_once() -> None:
    for routing in (True, False):
        cluster = cluster_of(routing)
        cluster.emit(0, 1)
        cluster.bus.run()
        channel, payload = cluster.bus.published[-1]
        cluster.clear()
        cluster.bus.publish(channel, payload)
        assert cluster.events(1) == []
        assert cluster.node(1).health().counters.duplicates == 1
        assert cluster.node(0).health().counters.own > 0


# Acknowledgements -------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("args", [[], [1, "ä"], [b"\x00", [b"\x01"]]])
def test_an_acknowledgement_comes_back(routing: bool, args: list[Any]) -> None:
    cluster = cluster_of(routing)
    cluster.node(0).emit_with_ack(Emit("ask", (1,), to=(sid(1),)), "token", 0.0)
    [asked] = cluster.events(1)
    assert asked.emit == Emit("ask", [1], "/", (sid(1),))
    assert asked.message is None
    cluster.node(1).ack(asked.ack, args, 0.0)
    assert cluster.events(0) == [RemoteAckReceived("token", args)]
    cluster.node(1).ack(asked.ack, args, 0.0)
    assert cluster.events(0) == []  # one client answers once
    cluster.bus.run_for(400.0)
    assert cluster.lines[0].events == []


@BOTH
def test_a_group_answers_as_often_as_it_likes(routing: bool) -> None:
    cluster = cluster_of(routing)
    cluster.node(1).room_created("/", "chat", 0.0)
    cluster.clear()
    cluster.node(0).emit_with_ack(Emit("ask", (1,), to=("chat",)), "token", 0.0, 60.0)
    [asked] = cluster.events(1)
    for number in range(3):
        cluster.node(1).ack(asked.ack, [number], 0.0)
    assert cluster.events(0) == [RemoteAckReceived("token", [number]) for number in range(3)]
    channel, payload = cluster.bus.published[-1]
    cluster.bus.publish(channel, payload)
    assert cluster.events(0) == []  # the same message twice
    cluster.bus.run_for(60.0)
    assert cluster.lines[0].events == [RemoteAckGivenUp("token")]
    cluster.lines[0].events.clear()
    cluster.node(1).ack(asked.ack, [4], cluster.now)
    assert cluster.events(0) == []


@BOTH
def test_a_caller_may_know_that_it_asks_one(routing: bool) -> None:
    cluster = cluster_of(routing)
    cluster.node(1).room_created("/", "chat", 0.0)
    cluster.clear()
    cluster.node(0).emit_with_ack(Emit("ask", (1,), to=("chat",)), "token", 0.0, single=True)
    [asked] = cluster.events(1)
    cluster.node(1).ack(asked.ack, [1], 0.0)
    cluster.node(1).ack(asked.ack, [2], 0.0)
    assert cluster.events(0) == [RemoteAckReceived("token", [1])]


def test_acknowledgements_are_given_up_in_time() -> None:
    cluster = cluster_of(True)
    node = cluster.node(0)
    node.emit_with_ack(Emit("ask", (), to=(sid(1),)), "short", 0.0, 5.0)
    node.emit_with_ack(Emit("ask", (), to=(sid(1),)), "long", 0.0, 5_000.0)
    node.emit_with_ack(Emit("ask", (), to=()), "nobody", 0.0)
    node.emit_with_ack(Emit("ask", ()), "forgotten", 0.0)
    node.forget_ack("forgotten")
    node.forget_ack("unknown")
    cluster.bus.run_for(300.0)
    assert cluster.events(0) == [RemoteAckGivenUp(token) for token in ("nobody", "short", "long")]


def test_the_oldest_acknowledgement_is_given_up_past_the_number() -> None:
    node = make(config=NodeConfig(max_pending_acks=2))
    for token in "abc":
        node.emit_with_ack(Emit("ask", ()), token, 0.0)
    assert node.handle_timeout(0.0) == [RemoteAckGivenUp("a")]


def test_a_token_may_be_used_again() -> None:
    cluster = cluster_of(True)
    token: list[int] = []
    for _ in range(3):
        cluster.node(0).emit_with_ack(Emit("ask", (), to=(sid(1),)), token, 0.0)
    asked = cluster.events(1)
    cluster.node(1).ack(asked[0].ack, [], 0.0)
    assert len(cluster.events(0)) == 1
    cluster.node(0).forget_ack(token)
    cluster.node(1).ack(asked[1].ack, [], 0.0)
    assert cluster.events(0) == []


def test_an_emitter_hears_nothing() -> None:
    node = make(write_only=True)
    with pytest.raises(LocalProtocolError, match="write-only"):
        node.emit_with_ack(Emit("ask", ()), "token", 0.0)
    with pytest.raises(LocalProtocolError, match="write-only"):
        node.find(sid(1), "/", "token", 1.0, 0.0)


@BOTH
def test_an_emitter_reaches_all(routing: bool) -> None:
    cluster = cluster_of(routing, 1)
    emitter = make(7, NodeConfig(routing=routing), write_only=True)
    cluster.add(emitter)
    emitter.emit(Emit("a", (1,)), 0.0)
    emitter.emit(Emit("b", (1,), to=(sid(0),)), 0.0)
    emitter.disconnect(sid(0), "/", 0.0)
    assert kinds(cluster.events(0)) == ["EmitReceived", "EmitReceived", "DisconnectAsked"]
    assert emitter.health().healthy


# Clients elsewhere ------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("room", ["chat", 7, ("a", (1,))])
def test_clients_elsewhere_are_moved(routing: bool, room: Any) -> None:
    cluster = cluster_of(routing, 3)
    node, client = cluster.node(0), sid(1)
    node.enter_room(client, room, "/", 0.0)
    node.leave_room(client, room, "/x", 0.0)
    node.disconnect(client, "/", 0.0)
    node.close_room(room, "/", 0.0)
    node.enter_room("other", room, "/", 0.0)
    assert cluster.events(1) == [
        EnterAsked(client, "/", room),
        LeaveAsked(client, "/x", room),
        DisconnectAsked(client, "/"),
        CloseAsked("/", room),
        EnterAsked("other", "/", room),
    ]
    assert len(cluster.events(2)) == (2 if routing else 5)
    assert cluster.events(0) == []


@BOTH
@pytest.mark.parametrize("routes", [True, False])
def test_a_client_that_is_gone_ends_what_waits_for_it(routing: bool, routes: bool) -> None:
    cluster = cluster_of(routing, 3, routes=routes)
    node = cluster.node(0)
    node.emit_with_ack(Emit("ask", (), to=(sid(1),)), "call", 0.0)
    # The numbers of two nodes are the same: what is for one is not for the other.
    cluster.node(2).emit_with_ack(Emit("ask", (), to=(sid(1),)), "other", 0.0)
    first, second = sorted((e.ack for e in cluster.events(1)), key=lambda ack: ack.host_id)
    cluster.node(1).no_ack(first, 0.0)
    assert [e for e in cluster.events(0) if isinstance(e, RemoteAckGivenUp)] == [
        RemoteAckGivenUp("call")
    ]
    assert [e for e in cluster.events(2) if isinstance(e, RemoteAckGivenUp)] == []
    cluster.node(1).no_ack(first, 0.0)
    cluster.node(1).ack(second, ["late"], 0.0)
    assert cluster.events(0) == []
    assert cluster.events(2) == [RemoteAckReceived("other", ["late"])]


def test_a_client_that_is_gone_is_one_of_many() -> None:
    cluster = Cluster(2)
    cluster.node(1).room_created("/", "chat", 0.0)
    cluster.bus.run()
    cluster.node(0).emit_with_ack(Emit("ask", (), to=("chat",)), "all", 0.0)
    [asked] = cluster.events(1)
    cluster.node(1).no_ack(asked.ack, 0.0)
    assert cluster.events(0) == []


def test_python_socketio_is_not_told_that_a_client_is_gone() -> None:
    cluster = Cluster(1)
    cluster.node(0).no_ack(AckAddress("a stranger", None, "/", 1), 0.0)
    cluster.bus.run()
    assert cluster.bus.published == []


def test_a_node_that_is_gone_ends_what_waits_for_its_clients() -> None:
    cluster = cluster_of(None, 3)
    for number in (1, 2):
        ask = Emit("ask", (), to=(sid(number),))
        cluster.node(0).emit_with_ack(ask, number, 0.0)
    cluster.node(1).leave(0.0)
    assert cluster.events(0) == [RemoteAckGivenUp(1)]


@BOTH
@pytest.mark.parametrize("routes", [True, False])
def test_answers_are_for_who_asked(routing: bool, routes: bool) -> None:
    cluster = cluster_of(routing, 3, routes=routes)
    cluster.node(0).find(sid(1), "/", "mine", 5.0, 0.0)
    cluster.node(2).find(sid(1), "/", "yours", 5.0, 0.0)
    mine, yours = sorted(cluster.events(1), key=lambda asked: asked.address.tag)
    cluster.node(1).answer_find(yours.address, True, 0.0)
    assert [event for event in cluster.events(0) if isinstance(event, Found)] == []
    cluster.node(1).answer_find(mine.address, False, 0.0)
    assert cluster.events(0) == [Found("mine", False)]
    assert [e for e in cluster.events(2) if isinstance(e, Found)] == [Found("yours", True)]


@BOTH
@pytest.mark.parametrize("routes", [True, False])
def test_all_others_hear_what_is_not_for_clients(routing: bool, routes: bool) -> None:
    cluster = cluster_of(routing, 3, routes=routes)
    cluster.node(0).tell("weather", {"wet": [True, 1, None, "ä"]}, cluster.now)
    told = Told("weather", {"wet": [True, 1, None, "ä"]}, tag(0))
    assert [cluster.events(number) for number in range(3)] == [[], [told], [told]]


@BOTH
@pytest.mark.parametrize("value", [object(), {1: {2}}, "x" * 2_000])
def test_what_json_cannot_carry_is_not_told(routing: bool, value: Any) -> None:
    for routes in (True, False):
        config = NodeConfig(routing=routing, max_publish_size=1_000)
        cluster = Cluster(2, config, routes=routes)
        with pytest.raises(LocalProtocolError):
            cluster.node(0).tell("weather", value, cluster.now)
        assert cluster.events(1) == []


def test_an_own_client_that_is_not_here_is_nowhere() -> None:
    assert make(1).find(sid(1), "/", "token", 5.0, 0.0) == [Found("token", False)]


def test_only_rooms_with_names_can_be_entered_elsewhere() -> None:
    with pytest.raises(LocalProtocolError, match="cannot be named"):
        make().enter_room(sid(1), b"x", "/", 0.0)


def answer(cluster: Cluster, number: int, found: bool) -> FindAsked:
    [asked] = cluster.events(number)
    assert isinstance(asked, FindAsked)
    cluster.node(number).answer_find(asked.address, found, cluster.now)
    return asked


@pytest.mark.parametrize("routes", [True, False])
@pytest.mark.parametrize("found", [True, False])
def test_the_node_of_a_client_is_asked(found: bool, routes: bool) -> None:
    cluster = cluster_of(None, 3, routes=routes)
    assert cluster.node(0).find(sid(1), "/x", "token", 5.0, 0.0) == []
    if routes:
        assert cluster.events(2) == []
    asked = answer(cluster, 1, found)
    assert (asked.sid, asked.namespace) == (sid(1), "/x")
    assert cluster.events(0) == [Found("token", found)]


def test_all_are_asked_for_a_client_without_a_tag() -> None:
    cluster = cluster_of(None, 3)
    cluster.bus.run_for(10.0)
    cluster.clear()
    node = cluster.node(0)
    node.find("plain", "/", "nobody", 99.0, cluster.now)
    answer(cluster, 1, found=False)
    assert cluster.events(0) == []
    answer(cluster, 2, found=False)
    assert cluster.events(0) == [Found("nobody", False)]
    node.find("plain", "/", "somebody", 99.0, cluster.now)
    answer(cluster, 1, found=True)
    assert cluster.events(0) == [Found("somebody", True)]
    answer(cluster, 2, found=True)
    assert cluster.events(0) == []


def test_a_client_of_no_node_is_not_found_at_once() -> None:
    cluster = cluster_of(None, 2)
    cluster.bus.run_for(10.0)
    assert cluster.node(0).find(sid(9), "/", 1, 99.0, cluster.now) == [Found(1, False)]
    alone = cluster_of(None, 1)
    alone.bus.run_for(10.0)
    assert alone.node(0).find("plain", "/", 2, 99.0, alone.now) == [Found(2, False)]


def test_a_new_node_asks_those_that_it_does_not_know_yet() -> None:
    cluster = cluster_of(None, 2)
    cluster.node(0).find(sid(9), "/", "no", 5.0, 0.0)
    cluster.node(0).find("plain", "/", "yes", 5.0, 0.0)
    first, second = cluster.events(1)
    cluster.node(1).answer_find(first.address, False, 0.0)
    cluster.node(1).answer_find(second.address, True, 0.0)
    assert cluster.events(0) == [Found("yes", True)]
    cluster.bus.run_for(5.0)
    assert cluster.lines[0].events == [Found("no", False)]


def test_nobody_waits_for_a_node_that_is_gone() -> None:
    cluster = cluster_of(None, 2)
    cluster.node(0).find(sid(1), "/", 1, 500.0, 0.0)
    cluster.node(0).find("plain", "/", 2, 500.0, 0.0)
    cluster.bus.kill(cluster.lines[1])
    cluster.bus.run_for(40.0)
    assert Found(1, False) in cluster.lines[0].events
    assert tag(1) not in cluster.node(0).nodes


def test_an_answer_in_time_is_the_last() -> None:
    cluster = cluster_of(None, 2)
    cluster.node(0).find(sid(1), "/", 1, 5.0, 0.0)
    cluster.bus.run_for(5.0)
    assert cluster.lines[0].events == [Found(1, False)]
    cluster.lines[0].events.clear()
    answer(cluster, 1, found=True)
    assert cluster.events(0) == []


def test_the_oldest_question_is_answered_past_the_number() -> None:
    cluster = Cluster(2, NodeConfig(max_pending_requests=2))
    for token in range(3):
        cluster.node(0).find(sid(1), "/", token, 5.0, 0.0)
    assert cluster.node(0).handle_timeout(0.0) == [Found(0, False)]


@BOTH
def test_a_greeting_means_nothing_to_anybody(routing: bool) -> None:
    node = cluster_of(routing).node(0)
    for host_id in (node.host_id, "host9"):
        assert node.receive(node.channels.base, greeting(host_id), 0.0) == []
    assert node.health().counters.refused == {}
