"""`client.py`: connecting, events, acknowledgements and leaving."""

from typing import Any

import pytest

from sio_core import engineio
from sio_core.errors import LocalProtocolError
from sio_core.exceptions import BadNamespaceError
from sio_core.reasons import Reason
from sio_core.socketio import (
    RESERVED_EVENTS,
    AttemptDue,
    AttemptFailed,
    AttemptSucceeded,
    ClientSocketState,
    ClientState,
    Connected,
    ConnectRefused,
    Ended,
    NamespaceLeft,
    Packet,
    PacketType,
    ServerAckAborted,
    ServerAckReceived,
    ServerAckTimedOut,
    ServerEventReceived,
)
from sio_core.socketio.msgpack_parser import MsgpackParser

from .client_support import Hand

# Connecting -----------------------------------------------------------------


def test_connecting_asks_for_an_attempt() -> None:
    hand = Hand()
    hand.connect()
    assert hand.events == [AttemptDue(0)]
    assert hand.client.state is ClientState.DUE
    assert hand.client.engine is None


def test_a_connection_in_one_namespace() -> None:
    hand = Hand()
    hand.connect()
    hand.attempt()
    assert hand.client.engine is hand.engine
    assert hand.sent == []
    hand.open()
    assert hand.sent == ["40"]
    hand.frame('40{"sid":"xyz","pid":"p"}')
    socket = hand.client.sockets["/"]
    assert hand.events[1:] == [Connected(socket), AttemptSucceeded()]
    assert (socket.sid, socket.state) == ("xyz", ClientSocketState.CONNECTED)
    assert repr(socket) == "<ClientSocket / connected>"
    assert hand.client.next_deadline() is None


def test_credentials_go_to_every_namespace() -> None:
    hand = Hand()
    hand.connect("/", "/a", "/")
    hand.attempt({"token": "é"})
    hand.open()
    assert hand.sent == ['40{"token":"é"}', '40/a,{"token":"é"}']


def test_credentials_that_cannot_be_sent_leave_the_attempt_due() -> None:
    hand = Hand()
    hand.connect()
    for auth in (object(), {"key": b"bytes"}):
        with pytest.raises(LocalProtocolError):
            hand.attempt(auth)
    assert hand.client.state is ClientState.DUE
    hand.attempt()


def test_an_attempt_that_is_not_due_is_refused() -> None:
    hand = Hand()
    with pytest.raises(LocalProtocolError, match="no attempt is due"):
        hand.attempt()
    hand.connected()
    with pytest.raises(LocalProtocolError, match="no attempt is due"):
        hand.attempt()


def test_only_an_idle_client_connects() -> None:
    hand = Hand()
    hand.connect()
    for step in (lambda: None, hand.attempt, hand.open, hand.accept):
        step()
        with pytest.raises(LocalProtocolError, match="disconnect it first"):
            hand.connect()


def test_a_client_connects_to_something() -> None:
    with pytest.raises(LocalProtocolError, match="at least one namespace"):
        Hand().client.connect(())


def test_an_attempt_has_succeeded_when_all_namespaces_are_connected() -> None:
    hand = Hand()
    hand.connect("/", "/a")
    hand.attempt()
    hand.open()
    hand.accept("/a")
    assert hand.names == ["AttemptDue", "Connected"]
    hand.accept("/")
    assert hand.names[2:] == ["Connected", "AttemptSucceeded"]


def test_a_refused_namespace_fails_the_attempt_once_all_have_been_answered() -> None:
    hand = Hand()
    hand.connect("/", "/a", "/b")
    hand.attempt(until=hand.clock.now + 9)
    hand.open()
    hand.frame('44/a,{"message":"no"}')
    hand.accept("/")
    assert hand.names == ["AttemptDue", "ConnectRefused", "Connected"]
    hand.frame('44/b,"Unable to connect"')
    refused, left, failed, ended = hand.events[3:]
    assert isinstance(refused, ConnectRefused)
    assert left == NamespaceLeft(hand.client.sockets["/"], Reason("client disconnect"))
    assert isinstance(failed, AttemptFailed)
    assert failed.failure.namespaces == {"/a": {"message": "no"}, "/b": "Unable to connect"}
    assert failed.failure.reason.describe() == "server disconnect (namespaces were refused)"
    assert (failed.asked, failed.retry_in) == (("/", "/a", "/b"), None)
    assert isinstance(ended, Ended)
    assert hand.sent[3:] == ["41"]
    assert hand.closing


def test_a_namespace_that_comes_last_does_not_save_the_attempt() -> None:
    hand = Hand()
    hand.connect("/", "/a")
    hand.attempt()
    hand.open()
    hand.frame("42[1]", '44/a,"no"', '40{"sid":"x"}')
    assert hand.names[1:] == [
        "ConnectRefused",
        "Connected",
        "NamespaceLeft",
        "AttemptFailed",
        "Ended",
    ]


def test_namespaces_that_are_not_answered_in_time() -> None:
    hand = Hand()
    hand.connect("/", "/a", "/b", retry=True)
    hand.attempt(until=hand.clock.now + 3)
    hand.open()
    hand.accept("/")
    hand.frame('44/b,"no"')
    hand.wait(2.9)
    assert not hand.of_type(AttemptFailed)
    hand.wait(0.1)
    (failed,) = hand.of_type(AttemptFailed)
    assert failed.failure.namespaces == {"/a": None, "/b": "no"}
    assert failed.failure.reason.describe() == "transport error (no answer in time)"
    assert failed.retry_in is None
    assert hand.of_type(Ended)
    assert hand.sent[3:] == ["41"]


def test_a_server_that_is_not_reached_in_time() -> None:
    hand = Hand()
    hand.connect()
    hand.attempt(until=hand.clock.now + 3)
    hand.wait(3)
    (failed,) = hand.of_type(AttemptFailed)
    assert failed.failure.reason.describe() == "transport error (no answer in time)"
    assert failed.failure.namespaces == {}
    assert hand.engine.state is engineio.ClientState.CLOSED


def test_a_server_that_is_not_reached_in_time_is_tried_again_if_wanted() -> None:
    hand = Hand()
    hand.connect(retry=True)
    hand.attempt(until=hand.clock.now + 3)
    hand.wait(3)
    (failed,) = hand.of_type(AttemptFailed)
    assert failed.retry_in == 1.0


def test_a_server_of_an_older_protocol_is_named() -> None:
    for reply in ("40", "40{}", '40{"sid":1}', '40{"sid":null}'):
        hand = Hand()
        hand.connect()
        hand.attempt()
        hand.open()
        hand.frame(reply)
        (failed,) = hand.of_type(AttemptFailed)
        assert "older protocol" in failed.failure.namespaces["/"]["message"]


def test_an_answer_in_the_same_breath_as_the_open_packet() -> None:
    hand = Hand(engine=engineio.ClientConfig(transports=("polling",)))
    hand.connect()
    engine = hand.client.attempt(0.0)
    body = b'0{"sid":"a","pingInterval":1000,"pingTimeout":1000}\x1e40{"sid":"x"}\x1e42["hi"]'
    events = hand.client.process(engine, engine.http_response(1, 200, body, 0.0), 0.0)
    socket = hand.client.sockets["/"]
    assert events == [
        Connected(socket),
        AttemptSucceeded(),
        ServerEventReceived(socket, "hi", [], None),
    ]


def test_namespaces_that_were_not_asked_for_mean_nothing() -> None:
    hand = Hand().connected()
    hand.frame('40/x,{"sid":"x"}', '42/x,["hi"]', "41/x", '44/x,"no"', "43/x,1[]")
    assert hand.events == []


def test_a_second_answer_means_nothing() -> None:
    hand = Hand().connected()
    hand.accept("/")
    assert hand.events == []


def test_an_error_for_a_connected_namespace_is_its_end() -> None:
    hand = Hand().connected("/", "/a")
    hand.frame('44/a,"no"')
    (left,) = hand.events
    assert isinstance(left, NamespaceLeft)
    assert left.reason == "server disconnect"


def test_a_disconnect_in_place_of_an_answer_is_a_refusal() -> None:
    hand = Hand()
    hand.connect()
    hand.attempt()
    hand.open()
    hand.frame("41")
    assert hand.names[1:] == ["ConnectRefused", "AttemptFailed", "Ended"]


# Without waiting ------------------------------------------------------------


def test_without_waiting_the_attempt_has_succeeded_once_the_server_answered() -> None:
    hand = Hand()
    hand.connect("/", "/a", wait=False)
    hand.attempt(until=hand.clock.now + 3)
    hand.open()
    assert hand.names == ["AttemptDue", "AttemptSucceeded"]
    assert hand.client.next_deadline() is None
    with pytest.raises(BadNamespaceError):
        hand.emit("hi")
    hand.accept("/")
    hand.emit("hi")
    assert hand.sent == ["40", "40/a,", '42["hi"]']
    hand.frame('44/a,"no"')
    assert hand.names[2:] == ["Connected", "ConnectRefused"]


def test_without_waiting_it_is_over_when_all_namespaces_were_refused() -> None:
    hand = Hand()
    hand.connect("/", "/a", wait=False)
    hand.attempt()
    hand.open()
    hand.frame('44"no"')
    assert not hand.of_type(Ended)
    hand.frame('44/a,"no"')
    assert hand.events[-1] == Ended(Reason("server disconnect"))
    assert hand.closing


def test_without_waiting_a_connection_that_fails_still_fails() -> None:
    hand = Hand()
    hand.connect(wait=False)
    hand.attempt()
    hand.lose(OSError())
    assert hand.names == ["AttemptDue", "AttemptFailed", "Ended"]


def test_an_attempt_to_connect_again_waits_for_the_namespaces() -> None:
    hand = Hand().connected(wait=False)
    hand.lose()
    hand.wait(1)
    hand.attempt()
    hand.open()
    assert not hand.of_type(AttemptSucceeded)
    hand.accept()
    assert hand.of_type(AttemptSucceeded)


# Events ---------------------------------------------------------------------


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


def test_an_upgrade_means_nothing_here() -> None:
    hand = Hand().connected()
    hand.feed([engineio.TransportUpgraded()])
    assert hand.events == []


# Acknowledgements -----------------------------------------------------------


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
    hand.client.forget_ack("/unknown", token)
    hand.client.forget_ack("/", token)
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


# Leaving --------------------------------------------------------------------


def test_a_server_that_disconnects_one_namespace_leaves_the_others() -> None:
    hand = Hand().connected("/", "/a")
    hand.frame("41/a,")
    assert hand.events == [NamespaceLeft(hand.client.sockets["/a"], Reason("server disconnect"))]
    hand.emit("x")
    hand.frame("41/a,", '42/a,["late"]', '40/a,{"sid":"again"}')
    assert len(hand.events) == 1
    assert not hand.closing


def test_a_namespace_that_the_server_disconnected_is_not_asked_for_again() -> None:
    hand = Hand().connected("/", "/a")
    hand.frame("41/a,")
    hand.lose()
    hand.wait(1)
    hand.attempt()
    hand.open()
    assert hand.sent == ["40"]


def test_a_server_that_disconnects_the_last_namespace_ends_it_all() -> None:
    hand = Hand().connected("/", "/a")
    hand.frame("41/a,", "41")
    assert hand.events[-1] == Ended(Reason("server disconnect"))
    assert hand.closing
    assert hand.client.next_deadline() is None
    hand.lose()
    assert len(hand.events) == 3


def test_a_namespace_may_come_and_go_before_the_others_are_answered() -> None:
    hand = Hand()
    hand.connect("/", "/a")
    hand.attempt()
    hand.open()
    hand.accept("/")
    hand.frame("41")
    hand.accept("/a")
    assert hand.names[1:] == ["Connected", "NamespaceLeft", "Connected", "AttemptSucceeded"]
    assert hand.client.wanted == ("/a",)


def test_disconnecting_says_goodbye_in_every_namespace_behind_what_was_sent() -> None:
    hand = Hand().connected("/", "/a", "/b")
    hand.frame("41/b,")
    hand.emit("x")
    hand.disconnect()
    assert hand.sent == ['42["x"]', "41", "41/a,"]
    assert hand.closing
    assert hand.names[1:] == ["NamespaceLeft", "NamespaceLeft", "Ended"]
    assert {event.reason for event in hand.events[1:]} == {"client disconnect"}  # type: ignore[union-attr]


def test_disconnecting_when_idle_does_nothing() -> None:
    hand = Hand()
    assert hand.disconnect() == []
    hand.connected()
    hand.disconnect()
    assert hand.disconnect() == []


def test_disconnecting_while_an_attempt_is_due() -> None:
    hand = Hand()
    hand.connect()
    assert hand.disconnect() == [Ended(Reason("client disconnect"))]


@pytest.mark.parametrize("until", [None, 103.0])
def test_disconnecting_during_the_handshake(until: float | None) -> None:
    hand = Hand()
    hand.connect()
    hand.attempt(until=until)
    assert hand.disconnect() == [Ended(Reason("client disconnect"))]
    assert hand.engine.state is engineio.ClientState.CLOSED


def test_disconnecting_while_namespaces_are_awaited() -> None:
    hand = Hand()
    hand.connect("/", "/a")
    hand.attempt(until=200.0)
    hand.open()
    hand.accept("/")
    hand.disconnect()
    assert hand.names[2:] == ["NamespaceLeft", "Ended"]
    assert hand.sent[2:] == ["41"]


def test_disconnecting_while_waiting_for_the_next_attempt() -> None:
    hand = Hand().connected()
    hand.lose()
    assert hand.disconnect() == [Ended(Reason("client disconnect"))]
    hand.wait(100)
    assert hand.names[-1] == "Ended"


def test_a_client_can_connect_again_after_its_end() -> None:
    hand = Hand().connected()
    hand.disconnect()
    hand.connected("/a")
    hand.emit("x", namespace="/a")
    assert hand.sent == ['42/a,["x"]']
    with pytest.raises(BadNamespaceError):
        hand.emit("x")


def test_a_connection_that_was_given_up_means_nothing() -> None:
    hand = Hand().connected()
    stale = hand.engine
    hand.disconnect()
    hand.connected()
    for event in (
        engineio.MessageReceived('2["late"]'),
        engineio.MessageReceived("abc"),
        engineio.ConnectionOpened(),
        engineio.ConnectionLost(Reason("transport close")),
    ):
        assert hand.client.process(stale, [event], 0.0) == []
    hand.emit("x")
