"""`base_client.py`: what a connection is made with."""

import asyncio

import pytest

from sio_client import AsyncClient
from sio_client.options import TRANSPORTS


def begin(client, url="http://chat.example", transports=None):
    """Begin to connect, and stop at once. Returns what would have been connected to."""
    asked = url, {}, None, transports, None, "socket.io", 1
    run = client._begin_run(asyncio.Event, False, True, *asked)
    client._core.disconnect(0.0)
    return run.target


def test_the_first_core_is_used_for_the_first_connection_alone():
    client = AsyncClient()
    first = client._core
    begin(client)
    assert client._core is first
    begin(client)
    assert client._core is not first


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reconnection", False),
        ("reconnection_attempts", 3),
        ("reconnection_delay", 2),
        ("reconnection_delay_max", 7),
        ("randomization_factor", 0.1),
    ],
)
def test_what_an_application_has_changed_counts(name, value):
    client = AsyncClient()
    setattr(client, name, value)
    begin(client)
    assert getattr(client._core.config, name) == value


def test_wrong_values_are_refused_whenever_they_are_set():
    client = AsyncClient()
    client.reconnection_delay = -1
    for _ in range(2):
        with pytest.raises(ValueError, match="reconnection_delay"):
            begin(client)
    client.reconnection_delay = 1
    begin(client)
    assert client._core.config.reconnection_delay == 1


def test_the_transports_are_those_of_the_connection():
    client = AsyncClient()
    for transports in ("websocket", None, "polling"):
        begin(client, transports=transports)
        expected = (transports,) if transports else TRANSPORTS
        assert client._core.config.engine.transports == expected


def test_a_url_is_taken_apart_once():
    client = AsyncClient()
    target = begin(client, "http://chat.example:99")
    assert target.endpoint.port == 99
    assert begin(client, lambda: "http://chat.example").endpoint is None


def test_arguments_without_effect_are_named_for_debugging(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "socketio.client")
    AsyncClient(websocket_extra_options={"heartbeat": 5, "origin": "https://example.com"})
    told = [record.getMessage() for record in caplog.records]
    assert told == ["ignored websocket_extra_options: heartbeat"]
