"""`client.py`: leaving namespaces and connections, by either side."""

import pytest

from sio_core import engineio
from sio_core.exceptions import BadNamespaceError
from sio_core.reasons import Reason
from sio_core.socketio import AttemptFailed, AttemptSucceeded, Ended, NamespaceLeft

from .support import Hand

# Leaving -----------------------------------------------------------------------


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


@pytest.mark.parametrize("retry", [False, True])
def test_a_namespace_that_is_lost_before_the_others_are_answered_fails_the_attempt(
    retry: bool,
) -> None:
    hand = Hand()
    hand.connect("/", "/a", retry=retry)
    hand.attempt()
    hand.open()
    hand.accept("/")
    hand.frame("41")
    assert hand.names[1:] == ["Connected", "NamespaceLeft"]
    hand.accept("/a")
    (failed,) = hand.of_type(AttemptFailed)
    assert failed.failure.namespaces == {"/": {"message": "the server disconnected it at once"}}
    assert failed.failure.unanswered == ()
    assert hand.of_type(AttemptSucceeded) == []
    assert isinstance(hand.events[-1], Ended)


def test_an_attempt_whose_namespaces_are_all_lost_or_refused_has_failed() -> None:
    hand = Hand()
    hand.connect("/", "/a")
    hand.attempt()
    hand.open()
    hand.accept("/")
    hand.frame("41", '44/a,"no"')
    (failed,) = hand.of_type(AttemptFailed)
    assert list(failed.failure.namespaces) == ["/", "/a"]


def test_a_namespace_may_come_and_go_when_it_is_connected_again() -> None:
    hand = Hand().connected("/", "/a")
    hand.lose()
    hand.wait(1)
    hand.attempt()
    hand.open()
    hand.events.clear()
    hand.accept("/")
    hand.frame("41")
    hand.accept("/a")
    assert hand.names == ["Connected", "NamespaceLeft", "Connected", "AttemptSucceeded"]
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


def test_disconnecting_for_a_reason_of_ones_own() -> None:
    hand = Hand().connected()
    hand.note(hand.client.disconnect(hand.clock.now, Reason("transport error", "why")))
    socket, reason = hand.client.sockets["/"], Reason("transport error", "why")
    assert hand.events == [NamespaceLeft(socket, reason), Ended(reason)]
    assert hand.closing


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


@pytest.mark.parametrize("namespace_timeout", [None, 3.0])
def test_disconnecting_during_the_handshake(namespace_timeout: float | None) -> None:
    hand = Hand()
    hand.connect()
    hand.attempt(namespace_timeout=namespace_timeout)
    assert hand.disconnect() == [Ended(Reason("client disconnect"))]
    assert hand.engine.state is engineio.ClientState.CLOSED


def test_disconnecting_while_namespaces_are_awaited() -> None:
    hand = Hand()
    hand.connect("/", "/a")
    hand.attempt(namespace_timeout=100.0)
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
