"""`engineio/client/open_packet.py`: a server that lies about its settings is not believed."""

import json
from typing import Any

import pytest

from sio_core.engineio.client.open_packet import MAX_LENGTH, MAX_NUMBER, read_open_packet
from sio_core.protocol_errors import DecodeError

GOOD = {
    "sid": "abc",
    "upgrades": ["websocket"],
    "pingInterval": 25000,
    "pingTimeout": 20000,
    "maxPayload": 1000000,
}


def packet(**changes: Any) -> str:
    return json.dumps({**GOOD, **changes})


def test_what_a_server_announces() -> None:
    handshake = read_open_packet(packet())
    assert (handshake.sid, handshake.upgrades) == ("abc", ("websocket",))
    assert (handshake.ping_interval, handshake.ping_timeout) == (25.0, 20.0)
    assert (handshake.longest_silence, handshake.max_payload) == (45.0, 1_000_000)


def test_old_servers_name_no_limit() -> None:
    assert read_open_packet(packet(maxPayload=None)).max_payload is None
    text = json.dumps({key: value for key, value in GOOD.items() if key != "maxPayload"})
    assert read_open_packet(text).max_payload is None


def test_unknown_keys_and_upgrades_are_no_trouble() -> None:
    handshake = read_open_packet(packet(more=[{}], upgrades=["webtransport", 1, None]))
    assert handshake.upgrades == ("webtransport",)


def test_upgrades_may_be_missing() -> None:
    text = json.dumps({key: value for key, value in GOOD.items() if key != "upgrades"})
    assert read_open_packet(text).upgrades == ()


def test_fractions_are_numbers() -> None:
    handshake = read_open_packet(packet(pingInterval=0.5, maxPayload=1.5))
    assert (handshake.ping_interval, handshake.max_payload) == (0.0005, 1)


def test_the_largest_number() -> None:
    handshake = read_open_packet(packet(pingInterval=MAX_NUMBER, maxPayload=MAX_NUMBER))
    assert handshake.max_payload == MAX_NUMBER


@pytest.mark.parametrize("key", ["pingInterval", "pingTimeout", "maxPayload"])
@pytest.mark.parametrize(
    "value",
    [
        *("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" + "0" * 400, "9" * 5000),
        *(str(MAX_NUMBER + 1), "0", "-1", "0.0", "-0.5", "true", "false", '"25"', "[1]", "{}"),
    ],
)
def test_numbers_that_are_none_or_make_no_sense(key: str, value: str) -> None:
    text = json.dumps({**GOOD, key: "@"}).replace('"@"', value)
    with pytest.raises(DecodeError, match="invalid open packet"):
        read_open_packet(text)


@pytest.mark.parametrize("key", ["sid", "pingInterval", "pingTimeout"])
def test_what_must_not_be_missing(key: str) -> None:
    for changed in ({**GOOD, key: None}, {k: v for k, v in GOOD.items() if k != key}):
        with pytest.raises(DecodeError):
            read_open_packet(json.dumps(changed))


@pytest.mark.parametrize("sid", ["", 1, True, ["abc"], {}, None, "\ud800", "a\udfffb"])
def test_session_ids_that_are_none(sid: Any) -> None:
    with pytest.raises(DecodeError):
        read_open_packet(packet(sid=sid))


@pytest.mark.parametrize("upgrades", ["websocket", {"websocket": 1}, 1, None, True])
def test_upgrades_that_are_no_list(upgrades: Any) -> None:
    with pytest.raises(DecodeError):
        read_open_packet(packet(upgrades=upgrades))


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", '"x"', "1", "\x00", "[" * 9999, '{"a":' * 1999, "{}" * 9]
)
def test_what_is_no_object(text: str) -> None:
    with pytest.raises(DecodeError):
        read_open_packet(text)


def test_a_packet_of_any_size_is_refused_before_it_is_read() -> None:
    with pytest.raises(DecodeError):
        read_open_packet(packet() + " " * MAX_LENGTH)
    with pytest.raises(DecodeError):
        read_open_packet("[" * 100_000_000)
