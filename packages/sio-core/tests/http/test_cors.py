"""`http/cors.py`: who may talk to the server, and what the browser is told."""

import re
from typing import Any

import pytest

from sio_core.http.cors import CALLBACK, Allowed, Decision, Policy, normalise
from sio_core.protocol_errors import LocalProtocolError
from sio_core.values import Request

REQUEST = Request("GET", scheme="http", host="example.com")
ALLOW, REFUSE, ASK = Decision.ALLOW, Decision.REFUSE, Decision.ASK


@pytest.mark.parametrize(
    ("scheme", "host", "origin", "decision"),
    [
        ("http", "example.com", "", ALLOW),
        ("http", "example.com", "http://example.com", ALLOW),
        ("http", "Example.COM", "HTTP://EXAMPLE.com", ALLOW),
        ("http", "example.com:80", "http://example.com", ALLOW),
        ("http", "example.com", "http://example.com:80", ALLOW),
        ("https", "example.com:443", "https://example.com", ALLOW),
        ("http", "example.com:443", "http://example.com", REFUSE),
        ("https", "example.com", "http://example.com", REFUSE),
        ("http", "example.com:8080", "http://example.com:8080", ALLOW),
        ("http", "example.com", "http://example.com:8080", REFUSE),
        ("http", "example.com", "http://evil.example", REFUSE),
        ("http", "example.com", "http://example.com.evil.example", REFUSE),
        ("http", "example.com", "null", REFUSE),
        ("http", "", "http://", REFUSE),
    ],
)
def test_by_default_only_the_same_origin(
    scheme: str, host: str, origin: str, decision: Decision
) -> None:
    request = Request("GET", scheme=scheme, host=host)
    assert Policy().decide(origin, request) is decision


@pytest.mark.parametrize(
    ("allowed", "origin", "decision"),
    [
        ("*", "https://any.example", ALLOW),
        (["*"], "https://any.example", ALLOW),
        (["https://a.example", "*"], "https://any.example", ALLOW),
        ("https://a.example", "https://a.example", ALLOW),
        ("https://a.example/", "https://A.example:443", ALLOW),
        (("https://a.example", "http://b.example"), "http://b.example", ALLOW),
        (("https://a.example",), "http://example.com", REFUSE),
        (("null",), "null", ALLOW),
        ([], "https://any.example", ALLOW),
        ([], "https://any.example\n", ALLOW),
        (CALLBACK, "https://any.example", ASK),
        (CALLBACK, "", ALLOW),
    ],
)
def test_settings(allowed: Allowed, origin: str, decision: Decision) -> None:
    assert Policy(allowed).decide(origin, REQUEST) is decision


@pytest.mark.parametrize(
    ("allowed", "text"),
    [
        ("example.com", "write 'https://example.com'"),
        ("localhost:5000", "write 'https://localhost:5000'"),
        ("", "write 'https://example.com'"),
        (["https://a.example/chat/"], "has no path, write 'https://a.example'"),
        (["https://a.example?x"], "has no path, write 'https://a.example'"),
        ("https://a.example,https://b.example", "several origins are a list"),
        ("https://a.example https://b.example", "several origins are a list"),
        ("https://*.example", "a function of the origin"),
        ("*.example", "a function of the origin"),
    ],
)
def test_an_origin_that_no_page_has_is_refused_with_the_right_form(
    allowed: Allowed, text: str
) -> None:
    with pytest.raises(LocalProtocolError, match=f"matches no page: .*{re.escape(text)}"):
        Policy(allowed)


@pytest.mark.parametrize("allowed", [True, 3, [None], [b"https://a.example"]])
def test_an_origin_of_another_type_is_refused(allowed: Any) -> None:
    with pytest.raises(TypeError, match=r"an origin is a text|must be None, an origin"):
        Policy(allowed)


@pytest.mark.parametrize(
    "origin",
    ["https://a.example/", "capacitor://localhost", "file://", "http://[::1]:8000", "NULL"],
)
def test_origins_that_are_allowed_to_be_named(origin: str) -> None:
    assert Policy(origin).decide(origin, REQUEST) is ALLOW


@pytest.mark.parametrize("origin", ["http://a b", "http://a\r\nx: y", "http://é", "\x00", "a\x7f"])
@pytest.mark.parametrize("allowed", ["*", CALLBACK, None])
def test_an_origin_with_invalid_characters_is_refused(origin: str, allowed: Allowed) -> None:
    assert Policy(allowed).decide(origin, REQUEST) is REFUSE


def test_attributes_tell_what_the_setting_means() -> None:
    assert Policy(CALLBACK).needs_callback
    assert Policy([]).disabled
    assert not Policy().disabled
    assert not Policy("*").needs_callback


def test_headers_of_a_simple_request() -> None:
    assert Policy().headers("http://a", "GET", "") == (
        ("access-control-allow-origin", "http://a"),
        ("vary", "Origin"),
        ("access-control-allow-credentials", "true"),
    )
    assert Policy(credentials=False).headers("http://a", "POST", "x") == (
        ("access-control-allow-origin", "http://a"),
        ("vary", "Origin"),
    )


@pytest.mark.parametrize(
    ("allowed", "credentials", "sent"),
    [
        (None, None, True),
        (CALLBACK, None, True),
        ("http://a", None, True),
        ("http://a", False, False),
        ("*", None, False),
        (["http://b", "*"], None, False),
        (["http://A:80/", "*"], None, True),
        ("*", True, True),
        ("*", False, False),
    ],
)
def test_cookies_are_only_for_origins_that_are_named(
    allowed: Allowed, credentials: bool | None, sent: bool
) -> None:
    names = dict(Policy(allowed, credentials=credentials).headers("http://a", "GET", ""))
    assert ("access-control-allow-credentials" in names) is sent


@pytest.mark.parametrize(
    ("allowed", "fetch_site", "answer"),
    [
        (None, "cross-site", False),
        (None, "same-site", False),
        (None, "same-origin", True),
        (None, "none", True),
        (None, "", True),
        ("https://a.example", "cross-site", False),
        (CALLBACK, "cross-site", False),
        ("*", "cross-site", True),
        ([], "cross-site", True),
    ],
)
def test_scripts_are_for_the_same_origin_unless_all_may_connect(
    allowed: Allowed, fetch_site: str, answer: bool
) -> None:
    assert Policy(allowed).allows_script(fetch_site) is answer


def test_headers_of_a_preflight_request() -> None:
    policy = Policy(credentials=False)
    methods = ("access-control-allow-methods", "OPTIONS, GET, POST")
    echo = ("access-control-allow-headers", "x-a, x-b")
    assert policy.headers("http://a", "OPTIONS", "x-a, x-b")[2:] == (methods, echo)
    assert policy.headers("http://a", "OPTIONS", "")[2:] == (methods,)
    assert policy.headers("http://a", "OPTIONS", "x\r\nset-cookie: y")[2:] == (methods,)


@pytest.mark.parametrize(
    ("policy", "origin", "allowed"),
    [(Policy([]), "http://a", True), (Policy(), "", True), (Policy(), "http://a", False)],
)
def test_no_headers(policy: Policy, origin: str, allowed: bool) -> None:
    assert policy.headers(origin, "OPTIONS", "x", allowed=allowed) == ()


def test_normalise() -> None:
    assert normalise("WSS://Host:443/") == "wss://host"
    assert normalise("app://Host:443") == "app://host:443"
    assert normalise("Null") == "null"


# For the log ----------------------------------------------------------------------

PAGE_AND_SERVER = "the page is of 'http://a.example', the server of 'http://example.com'"
BEHIND_TLS = (
    "the page is of 'https://example.com', the server of 'http://example.com': "
    "if a proxy speaks TLS, see trusted_proxies"
)


@pytest.mark.parametrize(
    ("allowed", "origin", "host", "text"),
    [
        (None, "http://a.example", "example.com", PAGE_AND_SERVER),
        (None, "https://example.com", "example.com", BEHIND_TLS),
        (
            None,
            "http://a.example",
            "",
            "the page is of 'http://a.example', and the request does not name the server's host",
        ),
        (
            "https://b.example",
            "http://a.example",
            "example.com",
            "the page is of 'http://a.example', which is not in the list",
        ),
        (
            CALLBACK,
            "http://a.example",
            "example.com",
            "the page is of 'http://a.example', and the function of cors_allowed_origins "
            "refused it",
        ),
    ],
)
def test_why_an_origin_was_refused(allowed: Allowed, origin: str, host: str, text: str) -> None:
    assert Policy(allowed).explain(origin, Request("GET", host=host)) == text


def test_what_a_log_says_is_cut_and_has_no_control_characters() -> None:
    origin = "http://\x1b[31m\r\n\x85\u2028" + "a" * 20_000
    text = Policy().explain(origin, Request("GET", host="h\n" + "b" * 20_000))
    assert text.isascii()
    assert text.isprintable()
    assert len(text) < 300
