"""`client.py`: events and acknowledgements, in both directions."""

from typing import Any

import pytest

from sio_core import engineio
from sio_core.exceptions import BadNamespaceError
from sio_core.protocol_errors import LocalProtocolError
from sio_core.reasons import Reason
from sio_core.socketio import (
    RESERVED_EVENTS,
    AttemptFailed,
    Ended,
    NamespaceLeft,
    Packet,
    PacketType,
    ServerAckAborted,
    ServerAckReceived,
    ServerAckTimedOut,
    ServerEventReceived,
)
from sio_core.socketio.parsers.msgpack_parser import MsgpackParser

from .support import Hand

# Events ------------------------------------------------------------------------


def test_events_of_the_server_come_in_order() -> None:
    hand = Hand().connected("/", "/a")
    hand.frame('42["x",1,null]', '42/a,7["y"]', "42[5]", '42["z",{"k":[]}]')
    root, other = hand.client.sockets["/"], hand.client.sockets["/a"]
    assert hand.events == [
        ServerEventReceived(root, "x", [1, None], None),
        ServerEventReceived(other, "y", [], 7),
        ServerEventReceived(root, 5, [], None),
        ServerEventReceived(root, "z", [{"k": []}], None),
    ]


def test_an_event_without_anything_is_ignored() -> None:
    hand = Hand().connected()
    hand.frame("42", "421")
    assert hand.events == []


def test_binary_events_both_ways() -> None:
    hand = Hand().connected()
    hand.frame('452-["x",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]', b"a")
    assert hand.events == []
    hand.frame(b"b")
    (event,) = hand.events
    assert event == ServerEventReceived(hand.client.sockets["/"], "x", [b"b", b"a"], None)
    hand.emit("y", b"c")
    assert hand.sent == ['451-["y",{"_placeholder":true,"num":0}]', b"c"]


def test_the_size_of_an_event_is_that_of_all_that_came_for_it() -> None:
    hand = Hand().connected()
    binary = '451-["x",{"_placeholder":true,"num":0}]'
    hand.frame('42["x","é"]', binary, b"12345", '42["z"]')
    assert [event.size for event in hand.events] == [10, len(binary) - 1 + 5, 6]
    hand.frame(binary)
    hand.lose()
    hand.wait(1.0)
    hand.attempt()
    hand.open()
    hand.accept("/")
    hand.take()
    hand.frame('42["z"]')
    assert hand.events[-1].size == 6, "what was incomplete is gone"


def test_events_before_the_answer_are_held_back() -> None:
    hand = Hand()
    hand.connect()
    hand.attempt()
    hand.open()
    hand.frame('42["a"]', '423["b"]', "431[]", "42")
    assert hand.names == ["AttemptDue"]
    hand.accept()
    hand.frame('42["c"]')
    assert hand.names[1:3] == ["Connected", "AttemptSucceeded"]
    assert [(event.name, event.ack_id) for event in hand.of_type(ServerEventReceived)] == [
        ("a", None),
        ("b", 3),
        ("c", None),
    ]
    assert hand.client.sockets["/"].held == []


def test_what_is_held_back_is_bounded() -> None:
    hand = Hand(max_held=2)
    hand.connect()
    hand.attempt()
    hand.open()
    hand.frame(*(f"42[{number}]" for number in range(5)))
    hand.accept()
    assert [event.name for event in hand.of_type(ServerEventReceived)] == [0, 1]


def test_emitting() -> None:
    hand = Hand().connected("/", "/a")
    hand.emit("x", 1, {"k": "é"}, None)
    hand.emit("y", namespace="/a")
    assert hand.sent == ['42["x",1,{"k":"é"},null]', '42/a,["y"]']


def test_emitting_in_two_steps() -> None:
    hand = Hand().connected("/", "/a")
    client = hand.client
    first = client.prepare_event("x", [1])
    client.send_event(client.prepare_event("y", [], namespace="/a"), namespace="/a")
    ack_id = client.next_ack_id()
    asked = client.prepare_event("z", [], ack_id=ack_id)
    client.send_event_with_ack(asked, ack_id, "token", until=hand.clock.now + 1)
    client.send_event(first)
    hand.take()
    assert hand.sent == ['42/a,["y"]', '421["z"]', '42["x",1]']
    hand.wait(2)
    assert [event.token for event in hand.of_type(ServerAckTimedOut)] == ["token"]


def test_what_cannot_be_sent_in_two_steps() -> None:
    hand = Hand().connected("/")
    client = hand.client
    with pytest.raises(LocalProtocolError):
        client.prepare_event("connect", [])
    message = client.prepare_event("x", [])
    hand.disconnect()
    for call in (
        lambda: client.prepare_event("x", []),
        lambda: client.send_event(message),
        client.next_ack_id,
        lambda: client.send_event_with_ack(message, 1, "token"),
    ):
        with pytest.raises(BadNamespaceError):
            call()


def test_acknowledging_in_two_steps() -> None:
    hand = Hand().connected("/")
    socket = hand.client.sockets["/"]
    answer = hand.client.prepare_ack(socket, 7, [1])
    hand.client.send_ack(socket, answer)
    hand.take()
    assert hand.sent == ["437[1]"]
    hand.disconnect()
    sent = list(hand.sent)
    hand.client.send_ack(socket, answer)
    hand.take()
    assert hand.sent == sent, "nobody is there any more"


@pytest.mark.parametrize("name", sorted(RESERVED_EVENTS))
def test_reserved_names_are_refused(name: str) -> None:
    hand = Hand().connected()
    with pytest.raises(LocalProtocolError, match="reserved"):
        hand.emit(name)
    with pytest.raises(LocalProtocolError, match="reserved"):
        hand.call(name, "token")
    assert hand.sent == []


def test_arguments_that_cannot_be_sent_are_refused() -> None:
    hand = Hand().connected()
    with pytest.raises(LocalProtocolError):
        hand.emit("x", object())
    assert hand.sent == []


def test_a_namespace_that_is_not_connected_is_refused() -> None:
    hand = Hand()
    with pytest.raises(BadNamespaceError, match="/ is not a connected namespace"):
        hand.emit("x")
    hand.connect("/", "/a")
    hand.attempt()
    hand.open()
    hand.accept("/")
    hand.emit("x")
    for call in (hand.emit, lambda name, **options: hand.call(name, 1, **options)):
        for namespace in ("/a", "/b"):
            with pytest.raises(BadNamespaceError):
                call("x", namespace=namespace)
    hand.lose()
    with pytest.raises(BadNamespaceError):
        hand.emit("x")


def test_a_message_that_is_too_large_is_refused_before_it_is_sent() -> None:
    hand = Hand()
    hand.connect()
    hand.attempt()
    hand.open(maxPayload=20)
    hand.accept()
    hand.emit("x", "a" * 10)
    with pytest.raises(LocalProtocolError, match="larger than the 20 bytes"):
        hand.emit("x", "a" * 11)
    with pytest.raises(LocalProtocolError, match="larger"):
        hand.call("x" * 20, "token")
    assert len(hand.sent) == 2
    hand.lose()
    assert not hand.of_type(ServerAckAborted)


def test_msgpack() -> None:
    parser = MsgpackParser()

    def frame(kind: PacketType, data: Any = None, id: int | None = None) -> bytes:
        (data,) = parser.encode(Packet(kind, "/", data, id))
        assert isinstance(data, bytes)
        return data

    hand = Hand(parser=parser)
    hand.connect()
    hand.attempt()
    hand.open()
    hand.frame(frame(PacketType.CONNECT, {"sid": "x"}), frame(PacketType.EVENT, ["y", b"1"], 2))
    socket = hand.client.sockets["/"]
    assert hand.events[-1] == ServerEventReceived(socket, "y", [b"1"], 2)
    hand.emit("z", b"2")
    assert hand.sent == [frame(PacketType.CONNECT), frame(PacketType.EVENT, ["z", b"2"])]
    hand.frame("42[1]")
    assert hand.names[-1] == "Reconnecting"


@pytest.mark.parametrize(
    "frame", ["4", "4abc", "49", "40[]", "41{}", '42["connect"]', "42{}", b"stray", "4" + "2" * 40]
)
def test_garbage_ends_the_connection(frame: str | bytes) -> None:
    hand = Hand(reconnection=False).connected()
    hand.frame('42["before"]', frame)
    received, left, ended = hand.events
    assert isinstance(received, ServerEventReceived)
    assert isinstance(left, NamespaceLeft)
    assert isinstance(ended, Ended)
    assert left.reason == "transport error"
    assert left.reason.detail.startswith("parse error: ")
    assert hand.engine.state is engineio.ClientState.CLOSED


def test_garbage_before_the_answer_fails_the_attempt() -> None:
    hand = Hand()
    hand.connect()
    hand.attempt()
    hand.open()
    hand.frame("4abc")
    (failed,) = hand.of_type(AttemptFailed)
    assert failed.failure.reason == "transport error"


def test_nothing_behind_the_garbage_of_one_answer_counts() -> None:
    hand = Hand().connected()
    received = engineio.MessageReceived
    events = [received('2["a"]'), received("abc"), received('2["b"]')]
    hand.feed(events)
    assert hand.names == ["ServerEventReceived", "NamespaceLeft", "Reconnecting"]


def test_an_upgrade_is_passed_on() -> None:
    hand = Hand().connected()
    hand.feed([engineio.TransportUpgraded()])
    assert hand.events == [engineio.TransportUpgraded()]


# Acknowledgements --------------------------------------------------------------


def test_an_event_that_wants_an_answer() -> None:
    hand = Hand().connected()
    hand.call("x", "token")
    assert hand.sent == ['421["x"]']
    hand.frame('431[1,"two"]')
    socket = hand.client.sockets["/"]
    assert hand.events == [ServerAckReceived(socket, "token", [1, "two"])]
    hand.frame("431[]")
    assert len(hand.events) == 1


def test_answers_are_told_apart_by_namespace() -> None:
    hand = Hand().connected("/", "/a")
    hand.call("x", "root")
    hand.call("x", "other", namespace="/a")
    hand.frame("43/a,1[]", "431[]")
    assert [event.token for event in hand.of_type(ServerAckReceived)] == ["other", "root"]


@pytest.mark.parametrize("frame", ["432[]", "430[]", "43[]", "43", "43999999999999[]"])
def test_answers_that_nobody_waits_for_mean_nothing(frame: str) -> None:
    hand = Hand().connected()
    hand.call("x", "token")
    hand.frame(frame)
    assert hand.events == []


def test_an_answer_that_is_late_and_then_too_late() -> None:
    hand = Hand().connected()
    hand.call("x", "token", within=5)
    hand.wait(4.9)
    assert hand.events == []
    hand.wait(0.1)
    assert hand.events == [ServerAckTimedOut(hand.client.sockets["/"], "token")]
    hand.frame("431[]")
    assert len(hand.events) == 1


def test_an_answer_in_time_has_no_deadline_left() -> None:
    hand = Hand().connected()
    hand.call("x", "token", within=5)
    hand.frame("431[]")
    assert hand.client.next_deadline() is None


@pytest.mark.parametrize(
    ("way_out", "reason"),
    [
        (lambda hand: hand.frame("41"), "server disconnect"),
        (lambda hand: hand.frame('44"no"'), "server disconnect"),
        (lambda hand: hand.frame("1"), "transport close"),
        (lambda hand: hand.frame("9"), "transport error"),
        (lambda hand: hand.frame("4abc"), "transport error"),
        (lambda hand: hand.lose(), "transport close"),
        (lambda hand: hand.lose(OSError()), "transport error"),
        (lambda hand: hand.wait(45), "ping timeout"),
        (lambda hand: hand.disconnect(), "client disconnect"),
        (
            lambda hand: hand.feed(hand.engine.abort(Reason("forced close", "because"))),
            "client disconnect",
        ),
    ],
)
def test_every_way_out_aborts_what_is_owed_and_says_why_once(way_out: Any, reason: str) -> None:
    hand = Hand().connected()
    hand.call("x", "one")
    hand.call("x", "two", within=100)
    socket = hand.client.sockets["/"]
    way_out(hand)
    assert hand.events[:3] == [
        ServerAckAborted(socket, "one"),
        ServerAckAborted(socket, "two"),
        NamespaceLeft(socket, Reason(reason)),
    ]
    assert len(hand.of_type(NamespaceLeft)) == 1
    assert len(hand.events) == 4
    hand.wait(0)
    assert len(hand.events) == 4


def test_an_answer_can_be_forgotten() -> None:
    hand = Hand().connected()
    token = object()
    hand.call("x", token, within=5)
    hand.client.forget_ack("/unknown", 1)
    hand.client.forget_ack("/", 1)
    hand.frame("431[]")
    hand.wait(6)
    hand.disconnect()
    assert hand.names == ["NamespaceLeft", "Ended"]


def test_answers_that_are_owed_are_bounded() -> None:
    hand = Hand(max_pending_acks=2).connected()
    for token in range(3):
        hand.call("x", token)
    assert hand.client.next_deadline() == float("-inf")
    hand.wait(0)
    assert hand.events == [ServerAckTimedOut(hand.client.sockets["/"], 0)]


def test_ids_are_not_used_again_after_a_connection_that_broke() -> None:
    hand = Hand().connected()
    hand.call("x", "old")
    hand.lose()
    hand.wait(1)
    hand.attempt()
    hand.open()
    hand.accept()
    hand.call("x", "new")
    assert hand.sent[-1] == '422["x"]'


def test_an_event_of_the_server_is_acknowledged() -> None:
    hand = Hand().connected("/", "/a")
    hand.frame('420["x"]', '42/a,12["y"]')
    for event in hand.of_type(ServerEventReceived):
        hand.client.ack(event.socket, event.ack_id, [event.name, b"1"][: 1 + event.ack_id // 12])
    hand.take()
    assert hand.sent == ['430["x"]', '461-/a,12["y",{"_placeholder":true,"num":0}]', b"1"]


def test_an_event_of_a_connection_that_is_gone_is_not_acknowledged() -> None:
    hand = Hand().connected()
    hand.frame('420["x"]')
    (event,) = hand.events
    hand.lose()
    hand.client.ack(event.socket, 0, [])
    hand.wait(1)
    hand.attempt()
    hand.open()
    hand.accept()
    hand.client.ack(event.socket, 0, [])
    hand.take()
    assert hand.sent == ["40"]


def test_an_acknowledgement_that_is_too_large_is_refused_before_it_is_sent() -> None:
    hand = Hand()
    hand.connect()
    hand.attempt()
    hand.open(maxPayload=20)
    hand.accept()
    hand.frame('420["x"]')
    socket = hand.client.sockets["/"]
    with pytest.raises(LocalProtocolError, match="larger than the 20 bytes"):
        hand.client.ack(socket, 0, ["a" * 20])
    hand.client.ack(socket, 0, ["a" * 10])
    hand.take()
    assert hand.sent == ["40", '430["aaaaaaaaaa"]']
