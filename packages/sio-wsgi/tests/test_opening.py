"""The opening handshake of a WebSocket."""

import pytest

from sio_core import Request
from sio_core.websocket import wants_websocket
from sio_wsgi.opening import Opening

# RFC 6455, section 1.3.
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def asking(method: str = "GET", **headers: str | None) -> Request:
    """A request for a WebSocket, with some headers in the place of proper ones."""
    proper = {
        "host": "localhost",
        "upgrade": "websocket",
        "connection": "keep-alive, Upgrade",
        "sec-websocket-version": "13",
        "sec-websocket-key": KEY,
    }
    given = {**proper, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Request(method, headers=tuple((n, v) for n, v in given.items() if v is not None))


def test_the_example_of_the_rfc_is_accepted():
    request = asking()
    assert wants_websocket(request)
    opening = Opening(request)
    assert opening.refusal is None
    answer = opening.accept((("set-cookie", "io=1"),)).decode()
    head, *lines = answer.removesuffix("\r\n\r\n").split("\r\n")
    assert head.startswith("HTTP/1.1 101 ")
    assert [line.partition(":")[0].lower() for line in lines] == [
        "upgrade",
        "connection",
        "sec-websocket-accept",
        "set-cookie",
    ]
    assert lines[2].endswith(f": {ACCEPT}")
    assert lines[3].endswith(": io=1")


@pytest.mark.parametrize("headers", [{"upgrade": "h2c"}, {"connection": "keep-alive"}])
def test_other_requests_want_no_websocket(headers):
    assert not wants_websocket(asking(**headers))
    assert not wants_websocket(Request("GET"))


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (asking("POST"), 405),
        (asking(sec_websocket_version="8"), 426),
        (asking(sec_websocket_version=None), 400),
        (asking(sec_websocket_key=None), 400),
        (asking(sec_websocket_key=""), 400),
        (asking(sec_websocket_key="YWJj"), 400),
        (asking(sec_websocket_key="not base64!"), 400),
        (asking(host=None), 400),
        (asking(host="\xff"), 400),
        (asking(x_odd="a\x00b"), 400),
    ],
)
def test_a_wrong_opening_is_refused(request_, status):
    refusal = Opening(request_).refusal
    assert refusal is not None
    assert refusal.status == status
    assert refusal.body


def test_the_version_that_is_understood_is_named():
    refusal = Opening(asking(sec_websocket_version="8")).refusal
    assert refusal is not None
    names = {name.lower(): value for name, value in refusal.headers}
    assert names["sec-websocket-version"] == "13"
