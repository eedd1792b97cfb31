"""`engineio/client/config.py`: safe defaults, and settings that cannot work are refused at once."""

import dataclasses
import math
from typing import Any

import pytest

from sio_core.engineio import ClientConfig
from sio_core.protocol_errors import LocalProtocolError


def test_defaults() -> None:
    config = ClientConfig()
    assert config.transports == ("polling", "websocket")
    assert config.max_post_packets == 16
    # `disconnect()` promises to return within two seconds.
    assert config.close_timeout < 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.timestamps = False  # type: ignore[misc]


@pytest.mark.parametrize("name", ["handshake_timeout", "upgrade_timeout", "close_timeout"])
@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, "5", None])
def test_times_are_above_zero_and_end(name: str, value: Any) -> None:
    with pytest.raises(LocalProtocolError, match=f"{name} must be a number of seconds above 0"):
        ClientConfig(**{name: value})


@pytest.mark.parametrize("name", ["max_post_packets", "max_queue_bytes", "max_payload_packets"])
def test_bounds_are_at_least_one(name: str) -> None:
    with pytest.raises(LocalProtocolError, match=f"{name} must be at least 1"):
        ClientConfig(**{name: 0})
    assert getattr(ClientConfig(**{name: 1}), name) == 1


@pytest.mark.parametrize("transports", [(), ("webtransport",), ("polling", "polling"), "polling"])
def test_transports_that_cannot_work(transports: Any) -> None:
    with pytest.raises(LocalProtocolError, match="transports must name some of"):
        ClientConfig(transports=transports)


@pytest.mark.parametrize("transports", [("polling",), ("websocket",), ("websocket", "polling")])
def test_transports(transports: tuple[str, ...]) -> None:
    assert ClientConfig(transports=transports).transports == transports
