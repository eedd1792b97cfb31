"""The opening handshake of a WebSocket."""

import pytest

from sio_core import Request
from sio_core.opening import accept_opening, refuse_opening, wants_websocket

# RFC 6455, section 1.3.
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def opening(method: str = "GET", **headers: str) -> Request:
    """A request for a WebSocket, with some headers in the place of proper ones."""
    proper = {
        "upgrade": "websocket",
        "connection": "keep-alive, Upgrade",
        "sec-websocket-version": "13",
        "sec-websocket-key": KEY,
    }
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method, headers=tuple({**proper, **given}.items()))


def test_the_example_of_the_rfc_is_accepted():
    request = opening()
    assert wants_websocket(request)
    assert refuse_opening(request) is None
    answer = accept_opening(request, (("set-cookie", "io=1"),)).decode()
    head, *lines = answer.removesuffix("\r\n\r\n").split("\r\n")
    assert head == "HTTP/1.1 101 Switching Protocols"
    assert lines == [
        "upgrade: websocket",
        "connection: Upgrade",
        f"sec-websocket-accept: {ACCEPT}",
        "set-cookie: io=1",
    ]


@pytest.mark.parametrize("headers", [{"upgrade": "h2c"}, {"connection": "keep-alive"}])
def test_other_requests_want_no_websocket(headers):
    assert not wants_websocket(opening(**headers))
    assert not wants_websocket(Request("GET"))


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (opening("POST"), 405),
        (opening(sec_websocket_version="8"), 426),
        (opening(sec_websocket_key=""), 400),
        (opening(sec_websocket_key="YWJj"), 400),
        (opening(sec_websocket_key="not base64!"), 400),
    ],
)
def test_a_wrong_opening_is_refused(request_, status):
    response = refuse_opening(request_)
    assert response is not None
    assert response.status == status
