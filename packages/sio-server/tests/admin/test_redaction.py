"""What the page is never shown, and what it is shown a part of."""

import json
import time
from datetime import datetime

import pytest

from sio_core.testing import check_growth
from sio_server.admin.descriptions import describe, iso_time
from sio_server.admin.event_buffer import MAX_KEPT, EventBuffer
from sio_server.admin.redaction import (
    CUT,
    MAX_TEXT,
    MAX_VALUES,
    REDACTED,
    is_secret,
    shown_headers,
    shown_id,
    shown_query,
    shown_url,
    shown_values,
    without,
)

EIO_SID = "abcdefghijklmnopqrst"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "cookie",
            "Set-Cookie",
            "authorization",
            "Proxy-Authorization",
            "auth",
            "x-auth",
            "auth-key",
        ),
        *("X-Auth-Token", "x-csrf-token", "access_token", "token", "password", "passwd", "secret"),
        *("client_secret", "api-key", "apiKey", "x-api-key", "private_key", "credentials", "jwt"),
        *("x-amz-signature", "sessionid", "session", "Sec-WebSocket-Key", "passphrase"),
    ],
)
def test_names_of_secrets(name):
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "host",
        "user-agent",
        "author",
        "authors",
        "key",
        "keyboard",
        "name",
        "origin",
        "EIO",
        "transport",
    ],
)
def test_other_names(name):
    assert not is_secret(name)


def test_headers_have_the_names_of_http():
    environ = {
        "HTTP_USER_AGENT": "x/1",
        "HTTP_COOKIE": "a=b",
        "HTTP_X_LONG": "y" * 5_000,
        "CONTENT_TYPE": "text/plain",
        "wsgi.input": object(),
        "REMOTE_ADDR": "192.0.2.1",
    }
    assert shown_headers(environ) == {
        "user-agent": "x/1",
        "cookie": REDACTED,
        "x-long": "y" * 512 + CUT,
        "content-type": "text/plain",
    }
    many = {f"HTTP_H{number}": "x" for number in range(500)}
    assert len(shown_headers(many)) == 64


def test_queries_and_urls_lose_secrets():
    query = "EIO=4&token=abc&sid=abc&name=%C3%A4&empty="
    shown = {"EIO": "4", "token": REDACTED, "sid": REDACTED, "name": "ä", "empty": ""}
    assert shown_query(query) == shown
    url = shown_url(f"/socket.io/?{query}")
    assert url.startswith("/socket.io/?EIO=4&token=[redacted]")
    assert "abc" not in url
    assert shown_url("/socket.io/") == "/socket.io/"
    assert shown_query("&".join(f"a{number}=1" for number in range(100))) == {}


def test_ids_are_cut():
    assert shown_id(EIO_SID) == "abcdefghij"
    assert shown_id("abcdef") == "abc", "at most half of it"
    assert shown_id("a" * 100) == "a" * 12
    assert without(EIO_SID, f"/chat#{EIO_SID}") == "/chat#abcdefghij" + CUT
    assert without(EIO_SID, "other") == without("", "other") == "other"


class Thing:
    pass


def test_values_are_what_json_can_carry():
    values = [
        *(None, True, 5, 1.5, "text", b"bytes", bytearray(3), memoryview(b"1234")),
        *(1 << 70, float("nan"), float("-inf"), {1, 2}, (1, [2]), Thing(), datetime(2020, 1, 1)),
        {"a": {"password": "x", "b": 1}, 5: 6},
        "half \ud800",
    ]
    shown = shown_values(values)
    assert json.loads(json.dumps(shown)) == shown
    assert shown == [
        *(None, True, 5, 1.5, "text", "<5 bytes>", "<3 bytes>", "<4 bytes>"),
        *("<71 bits>", "nan", "-inf", [1, 2], [1, [2]], "<Thing>", "<datetime>"),
        {"a": {"password": REDACTED, "b": 1}, "<int>": 6},
        "half ?",
    ]


def test_values_are_bounded():
    assert shown_values(["x" * 100_000, "rest"]) == ["x" * MAX_TEXT + CUT, CUT]
    many = shown_values([list(range(10_000))])
    assert (len(many[0]), many[0][-1]) == (MAX_VALUES, CUT)
    deep = [1]
    for _ in range(150):
        deep = [deep]
    assert len(json.dumps(shown_values(deep))) < 60
    wide = shown_values([{f"key {number}": "v" * 50 for number in range(10_000)}])
    assert len(json.dumps(wide)) < 3 * MAX_TEXT
    assert wide[0][CUT] == CUT


@pytest.mark.parametrize(
    "make",
    [
        lambda size: [["x"] * size],
        lambda size: [{f"k{number}": number for number in range(size)}],
        lambda size: ["x" * size],
        lambda size: [1 << size],
    ],
)
def test_what_clients_send_takes_a_time_that_is_bounded(make):
    check_growth(shown_values, make, 200_000, clock=time.thread_time)


class Session:
    sid = EIO_SID
    transport = "polling"

    def __init__(self, **environ):
        self.driver = type("Driver", (), {"environ": environ})


class Socket:
    namespace = "/chat"

    def __init__(self, session, sid="public"):
        self.session = session
        self.sid = sid


def test_a_client_is_described():
    session = Session(
        REMOTE_ADDR="192.0.2.1",
        HTTP_ORIGIN="https://example.org",
        HTTP_X_FORWARDED_FOR="203.0.113.5, 192.0.2.7",
        HTTP_AUTHORIZATION="Bearer abc",
        QUERY_STRING="EIO=4",
        RAW_URI="/socket.io/?EIO=4",
        **{"wsgi.url_scheme": "https"},
    )
    described = describe(Socket(session), ["public", 7, ("a", 1)], 1_700_000_000.25, resolved=False)
    assert described == {
        "id": "public",
        "clientId": "abcdefghij",
        "transport": "polling",
        "nsp": "/chat",
        "data": {},
        "handshake": {
            "address": "203.0.113.5",
            "headers": {
                "origin": "https://example.org",
                "x-forwarded-for": "203.0.113.5, 192.0.2.7",
                "authorization": REDACTED,
            },
            "query": {"EIO": "4"},
            "issued": 1_700_000_000_250,
            "secure": True,
            "time": "2023-11-14T22:13:20.250Z",
            "url": "/socket.io/?EIO=4",
            "xdomain": True,
        },
        "rooms": ["public", "7", "('a', 1)"],
    }
    known = describe(Socket(session), [], 0.0, resolved=True)
    assert known["handshake"]["address"] == "192.0.2.1", "the proxies are known"
    session.driver.environ["HTTP_CF_CONNECTING_IP"] = "198.51.100.1"
    found = describe(Socket(session), [], 0.0, resolved=False)
    assert found["handshake"]["address"] == "198.51.100.1"


def test_a_client_of_an_older_protocol_keeps_its_secret():
    sid = f"/chat#{EIO_SID}"
    described = describe(Socket(Session(), sid), [sid, "blue"], 0.0, resolved=False)
    assert EIO_SID not in json.dumps(described)
    assert described["id"] == described["rooms"][0]


def test_times_are_those_of_javascript():
    assert iso_time(0) == "1970-01-01T00:00:00.000Z"


def test_an_event_buffer_counts_by_the_second(monkeypatch):
    monkeypatch.setattr("time.time", lambda: 5.75)
    buffer = EventBuffer()
    buffer.push("packetsIn")
    buffer.push("packetsIn", 2)
    buffer.push("rawDisconnection", 1, "ping timeout")
    assert buffer.get_and_clear() == [
        {"timestamp": 5_000, "type": "packetsIn", "count": 3},
        {"timestamp": 5_000, "type": "rawDisconnection", "subType": "ping timeout", "count": 1},
    ]
    assert buffer.get_and_clear() == []
    for number in range(MAX_KEPT + 5):
        buffer.push(f"type {number}")
    assert len(buffer.get_and_clear()) == MAX_KEPT
