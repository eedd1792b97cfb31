"""`values.py`: requests and responses as plain values."""

import pytest

from sio_core.values import MAX_PARAMETERS, Request, Response, parse_query


def test_a_header_is_looked_up_by_its_lower_case_name() -> None:
    request = Request("GET", headers=(("a", "1"), ("b", "2"), ("a", "3")))
    assert request.header("a") == "1"
    assert request.header("b") == "2"
    assert request.header("c") == ""
    assert Request("GET").header("a") == ""


def test_a_request_is_made_of_the_bytes_of_its_head() -> None:
    headers = [(b"Host", b"a"), (b"Cookie", "ä".encode())]
    request = Request.from_bytes(b"POST", b"/socket.io/?EIO=4&b=?", headers, "1.2.3.4")
    assert request == Request(
        "POST", "EIO=4&b=?", (("host", "a"), ("cookie", "Ã¤")), address="1.2.3.4"
    )
    assert Request.from_bytes(b"\xff", b"/", []) == Request("ÿ")


def test_values_are_equal_by_what_they_hold_and_may_be_keys() -> None:
    assert {Request("GET"): 1, Response(200): 2}[Request("GET")] == 1
    assert Request("GET") != Request("POST")
    assert hash(Response(200)) == hash(Response(200))


def test_a_response_does_not_show_its_body_nor_its_cookies() -> None:
    response = Response(200, (("set-cookie", "io=secret"),), b"secret")
    assert repr(response) == "Response(status=200)"


def test_a_request_does_not_show_its_query_nor_its_headers() -> None:
    shown = repr(Request("GET", "sid=secret", (("cookie", "io=secret"),)))
    assert shown.startswith("Request(method='GET', scheme='http'")
    assert "secret" not in shown
    assert Response(204).body == b""


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", {}),
        ("EIO=4&transport=polling&t=abc", {"EIO": "4", "transport": "polling", "t": "abc"}),
        ("sid=", {"sid": ""}),
        ("b64", {"b64": ""}),
        ("a=1&a=2", {"a": "1"}),
        ("a=x%20y+z", {"a": "x y z"}),
        ("a=%ff", {"a": "\ufffd"}),
        ("&".join(["a=1"] * MAX_PARAMETERS), {"a": "1"}),
        ("&".join(["a=1"] * (MAX_PARAMETERS + 1)), {}),
    ],
)
def test_the_parameters_of_a_query(text: str, query: dict[str, str]) -> None:
    assert parse_query(text) == query
