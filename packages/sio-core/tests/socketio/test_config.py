"""`socketio/config.py`, `socketio/state.py` and `transitions.py`."""

import math
from typing import Any

import pytest

from sio_core.protocol_errors import LocalProtocolError
from sio_core.socketio import Config, SocketState
from sio_core.socketio.state import SOCKET, SocketInput
from sio_core.transitions import advance


def test_defaults_are_safe() -> None:
    config = Config()
    assert config.connect_timeout == 10.0
    assert Config(accept_timeout=None).accept_timeout is None
    assert min(config.max_namespaces, config.max_pending_acks, config.max_held) >= 100
    with pytest.raises(AttributeError):
        config.max_held = 1  # type: ignore[misc]


@pytest.mark.parametrize("name", ["connect_timeout", "accept_timeout", "attachment_timeout"])
@pytest.mark.parametrize("value", [0, -1.0, math.inf, math.nan])
def test_times_are_above_zero_and_end(name: str, value: Any) -> None:
    with pytest.raises(LocalProtocolError, match=name):
        Config(**{name: value})


@pytest.mark.parametrize("name", ["max_namespaces", "max_pending_acks", "max_held"])
def test_bounds_are_at_least_one(name: str) -> None:
    with pytest.raises(LocalProtocolError, match=name):
        Config(**{name: 0})
    assert getattr(Config(**{name: 1}), name) == 1


def test_the_table_is_complete() -> None:
    assert set(SOCKET) == set(SocketState)
    assert {what for row in SOCKET.values() for what in row} == set(SocketInput)


def test_an_input_that_cannot_happen_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError):
        advance(SOCKET, SocketState.RELEASED, SocketInput.ACCEPT)
