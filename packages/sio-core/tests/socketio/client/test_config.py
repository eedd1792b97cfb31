"""`config.py`: the documented defaults, and settings that cannot work are refused."""

import math
from typing import Any

import pytest

from sio_core.protocol_errors import LocalProtocolError
from sio_core.socketio import ClientConfig


def test_defaults_are_the_documented_ones() -> None:
    config = ClientConfig()
    assert (config.reconnection, config.reconnection_attempts) == (True, 0)
    assert (config.reconnection_delay, config.reconnection_delay_max) == (1, 5)
    assert config.randomization_factor == 0.5


@pytest.mark.parametrize(
    "name", ["reconnection_delay", "reconnection_delay_max", "randomization_factor"]
)
@pytest.mark.parametrize("value", [-0.1, math.inf, math.nan, "1", None])
def test_times_are_numbers(name: str, value: Any) -> None:
    with pytest.raises(LocalProtocolError, match=f"{name} must be a number, 0 or more"):
        ClientConfig(**{name: value})
    assert getattr(ClientConfig(**{name: 0}), name) == 0


@pytest.mark.parametrize("value", [-1, 1.5, "3", None])
def test_attempts_are_a_whole_number_of_0_or_more(value: Any) -> None:
    with pytest.raises(LocalProtocolError, match="reconnection_attempts"):
        ClientConfig(reconnection_attempts=value)


@pytest.mark.parametrize("name", ["max_pending_acks", "max_held"])
def test_bounds_are_at_least_one(name: str) -> None:
    with pytest.raises(LocalProtocolError, match=f"{name} must be at least 1"):
        ClientConfig(**{name: 0})
    assert getattr(ClientConfig(**{name: 1}), name) == 1
