"""`client.py`: connecting to namespaces, with and without waiting for them."""

import pytest

from sio_core import engineio
from sio_core.exceptions import BadNamespaceError
from sio_core.protocol_errors import LocalProtocolError
from sio_core.reasons import Reason
from sio_core.socketio import (
    AttemptDue,
    AttemptFailed,
    AttemptSucceeded,
    ClientSocketState,
    ClientState,
    Connected,
    ConnectRefused,
    Ended,
    NamespaceLeft,
    ServerEventReceived,
)

from .support import Hand

# Connecting --------------------------------------------------------------------


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
    hand.attempt(namespace_timeout=9)
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
    assert hand.client.refused == failed.failure.namespaces
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
    hand.attempt(namespace_timeout=3)
    hand.open()
    hand.accept("/")
    hand.frame('44/b,"no"')
    hand.wait(2.9)
    assert not hand.of_type(AttemptFailed)
    hand.wait(0.1)
    (failed,) = hand.of_type(AttemptFailed)
    assert failed.failure.namespaces == {"/a": None, "/b": "no"}
    assert failed.failure.unanswered == ("/a",)
    assert failed.failure.reason.describe() == "transport error (no answer in time)"
    assert failed.retry_in is None
    assert hand.of_type(Ended)
    assert hand.sent[3:] == ["41"]


def test_a_server_of_an_older_protocol_is_named() -> None:
    for reply in ("40", "40{}", '40{"sid":1}', '40{"sid":null}'):
        hand = Hand(protocol=4)
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


# Without waiting ---------------------------------------------------------------


def test_without_waiting_the_attempt_has_succeeded_once_the_server_answered() -> None:
    hand = Hand()
    hand.connect("/", "/a", wait=False)
    hand.attempt(namespace_timeout=3)
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
    assert [socket.connected for socket in hand.client.sockets.values()] == [True, False]
    hand.lose()
    hand.wait(1)
    hand.attempt()
    hand.open()
    assert hand.sent == ["40"], "what was refused is not asked for again"


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
