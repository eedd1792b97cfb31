"""`websocket/opening.py`: the keys, and what an answer must not say."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, RejectConnection, Request
from wsproto.utilities import RemoteProtocolError

from sio_core import Request as CoreRequest
from sio_core.websocket import (
    INVALID_KEY,
    accept_key,
    check_answer,
    check_keys,
    check_opening,
    check_request,
    make_key,
    request_headers,
    switching_protocols,
    wants_websocket,
)

# RFC 6455, section 1.3.
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_the_example_of_the_rfc() -> None:
    assert make_key(b"the sample nonce") == KEY
    assert ("Sec-WebSocket-Key", KEY) in request_headers(KEY)
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


# The server's whole answer ---------------------------------------------------------------------

ASKING = {
    "host": "localhost",
    "upgrade": "websocket",
    "connection": "keep-alive, Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": KEY,
}


def asking(method: str = "GET", **headers: str | None) -> CoreRequest:
    """A request for a WebSocket, with some headers in the place of proper ones."""
    given_ = {**ASKING, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return CoreRequest(method, headers=tuple((n, v) for n, v in given_.items() if v is not None))


def test_a_proper_request_is_opened() -> None:
    request = asking()
    assert check_opening(request) is None
    head = switching_protocols(request, (("set-cookie", "io=1"),)).decode()
    first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    assert first == "HTTP/1.1 101 Switching Protocols"
    assert lines[2:] == [f"Sec-WebSocket-Accept: {ACCEPT}", "set-cookie: io=1"]
    assert check_answer(values_of([tuple(line.split(": ")) for line in lines]), KEY) == ""


@pytest.mark.parametrize(
    ("request_", "version", "status"),
    [
        (asking("POST"), "1.1", 405),
        (asking(), "1.0", 400),
        (asking(upgrade="h2c"), "1.1", 400),
        (asking(upgrade=None), "1.1", 400),
        (asking(connection="keep-alive"), "1.1", 400),
        (asking(sec_websocket_version="8"), "1.1", 426),
        (asking(sec_websocket_version=None), "1.1", 400),
        (asking(sec_websocket_key=None), "1.1", 400),
        (asking(sec_websocket_key=""), "1.1", 400),
        (asking(sec_websocket_key="YWJj"), "1.1", 400),
        (asking(sec_websocket_key="not base64!"), "1.1", 400),
        (asking(host=None), "1.1", 400),
        (asking(host="\xff"), "1.1", 400),
    ],
)
def test_any_other_is_refused(request_: CoreRequest, version: str, status: int) -> None:
    refusal = check_opening(request_, version)
    assert refusal is not None
    assert refusal.status == status
    assert refusal.body


@pytest.mark.parametrize(
    ("name", "value", "refused"),
    [
        ("host", "localhost", True),
        ("sec-websocket-key", KEY, True),
        ("accept", "*/*", False),
        ("cookie", "a=1", False),
    ],
)
def test_what_there_may_be_once(name: str, value: str, refused: bool) -> None:
    headers = (*asking().headers, ("cookie", "b=2"), ("accept", "text/html"), (name, value))
    assert (check_opening(CoreRequest("GET", headers=headers)) is not None) == refused


def test_the_version_that_is_understood_is_named() -> None:
    refusal = check_opening(asking(sec_websocket_version="8"))
    assert refusal is not None
    assert ("sec-websocket-version", "13") in refusal.headers


tokens = st.sampled_from(["upgrade", "Upgrade", "keep-alive, Upgrade", "keep-alive", "close", ""])
keys = st.sampled_from([KEY, f" {KEY} ", "short", ""]) | st.binary(min_size=16, max_size=16).map(
    make_key
)


@given(
    st.sampled_from(["GET", "GET", "GET", "POST", "HEAD"]),
    st.fixed_dictionaries(
        {},
        optional={
            "host": st.sampled_from(["localhost", "a.example:80"]),
            "upgrade": st.sampled_from(["websocket", "WebSocket", "h2c", ""]),
            "connection": tokens,
            "sec-websocket-version": st.sampled_from(["13", "13", "8", "", "013"]),
            "sec-websocket-key": keys,
        },
    ),
)
def test_what_wsproto_refuses_is_refused(method: str, changed: dict[str, str]) -> None:
    request = asking(method, **changed)
    refusal = check_opening(request)
    status = 0 if refusal is None else refusal.status
    wanted = status_of_wsproto(request)
    if wanted == 0:
        # wsproto does not look into the key.
        assert status == (400 if check_keys([request.header("sec-websocket-key")]) else 0)
    else:
        assert status >= 400
        assert status != 426 or wanted == 426


def status_of_wsproto(request: CoreRequest) -> int:
    """The status by which wsproto refuses `request`, or 0."""
    connection = WSConnection(ConnectionType.SERVER)
    lines = [f"{name}: {value}" for name, value in request.headers]
    try:
        connection.receive_data(
            "\r\n".join([f"{request.method} / HTTP/1.1", *lines, "", ""]).encode()
        )
    except RemoteProtocolError as error:
        hint = error.event_hint
        return hint.status_code if isinstance(hint, RejectConnection) else 400
    return 0


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b", "a\nb", "a\rb", "a\0b"])
def test_a_header_cannot_end_its_line(value: str) -> None:
    with pytest.raises(ValueError, match="end of a line"):
        switching_protocols(asking(), (("x-origin", value),))
