"""`pipe_state.py`: the table says all that can happen to a pipe."""

import pytest

from sio_client.drivers.pipe_state import PIPE, PipeInput, PipeState


def test_every_state_has_a_row() -> None:
    assert list(PIPE) == list(PipeState)


@pytest.mark.parametrize("state", [state for state in PipeState if PIPE[state]])
def test_every_pipe_can_end(state: PipeState) -> None:
    assert PIPE[state][PipeInput.END] is PipeState.CLOSED


def test_a_pipe_that_closes_does_not_open_any_more() -> None:
    assert set(PIPE[PipeState.CLOSING]) == {PipeInput.END}


def test_every_state_and_input_is_used() -> None:
    reached = {state for row in PIPE.values() for state in row.values()}
    assert reached == set(PipeState) - {PipeState.NEW}
    assert {what for row in PIPE.values() for what in row} == set(PipeInput)
