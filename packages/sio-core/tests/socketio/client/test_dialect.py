"""`dialect.py`: what older servers are told, and what they say."""

from typing import Any

import pytest

from sio_core.protocol_errors import LocalProtocolError
from sio_core.socketio.client.dialect import DIALECTS
from sio_core.socketio.parsers.packets import CONNECT, Packet

OLDER, TODAYS = DIALECTS[3], DIALECTS[4]


def test_todays_servers_are_asked_for_every_namespace() -> None:
    assert TODAYS.requests(("/", "/a"), {"x": [1]}) == [
        Packet(CONNECT, "/", {"x": [1]}),
        Packet(CONNECT, "/a", {"x": [1]}),
    ]
    assert not TODAYS.connects_root


def test_older_servers_are_not_asked_for_the_default_namespace() -> None:
    assert OLDER.connects_root
    assert OLDER.requests(("/",), None) == []
    assert OLDER.requests(("/", "/a"), None) == [Packet(CONNECT, "/a")]


@pytest.mark.parametrize(
    ("auth", "name"),
    [
        ({}, "/a"),
        ({"token": "x"}, "/a?token=x"),
        ({"a": True, "b": False, "c": 1, "d": 2.5}, "/a?a=true&b=false&c=1&d=2.5"),
        ({"ä b": "/,?&=#%+é"}, "/a?%C3%A4%20b=%2F%2C%3F%26%3D%23%25%2B%C3%A9"),
        ({1: ""}, "/a?1="),
    ],
)
def test_auth_is_the_query_of_the_namespace(auth: Any, name: str) -> None:
    assert OLDER.requests(("/a",), auth) == [Packet(CONNECT, name)]


@pytest.mark.parametrize(
    "auth", ["token", ["x"], 1, {"a": None}, {"a": [1]}, {"a": {}}, {"a": b"x"}, {None: "x"}]
)
def test_auth_that_is_no_query_is_an_error(auth: Any) -> None:
    with pytest.raises(LocalProtocolError, match="dictionary of text, numbers and booleans"):
        OLDER.requests(("/a",), auth)


def test_half_of_a_character_is_an_error() -> None:
    with pytest.raises(LocalProtocolError, match="half of a character"):
        OLDER.requests(("/a",), {"a": "\ud800"})


def test_the_id_in_a_namespace() -> None:
    assert TODAYS.sid(Packet(CONNECT, "/", {"sid": "x"}), "abc") == "x"
    assert TODAYS.sid(Packet(CONNECT, "/", {"sid": 1}), "abc") is None
    assert TODAYS.sid(Packet(CONNECT, "/"), "abc") is None
    assert OLDER.sid(Packet(CONNECT, "/"), "abc") == "abc"
    assert OLDER.sid(Packet(CONNECT, "/a"), "abc") == "/a#abc"


def test_a_refusal_has_one_form() -> None:
    for data in (None, "no", {"message": "no", "data": 1}, {"code": 5}):
        assert TODAYS.said(data) is data
    whole = {"message": "no", "data": 1}
    assert OLDER.said("no") == {"message": "no"}
    assert OLDER.said(whole) is whole
    refused = "the server refused the namespace"
    assert OLDER.said({"code": 5}) == {"message": refused, "data": {"code": 5}}
    assert OLDER.said(None) == {"message": refused, "data": None}
