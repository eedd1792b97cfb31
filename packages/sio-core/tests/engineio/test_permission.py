"""`exchange.py`: which pages may ask, and which handshakes the application allows."""

import json

import pytest

from sio_core.engineio import (
    Authorize,
    Opened,
    ReadBody,
    Suspend,
    UpgradeToWebSocket,
)
from sio_core.http.cors import CALLBACK, Policy
from sio_core.values import Response

from .support import POLLING, WEBSOCKET, World, body, header, open_data, refusal, response

# CORS -------------------------------------------------------------------------------

PAGE = (("origin", "http://page.example"),)


def test_without_an_origin_there_are_no_cors_headers() -> None:
    world = World(cors=Policy("*"))
    for query in (POLLING, "x"):
        names = {name for name, _ in response(world.start(query)).headers}
        assert not {name for name in names if name.startswith("access-control") or name == "vary"}


def test_every_answer_to_an_allowed_page_has_the_cors_headers() -> None:
    world = World(cors=Policy("http://page.example"))
    first = world.start(headers=PAGE)
    session = world.sessions[0]
    query = f"{POLLING}&sid={session.sid}"
    world.send(session, "4a")
    poll = world.get(session, headers=PAGE)
    post = world.start(query, "POST", headers=PAGE)
    post.receive_body(b"4a", 0.0)
    large = world.start(query, "POST", headers=PAGE)
    large.body_too_large(0.0)
    refused = world.start("", headers=PAGE)
    preflight = world.start("", "OPTIONS", headers=PAGE)
    other = world.start(query, "PUT", headers=PAGE)
    for exchange in (first, poll, post, large, refused, preflight, other):
        answer = response(exchange)
        assert header(answer, "access-control-allow-origin") == "http://page.example"
        assert header(answer, "access-control-allow-credentials") == "true"
        assert header(answer, "vary") == "Origin"
    websocket = world.start(WEBSOCKET, websocket=True, headers=PAGE).step
    assert isinstance(websocket, UpgradeToWebSocket)
    assert ("access-control-allow-origin", "http://page.example") in websocket.headers


def test_a_preflight_request_is_told_methods_and_headers() -> None:
    asked = ("access-control-request-headers", "x-token")
    answer = response(World(cors=Policy("*")).start("", "OPTIONS", headers=(*PAGE, asked)))
    assert header(answer, "access-control-allow-methods") == "OPTIONS, GET, POST"
    assert header(answer, "access-control-allow-headers") == "x-token"


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("origin", ["http://page.example", "null", "http://a b", "\x00"])
def test_another_origin_is_refused_before_anything_else(method: str, origin: str) -> None:
    world = World()
    exchange = world.start("", method, headers=(("origin", origin),))
    assert refusal(exchange) == (400, 3)
    assert exchange.refusal is not None
    assert exchange.refusal.context == "origin is not allowed: see cors_allowed_origins"
    assert exchange.refusal.detail.startswith("the page is of ")
    assert header(response(exchange), "access-control-allow-origin") is None
    session = world.poller()
    query = f"{WEBSOCKET}&sid={session.sid}"
    exchange = world.start(query, websocket=True, headers=(("origin", origin),))
    assert refusal(exchange) == (400, 3)
    assert session.probe is None


def test_the_same_origin_is_allowed_and_told_so() -> None:
    answer = response(World().start(headers=(("origin", "http://example.com"),)))
    assert header(answer, "access-control-allow-origin") == "http://example.com"


def test_a_disabled_policy_neither_checks_nor_tells() -> None:
    answer = response(World(cors=Policy([])).start(headers=PAGE))
    assert (answer.status, header(answer, "vary")) == (200, None)


def test_the_application_decides_about_an_origin() -> None:
    world = World(cors=Policy(CALLBACK))
    exchange = world.start(headers=PAGE)
    assert exchange.step == Authorize("http://page.example", handshake=False)
    world.note(exchange.allow(0.0))
    assert header(response(exchange), "access-control-allow-origin") == "http://page.example"
    exchange = world.start(headers=PAGE)
    world.note(exchange.deny(0.0, "No"))
    assert refusal(exchange) == (400, 3)
    assert json.loads(response(exchange).body)["message"] == "No"
    assert exchange.refusal is not None
    assert "the function of cors_allowed_origins" in exchange.refusal.detail
    assert len(world.sessions) == 1


def test_an_origin_and_a_handshake_are_two_questions() -> None:
    world = World(cors=Policy(CALLBACK), authorize=True)
    exchange = world.start(headers=PAGE)
    world.note(exchange.allow(0.0))
    assert exchange.step == Authorize(None, handshake=True)
    world.note(exchange.allow(0.0, sid="mine"))
    assert open_data(body(exchange))["sid"] == "mine"


# Authorize -----------------------------------------------------------------------


def test_a_handshake_waits_for_the_application_and_takes_its_session_id() -> None:
    world = World(authorize=True)
    exchange = world.start()
    assert exchange.step == Authorize(None, handshake=True)
    assert (world.events, world.server.sessions, exchange.session) == ([], {}, None)
    world.now = 3.0
    events = world.note(exchange.allow(3.0, sid="mine"))
    assert [type(event) for event in events] == [Opened]
    assert list(world.server.sessions) == ["mine"]
    assert world.server.next_deadline() == 28.0
    exchange = world.start()
    world.note(exchange.allow(3.0, sid="mine"))
    assert refusal(exchange) == (400, 3)
    exchange = world.start()
    world.note(exchange.allow(3.0))
    assert open_data(body(exchange))["sid"] == "sid1"


@pytest.mark.parametrize(
    ("message", "websocket"), [("", False), ("No tokens", False), ("", True), ("No tokens", True)]
)
def test_a_denied_handshake_is_forbidden(message: str, websocket: bool) -> None:
    world = World(authorize=True)
    exchange = world.start(WEBSOCKET if websocket else POLLING, websocket=websocket)
    assert world.note(exchange.deny(0.0, message)) == []
    assert refusal(exchange) == (403, 4)
    text = response(exchange).body.decode()
    expected = message or "Forbidden"
    assert text == (expected if websocket else json.dumps({"code": 4, "message": expected}))
    assert world.server.sessions == {}


def test_a_denied_handshake_may_have_an_answer_of_its_own() -> None:
    exchange = World(authorize=True).start()
    exchange.deny(0.0, response=Response(401, (), b"who?"))
    assert exchange.step == Response(401, (), b"who?")
    assert exchange.refusal is not None


def test_an_answer_of_its_own_can_be_read_by_the_page_that_asked() -> None:
    exchange = World(authorize=True, cors=Policy("*")).start(headers=PAGE)
    exchange.deny(0.0, response=Response(401, (("x-why", "no"),), b"who?"))
    answer = response(exchange)
    assert (answer.status, answer.body, header(answer, "x-why")) == (401, b"who?", "no")
    assert header(answer, "access-control-allow-origin") == "http://page.example"


@pytest.mark.parametrize(
    ("query", "method", "code"), [("EIO=4&transport=x", "GET", 0), (POLLING, "POST", 2)]
)
def test_the_application_is_not_asked_about_what_is_refused_anyway(
    query: str, method: str, code: int
) -> None:
    assert refusal(World(authorize=True).start(query, method)) == (400, code)


def test_the_revision_is_checked_after_the_application_was_asked() -> None:
    exchange = World(authorize=True).start("EIO=3&transport=polling")
    assert isinstance(exchange.step, Authorize)
    exchange.allow(0.0)
    assert refusal(exchange) == (400, 5)


def test_only_handshakes_are_asked_about() -> None:
    world = World(authorize=True)
    exchange = world.start()
    world.note(exchange.allow(0.0))
    session = world.sessions[0]
    assert isinstance(world.get(session).step, Suspend)
    assert isinstance(world.begin_post(session).step, ReadBody)
    world.candidate(session)


def test_an_answer_to_no_question_is_a_mistake() -> None:
    exchange = World().start()
    with pytest.raises(AssertionError, match="once"):
        exchange.allow(0.0)
    with pytest.raises(AssertionError, match="once"):
        exchange.deny(0.0)
