"""`http/cookies.py`: the two forms of the cookie option."""

from typing import Any

import pytest

from sio_core.http.cookies import Attribute, Cookie
from sio_core.protocol_errors import LocalProtocolError


def test_a_name_gives_a_safe_cookie() -> None:
    assert Cookie("io").header("abc") == "io=abc; Path=/; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize(
    ("setting", "header"),
    [
        ({"name": "io"}, "io=s; path=/; SameSite=Lax"),
        ({}, "io=s; path=/; SameSite=Lax"),
        ({"Secure": True}, "io=s; path=/; SameSite=Lax; Secure"),
        ({"name": "io", "Path": "/x"}, "io=s; SameSite=Lax; Path=/x"),
        ({"name": "io", "path": "/x"}, "io=s; SameSite=Lax; path=/x"),
        ({"name": "io", "samesite": "Strict"}, "io=s; path=/; samesite=Strict"),
        ({"name": "io", "SameSite": False, "path": False}, "io=s"),
        ({"name": "io", "HttpOnly": True, "Secure": False}, "io=s; path=/; SameSite=Lax; HttpOnly"),
        ({"name": "io", "Max-Age": 60}, "io=s; path=/; SameSite=Lax; Max-Age=60"),
        ({"name": "io", "Secure": lambda: True}, "io=s; path=/; SameSite=Lax; Secure"),
        ({"name": "io", "Secure": lambda: None}, "io=s; path=/; SameSite=Lax"),
        (
            {"name": "io", "Domain": lambda: "a.example"},
            "io=s; path=/; SameSite=Lax; Domain=a.example",
        ),
    ],
)
def test_a_mapping_names_the_attributes(setting: dict[str, Attribute], header: str) -> None:
    assert Cookie(setting).header("s") == header


def test_functions_are_called_for_every_cookie() -> None:
    values = iter(["1", "2"])
    cookie = Cookie({"name": "io", "path": False, "samesite": False, "n": lambda: next(values)})
    assert [cookie.header("s"), cookie.header("s")] == ["io=s; n=1", "io=s; n=2"]


def test_attributes_can_be_had_beforehand() -> None:
    values = iter(["1"])
    cookie = Cookie({"path": False, "samesite": False, "n": lambda: next(values)})
    attributes = cookie.attributes()
    assert cookie.header("s", attributes) == cookie.header("s", attributes) == "io=s; n=1"


def test_the_setting_is_not_changed() -> None:
    setting = {"name": "io", "path": "/"}
    Cookie(setting)
    assert setting == {"name": "io", "path": "/"}


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "a b",
        "a;b",
        "a=b",
        "a\r\nSet-Cookie: x",
        {"name": None},
        {"name": "io", "path": "/;x"},
        {"name": "io", "path": "/\n"},
        {"name": "io", "path": "/\x7f"},
        {"name": "io", "path": "/é"},
        {"name": "io", "pa;th": "/"},
        {"name": "io", "expires": 1.5},
    ],
)
def test_what_no_cookie_can_hold_is_refused_at_once(setting: Any) -> None:
    with pytest.raises(LocalProtocolError):
        Cookie(setting)


def test_what_a_function_returns_is_checked_too() -> None:
    cookie = Cookie({"name": "io", "path": lambda: "/; HttpOnly"})
    with pytest.raises(LocalProtocolError, match="path must be text"):
        cookie.header("s")
