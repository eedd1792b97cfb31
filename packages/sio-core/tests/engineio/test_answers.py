"""`exchange.py`: how the answer to a poll travels, compressed or as a script."""

import gzip
import json
import zlib
from typing import Any
from urllib.parse import quote

import pytest

from sio_core.http.cors import Policy
from sio_core.prepared import Prepared
from sio_core.values import Response

from .support import POLLING, World, header, open_data, refusal, response

# Compression ------------------------------------------------------------------------


def poll_of(world: World, size: int, accept: str, *, compress: bool = True) -> Response:
    session = world.poller()
    world.send(session, "4" + "x" * (size - 1), compress=compress)
    return response(world.get(session, headers=(("accept-encoding", accept),)))


@pytest.mark.parametrize(
    ("size", "accept", "encoding"),
    [
        (1023, "gzip", None),
        (1024, "gzip", "gzip"),
        (1024, "deflate", "deflate"),
        (1024, "gzip, deflate, br", "gzip"),
        (1024, "deflate, gzip;q=0.5", "deflate"),
        (1024, "gzip;q=0, deflate", "deflate"),
        (5000, "gzip;q=0", None),
        (5000, "gzip;q=0, deflate;q=0", None),
        (5000, "identity", None),
        (5000, "br", None),
        (5000, "", None),
    ],
)
def test_a_large_answer_is_compressed_if_the_client_likes_it(
    size: int, accept: str, encoding: str | None
) -> None:
    answer = poll_of(World(), size, accept)
    assert header(answer, "content-encoding") == encoding
    assert header(answer, "content-type") == "text/plain; charset=UTF-8"
    plain = answer.body
    if encoding == "gzip":
        plain = gzip.decompress(plain)
    elif encoding == "deflate":
        plain = zlib.decompress(plain)
    assert plain == b"4" + b"x" * (size - 1)


def test_compression_counts_bytes_and_can_be_set_or_switched_off() -> None:
    world = World()
    session = world.poller()
    world.send(session, "4" + "€" * 341)
    answer = response(world.get(session, headers=(("accept-encoding", "gzip"),)))
    assert header(answer, "content-encoding") == "gzip"
    answer = poll_of(World(compression_threshold=10), 10, "gzip")
    assert header(answer, "content-encoding") == "gzip"
    answer = poll_of(World(compression=False), 5000, "gzip")
    assert header(answer, "content-encoding") is None


def test_an_answer_stays_plain_only_if_every_message_in_it_wants_that() -> None:
    answer = poll_of(World(), 5000, "gzip", compress=False)
    assert header(answer, "content-encoding") is None
    world = World()
    session = world.poller()
    session.send(Prepared(("4" + "x" * 5000,), compress=False))
    session.send(Prepared(("4small",)))
    answer = response(world.get(session, headers=(("accept-encoding", "gzip"),)))
    assert header(answer, "content-encoding") == "gzip"


# JSONP ------------------------------------------------------------------------------


def test_jsonp_is_off_by_default() -> None:
    world = World()
    session = world.poller()
    assert refusal(world.start(POLLING + "&j=0")) == (400, 3)
    assert refusal(world.get(session, "&j=0")) == (400, 3)
    assert refusal(world.start(f"{POLLING}&sid={session.sid}&j=0", "POST")) == (400, 3)


@pytest.mark.parametrize("index", ["", "x", "1;alert(1)", "-1", "1" * 11])
def test_a_jsonp_index_is_a_number(index: str) -> None:
    assert refusal(World(jsonp=True).start(f"{POLLING}&j={index}")) == (400, 3)


def test_jsonp_from_handshake_to_message() -> None:
    world = World(jsonp=True)
    exchange = world.start(POLLING + "&j=0")
    answer = response(exchange)
    assert header(answer, "content-type") == "text/javascript; charset=UTF-8"
    assert header(answer, "x-content-type-options") == "nosniff"
    assert header(answer, "cache-control") == "no-store"
    script = answer.body.decode()
    assert script.startswith("___eio[0](")
    assert open_data(json.loads(script[len("___eio[0](") : -2]))["sid"] == "sid1"
    session = world.sessions[0]
    world.send(session, "4a\u2028b")
    poll = world.get(session, "&j=1")
    assert response(poll).body == b'___eio[1]("4a\\u2028b");'
    post = world.post(session, "d=" + quote("4hello\\nworld\x1ebAQI="), "&j=2")
    answer = response(post)
    assert (answer.body, header(answer, "content-type")) == (b"ok", "text/html")
    assert world.messages == ["hello\nworld", b"\x01\x02"]
    assert refusal(world.post(session, "4not a form", "&j=3")) == (400, 3)
    assert world.reasons == ["parse error (JSONP body has no form field d)"]


@pytest.mark.parametrize(
    ("origins", "site", "taken"),
    [
        (None, "cross-site", False),
        (None, "same-site", False),
        (None, "same-origin", True),
        (("https://a.example",), "cross-site", False),
        ("*", "cross-site", True),
    ],
)
def test_jsonp_is_for_pages_of_the_same_origin_unless_all_may_connect(
    origins: Any, site: str, taken: bool
) -> None:
    world = World(jsonp=True, cors=Policy(origins))
    headers = (("sec-fetch-site", site),)
    exchange = world.start(POLLING + "&j=0", headers=headers)
    if taken:
        assert response(exchange).status == 200
    else:
        assert refusal(exchange) == (400, 3)
    # Requests that are no scripts show their origin.
    assert response(world.start(POLLING, headers=headers)).status == 200


def test_a_jsonp_answer_is_compressed_too() -> None:
    world = World(jsonp=True)
    session = world.poller()
    world.send(session, "4" + "x" * 1020)  # the call makes it large enough
    answer = response(world.get(session, "&j=0", headers=(("accept-encoding", "gzip"),)))
    assert gzip.decompress(answer.body).startswith(b'___eio[0]("4x')


@pytest.mark.parametrize("agent", ["Mozilla/4.0 (compatible;MSIE 8.0)", "x Trident/7.0 y"])
def test_internet_explorer_is_told_not_to_take_payloads_for_scripts(agent: str) -> None:
    answer = response(World().start(POLLING, headers=(("user-agent", agent),)))
    assert header(answer, "x-xss-protection") == "0"


def test_other_browsers_are_not_told_so() -> None:
    answer = response(World().start(POLLING, headers=(("user-agent", "Firefox"),)))
    assert header(answer, "x-xss-protection") is None
