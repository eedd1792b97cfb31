"""`client.py`: connecting again after a connection that broke."""

from dataclasses import replace
from typing import Any

import pytest

from sio_core.reasons import Reason
from sio_core.socketio import (
    AttemptDue,
    AttemptFailed,
    AttemptSucceeded,
    ClientState,
    Ended,
    NamespaceLeft,
    Reconnecting,
)

from .support import Hand


def broken(**settings: Any) -> Hand:
    """A client whose connection broke a moment ago."""
    hand = Hand(**settings).connected()
    hand.lose()
    hand.events.clear()
    return hand


def fail(hand: Hand) -> float | None:
    """Wait for the attempt that comes next and have it fail. Returns the delay that follows."""
    due = hand.client.next_deadline()
    assert due is not None
    hand.wait(due - hand.clock.now)
    hand.attempt()
    hand.lose(OSError())
    failed = hand.of_type(AttemptFailed)[-1]
    assert (failed.retry_in is None) == (hand.client.state is ClientState.IDLE)
    return failed.retry_in  # type: ignore[no-any-return]


def test_a_connection_that_broke_is_made_again() -> None:
    hand = Hand().connected("/", "/a")
    hand.lose()
    assert hand.names == ["NamespaceLeft", "NamespaceLeft", "Reconnecting"]
    assert hand.events[-1] == Reconnecting(1.0, Reason("transport close"))
    hand.wait(0.9)
    assert hand.client.state is ClientState.WAITING
    hand.wait(0.1)
    assert hand.events[-1] == AttemptDue(1)
    hand.attempt({"token": 2})
    hand.open()
    assert hand.sent == ['40{"token":2}', '40/a,{"token":2}']
    hand.accept("/", "/a")
    assert hand.names[4:] == ["Connected", "Connected", "AttemptSucceeded"]
    hand.emit("x")


def test_without_reconnection_it_is_over() -> None:
    hand = Hand(reconnection=False).connected()
    hand.lose()
    assert hand.names == ["NamespaceLeft", "Ended"]
    assert hand.events[-1] == Ended(Reason("transport close"))


def test_delays_double_and_attempts_are_counted() -> None:
    hand = broken(randomization_factor=0)
    assert [fail(hand) for _ in range(5)] == [2.0, 4.0, 5.0, 5.0, 5.0]
    assert [event.number for event in hand.of_type(AttemptDue)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("factor", "luck", "delays"),
    [
        (0.5, 0.0, [1.0, 2.0, 2.5]),
        (0.5, 1.0, [3.0, 5.0, 5.0]),
        (5, 0.0, [0.0, 0.0, 0.0]),
        (5, 1.0, [4.0, 5.0, 5.0]),
    ],
)
def test_chance_moves_delays_and_none_is_negative(
    factor: float, luck: float, delays: list[float]
) -> None:
    hand = broken(randomization_factor=factor, luck=luck)
    assert [fail(hand) for _ in range(3)] == delays


def test_attempts_have_a_limit() -> None:
    hand = broken(reconnection_attempts=3)
    assert [fail(hand) for _ in range(3)] == [2.0, 4.0, None]
    assert hand.names[-2:] == ["AttemptFailed", "Ended"]
    assert hand.events[-1] == Ended(Reason("transport error"))


def test_a_success_begins_the_count_and_the_delays_anew() -> None:
    hand = broken(reconnection_attempts=2)
    assert fail(hand) == 2.0
    hand.wait(2)
    hand.attempt()
    hand.open()
    hand.accept()
    hand.lose()
    assert hand.events[-1] == Reconnecting(1.0, Reason("transport close"))
    assert fail(hand) == 2.0
    assert fail(hand) is None
    assert [event.number for event in hand.of_type(AttemptDue)] == [1, 2, 1, 2]


def test_connecting_anew_begins_the_count_anew() -> None:
    hand = broken()
    fail(hand)
    hand.disconnect()
    hand.events.clear()
    hand.connect(retry=True)
    assert hand.events == [AttemptDue(0)]
    hand.attempt()
    hand.lose()
    assert hand.of_type(AttemptFailed)[-1].retry_in == 1.0


def test_a_first_attempt_that_fails_is_the_end() -> None:
    hand = Hand()
    hand.connect()
    hand.attempt()
    cause = OSError()
    hand.lose(cause, status=403, body=b"no")
    _, failed, ended = hand.events
    assert isinstance(failed, AttemptFailed)
    assert (failed.failure.cause, failed.failure.status) == (cause, 403)
    assert (failed.failure.body, failed.failure.namespaces) == (b"no", {})
    assert (failed.asked, failed.retry_in) == (("/",), None)
    assert isinstance(ended, Ended)
    assert ended.reason.describe() == "transport error (the server answered 403)"


def test_a_first_attempt_that_fails_is_repeated_if_wanted() -> None:
    hand = Hand(reconnection_attempts=2)
    hand.connect(retry=True)
    hand.attempt()
    hand.lose()
    assert hand.of_type(AttemptFailed)[-1].retry_in == 1.0
    assert fail(hand) == 2.0
    assert fail(hand) is None
    assert [event.number for event in hand.of_type(AttemptDue)] == [0, 1, 2]


def test_a_first_attempt_that_was_refused_is_not_repeated() -> None:
    hand = Hand()
    hand.connect(retry=True)
    hand.attempt()
    hand.open()
    hand.frame('44"no"')
    assert hand.of_type(AttemptFailed)[-1].retry_in is None
    assert hand.of_type(Ended)


def test_a_later_attempt_that_was_refused_is_repeated() -> None:
    hand = broken()
    hand.wait(1)
    hand.attempt()
    hand.open()
    hand.frame('44"not now"')
    (failed,) = hand.of_type(AttemptFailed)
    assert failed.failure.namespaces == {"/": "not now"}
    assert failed.retry_in == 2.0
    assert hand.closing


def test_a_later_attempt_that_is_not_answered_is_repeated() -> None:
    hand = broken()
    hand.wait(1)
    hand.attempt(namespace_timeout=3)
    hand.open()
    hand.wait(3)
    assert hand.of_type(AttemptFailed)[-1].retry_in == 2.0


def test_an_attempt_that_cannot_be_made_counts_as_one() -> None:
    hand = Hand(reconnection_attempts=1)
    hand.connect(retry=True)
    cause = ValueError()
    hand.note(hand.client.attempt_failed(cause, hand.clock.now))
    failed = hand.of_type(AttemptFailed)[-1]
    assert (failed.failure.cause, failed.retry_in) == (cause, 1.0)
    assert failed.failure.reason.describe() == "transport error (no attempt was made)"
    hand.wait(1)
    hand.note(hand.client.attempt_failed(cause, hand.clock.now))
    assert hand.of_type(AttemptFailed)[-1].retry_in is None
    assert hand.of_type(Ended)


def test_an_attempt_that_is_not_due_cannot_fail() -> None:
    hand = Hand()
    assert hand.client.attempt_failed(None, 0.0) == []
    hand.connected()
    assert hand.client.attempt_failed(None, 0.0) == []


def test_the_connection_breaks_while_namespaces_are_awaited() -> None:
    hand = Hand()
    hand.connect("/", "/a", retry=True)
    hand.attempt(namespace_timeout=100)
    hand.open()
    hand.accept("/")
    hand.lose()
    assert hand.names[2:] == ["NamespaceLeft", "AttemptFailed"]
    assert hand.client.next_deadline() == hand.clock.now + 1.0


def test_events_that_were_held_back_die_with_their_attempt() -> None:
    hand = Hand()
    hand.connect(retry=True)
    hand.attempt()
    hand.open()
    hand.frame('42["old"]', '451-["half",{"_placeholder":true,"num":0}]')
    hand.lose()
    hand.wait(1)
    hand.attempt()
    hand.open()
    hand.accept()
    hand.frame('42["new"]')
    assert hand.names[-3:] == ["Connected", "AttemptSucceeded", "ServerEventReceived"]
    assert hand.events[-1].name == "new"  # type: ignore[union-attr]


def test_each_connection_is_left_once() -> None:
    hand = Hand().connected()
    for _ in range(3):
        hand.lose()
        hand.wait(1)
        hand.attempt()
        hand.open()
        hand.accept()
    assert len(hand.of_type(NamespaceLeft)) == len(hand.of_type(AttemptSucceeded)) == 3


def test_another_config_is_in_force_at_once() -> None:
    hand = broken(randomization_factor=0)
    assert fail(hand) == 2.0
    config = replace(hand.client.config, reconnection_delay=7, reconnection_delay_max=3)
    hand.client.change_reconnection(config)
    assert fail(hand) == 3.0
    hand.client.change_reconnection(replace(config, reconnection_attempts=3))
    assert fail(hand) is None

    hand = broken(randomization_factor=0)
    hand.wait(1)
    hand.attempt()
    hand.open()
    hand.accept()
    # The delays have not begun: the first one is the new one.
    hand.client.change_reconnection(replace(hand.client.config, reconnection_delay=2.5))
    hand.lose()
    assert hand.events[-1] == Reconnecting(2.5, Reason("transport close"))
    hand.wait(2.5)
    hand.attempt()
    hand.open()
    hand.accept()
    hand.client.change_reconnection(replace(hand.client.config, reconnection=False))
    hand.lose()
    assert hand.events[-1] == Ended(Reason("transport close"))
