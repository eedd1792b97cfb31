"""`channel_state.py`: the table says all that can happen to a channel."""

import pytest

from sio_client.user_agent.channels.channel_state import CHANNEL, ChannelInput, ChannelState


def test_every_state_has_a_row() -> None:
    assert list(CHANNEL) == list(ChannelState)


@pytest.mark.parametrize("state", [state for state in ChannelState if CHANNEL[state]])
def test_every_channel_can_be_closed(state: ChannelState) -> None:
    assert CHANNEL[state][ChannelInput.CLOSE] is ChannelState.CLOSED


def test_every_state_and_input_is_used() -> None:
    reached = {state for row in CHANNEL.values() for state in row.values()}
    assert reached == set(ChannelState) - {ChannelState.OPENING}
    assert {what for row in CHANNEL.values() for what in row} == set(ChannelInput)
