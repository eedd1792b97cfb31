"""`config.py`: safe defaults, and settings that cannot work are refused at once."""

import dataclasses
import math
from typing import Any

import pytest

from sio_core.engineio import Config
from sio_core.engineio.config import SHORTEST_TICK
from sio_core.protocol_errors import LocalProtocolError


def test_defaults_are_those_of_the_protocol() -> None:
    config = Config()
    assert (config.ping_interval, config.ping_timeout, config.ping_grace) == (25, 20, 0)
    assert config.max_payload == 1_000_000
    assert config.max_fragments == 16_384
    assert config.transports == ("polling", "websocket")
    assert (config.upgrade_timeout, config.noop_interval, config.close_timeout) == (10, 0.1, 30)
    assert (config.compression, config.compression_threshold) == (True, 1024)
    assert (config.cookie, config.jsonp, config.authorize) == (None, False, False)


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().ping_interval = 1  # type: ignore[misc]


def test_the_grace_period_is_told_and_not_kept() -> None:
    config = Config(ping_interval=0.2, ping_grace=0.1)
    assert config.advertised_interval == pytest.approx(0.3)
    assert config.ping_interval == 0.2


@pytest.mark.parametrize(
    ("interval", "timeout", "tick"),
    [
        (25.0, 20.0, 0.25),
        (3600, 3600, 0.25),
        (10.0, 20.0, 0.125),
        (25.0, 1, 2.0**-6),
        (0.3, 0.2, 2.0**-8),
        (1e-9, 20.0, 2.0**-20),
    ],
)
def test_heartbeats_are_gathered_in_a_fiftieth_of_the_shorter_time_at_most(
    interval: float, timeout: float, tick: float
) -> None:
    config = Config(ping_interval=interval, ping_timeout=timeout)
    assert config.tick == tick
    assert tick <= min(interval, timeout) / 50 or tick == SHORTEST_TICK
    assert dataclasses.replace(config, ping_interval=25.0, ping_timeout=20.0).tick == 0.25


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        *(
            (name, value, f"{name} must be a number of seconds above 0")
            for name in (
                "ping_interval",
                "ping_timeout",
                "upgrade_timeout",
                "noop_interval",
                "close_timeout",
                "slow_client_timeout",
                "body_timeout",
            )
            for value in (0, -1, math.inf, math.nan, "25", None)
        ),
        *(
            (name, 0, f"{name} must be at least 1")
            for name in (
                "max_payload",
                "max_payload_packets",
                "max_fragments",
                "max_queue_messages",
                "max_queue_bytes",
                "max_body_chunks",
                "max_sessions",
                "max_header_bytes",
            )
        ),
        ("max_sessions_per_address", 0, "max_sessions_per_address must be at least 1, or None"),
        ("ping_grace", -0.1, "grace period"),
        ("ping_grace", math.nan, "grace period"),
        ("ping_grace", math.inf, "grace period"),
        ("transports", (), "transports must name some of polling, websocket"),
        ("transports", ("polling", "webtransport"), "transports must name some of"),
    ],
)
def test_what_cannot_work_is_refused(name: str, value: Any, text: str) -> None:
    with pytest.raises(LocalProtocolError, match=text):
        Config(**{name: value})


@pytest.mark.parametrize("transports", [("polling",), ("websocket",), ("websocket", "polling")])
def test_transports(transports: tuple[str, ...]) -> None:
    assert Config(transports=transports).transports == transports
