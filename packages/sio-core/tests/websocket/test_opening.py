"""`websocket/opening.py`: the keys, and what an answer must not say."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request

from sio_core import Request as CoreRequest
from sio_core.websocket import (
    INVALID_KEY,
    accept_key,
    check_answer,
    check_keys,
    check_request,
    make_key,
    request_headers,
    wants_websocket,
)

# RFC 6455, section 1.3.
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_the_example_of_the_rfc() -> None:
    assert make_key(b"the sample nonce") == KEY
    assert accept_key(KEY) == ACCEPT


@given(st.binary(min_size=16, max_size=16))
def test_wsproto_answers_what_we_ask(nonce: bytes) -> None:
    key = make_key(nonce)
    server = WSConnection(ConnectionType.SERVER)
    lines = [f"{name}: {value}" for name, value in [("Host", "a"), *request_headers(key)]]
    server.receive_data("\r\n".join(["GET / HTTP/1.1", *lines, "", ""]).encode())
    [event] = list(server.events())
    assert isinstance(event, Request)
    head = server.send(AcceptConnection()).decode().split("\r\n")[1:-2]
    answer = [tuple(line.split(": ", 1)) for line in head]
    assert check_answer(values_of(answer), key) == ""


def values_of(headers: list[Any]) -> Any:
    return lambda name: [value for other, value in headers if other.lower() == name]


PROPER = {
    "upgrade": "WebSocket",
    "connection": "keep-alive, Upgrade",
    "sec-websocket-accept": ACCEPT,
}


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ({}, ""),
        ({"upgrade": ""}, "not a WebSocket"),
        ({"upgrade": "h2c"}, "not a WebSocket"),
        ({"connection": "keep-alive"}, "no 'Connection: Upgrade'"),
        ({"sec-websocket-accept": ""}, "not an answer to ours"),
        ({"sec-websocket-accept": KEY}, "not an answer to ours"),
        ({"sec-websocket-extensions": "permessage-deflate"}, "extension"),
        ({"sec-websocket-protocol": "a"}, ""),
        ({"sec-websocket-protocol": "c"}, "subprotocol"),
        ({"sec-websocket-protocol": "a, b"}, "subprotocol"),
    ],
)
def test_what_an_answer_must_not_say(headers: dict[str, str], problem: str) -> None:
    found = check_answer(values_of(list({**PROPER, **headers}.items())), KEY, ("a", "b"))
    assert problem in found
    assert bool(found) is bool(problem)


def test_an_answer_without_headers() -> None:
    assert check_answer(values_of([]), KEY)


def test_two_answers_are_none() -> None:
    twice = [*PROPER.items(), ("sec-websocket-accept", ACCEPT)]
    assert "not an answer" in check_answer(values_of(twice), KEY)


@pytest.mark.parametrize(
    ("upgrade", "connection", "wanted"),
    [
        ("websocket", "Upgrade", True),
        ("h2c, WebSocket", "keep-alive,upgrade", True),
        ("h2c", "Upgrade", False),
        ("websocket", "keep-alive", False),
    ],
)
def test_which_requests_want_a_websocket(upgrade: str, connection: str, wanted: bool) -> None:
    request = CoreRequest("GET", headers=(("upgrade", upgrade), ("connection", connection)))
    assert wants_websocket(request) is wanted


@pytest.mark.parametrize(
    ("keys", "valid"),
    [
        ([KEY], True),
        ([f" {KEY} "], True),
        ([], False),
        ([KEY, KEY], False),
        ([base64.b64encode(b"short").decode()], False),
        (["not base64!"], False),
        (["é"], False),
    ],
)
def test_keys(keys: list[str], valid: bool) -> None:
    assert check_keys(keys) == ("" if valid else INVALID_KEY)


def test_what_web_servers_let_pass() -> None:
    assert check_request("1.1", []) == check_request("2", [KEY]) == ""
    assert "HTTP/1.1" in check_request("1.0", [KEY])
    assert check_request("1.1", [KEY, KEY]) == INVALID_KEY
