"""`socketio/client/decoded.py`: messages that are decoded before `process` mean the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.engineio.client.events import ConnectionLost, MessageReceived
from sio_core.reasons import Reason
from sio_core.socketio import ClientState, DecodedMessage, ServerEventReceived
from sio_core.values import Frame

from .support import Hand

frames = st.sampled_from(
    [
        *('2["a",1]', '51-["c",{"_placeholder":true,"num":0}]', b"bytes", "1", '0{"sid":"y"}'),
        *('2["never', "9", "", '2/other,["a"]', "31[1]", '27["b"]', '4{"message":"no"}'),
    ]
)


def connected() -> Hand:
    """A client that is connected in `/`."""
    hand = Hand()
    hand.connect()
    hand.attempt()
    hand.open()
    hand.frame('40{"sid":"xyz"}')
    return hand


@given(st.lists(frames, max_size=6))
def test_the_same_events(sent: list[Frame]) -> None:
    outcomes = []
    for early in (True, False):
        hand = connected()
        client, engine = hand.client, hand.engine
        raised: list[Any] = [MessageReceived(frame) for frame in sent]
        given_on = client.decode(engine, raised) if early else raised
        outcomes.append([repr(event) for event in client.process(engine, given_on, 200.0)])
    assert outcomes[0] == outcomes[1]


def test_what_was_decoded_is_processed() -> None:
    hand = connected()
    client, engine = hand.client, hand.engine
    (event,) = client.process(engine, client.decode(engine, [MessageReceived('2["a",1]')]), 200.0)
    assert isinstance(event, ServerEventReceived)
    assert (event.name, event.args) == ("a", [1])
    lost = client.process(engine, client.decode(engine, [MessageReceived("2[")]), 200.0)
    assert lost
    assert client.engine is not engine, "a parse error ends the connection"


def test_what_is_no_message_is_left_alone() -> None:
    hand = connected()
    lost = ConnectionLost(Reason("transport close"))
    event, decoded = hand.client.decode(hand.engine, [lost, MessageReceived('2["a"]')])
    assert event is lost
    assert isinstance(decoded, DecodedMessage)


@pytest.mark.parametrize("again", [False, True])
def test_a_connection_that_is_given_up_in_between_means_nothing(again: bool) -> None:
    hand = connected()
    client, engine = hand.client, hand.engine
    half = client.decode(engine, [MessageReceived('51-["c",{"_placeholder":true,"num":0}]')])
    hand.note(client.disconnect(200.0))
    if again:
        hand.connect()
        hand.attempt()
    assert client.process(engine, half, 200.0) == []
    rest = client.decode(engine, [MessageReceived(b"bytes")])
    assert client.process(engine, rest, 200.0) == []
    assert client.state is (ClientState.ATTEMPTING if again else ClientState.IDLE)


def test_decoding_changes_no_deadline() -> None:
    hand = connected()
    moves = hand.client.moves.count
    hand.client.decode(hand.engine, [MessageReceived("2[")])
    assert (hand.client.moves.count, hand.client.next_deadline()) == (moves, None)
    assert hand.client.state is ClientState.CONNECTED
