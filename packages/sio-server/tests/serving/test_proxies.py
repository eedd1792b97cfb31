"""What a trusted proxy says of the client, and what is only said."""

import pytest

from sio_server.serving.proxies import SeenRequest, TrustedProxies

DIRECT = SeenRequest("http", "inside", "10.0.0.1")


def address(forwarded, *trusted, direct=DIRECT):
    return TrustedProxies(trusted).resolve(direct, (("x-forwarded-for", forwarded),)).address


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.3,10.0.0.2", "10.0.0.3"),
        (" 203.0.113.9 , ", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("", "10.0.0.1"),
        ("unknown", "10.0.0.1"),
        ("_hidden", "10.0.0.1"),
        ("<script>", "10.0.0.1"),
        ("203.0.113.9, unknown", "10.0.0.1"),
        ("203.0.113.9, unknown, 10.0.0.2", "10.0.0.2"),
        ("999.1.1.1", "10.0.0.1"),
    ],
)
def test_the_last_address_that_is_no_proxy(forwarded, found):
    assert address(forwarded, "10.0.0.0/8") == found


def test_where_all_are_trusted_the_last_one_counts():
    assert address("1.1.1.1, 203.0.113.9", "*") == "203.0.113.9"
    assert address("1.1.1.1, unknown", "*") == "10.0.0.1"


def test_strangers_say_nothing():
    assert address("1.1.1.1", "10.9.0.0/16") == "10.0.0.1"
    assert address("1.1.1.1") == "10.0.0.1"


def test_several_lines_are_one_list():
    lines = (("x-forwarded-for", "1.1.1.1"), ("host", "x"), ("x-forwarded-for", "203.0.113.9"))
    assert TrustedProxies(["10.0.0.0/8"]).resolve(DIRECT, lines).address == "203.0.113.9"
