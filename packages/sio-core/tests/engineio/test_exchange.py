"""`exchange.py`: the HTTP surface, request by request."""

from collections.abc import Callable

import pytest

from sio_core.engineio import (
    Closed,
    Exchange,
    ReadBody,
    SessionState,
    Suspend,
)
from sio_core.reasons import Reason
from sio_core.values import Request, Response

from .support import POLLING, WEBSOCKET, World, body, header, refusal, response

# Checks, in the order of the reference server ---------------------------------------

NO_SUCH = "&sid=nobody"

REFUSED: list[tuple[str, str, bool, int]] = [
    # query, method, can become a WebSocket, code
    ("", "GET", False, 0),
    ("EIO=4", "GET", False, 0),
    ("EIO=4&transport=", "GET", False, 0),
    ("EIO=4&transport=webtransport", "GET", False, 0),
    ("EIO=4&transport=Polling", "GET", False, 0),
    ("EIO=9&transport=x" + NO_SUCH, "POST", False, 0),
    ("EIO=4&transport=x", "GET", True, 0),
    (POLLING + NO_SUCH, "GET", False, 1),
    (POLLING + NO_SUCH, "POST", False, 1),
    (POLLING + NO_SUCH, "PUT", False, 1),
    (WEBSOCKET + NO_SUCH, "GET", False, 1),
    (WEBSOCKET + NO_SUCH, "GET", True, 1),
    (POLLING + NO_SUCH, "GET", True, 1),
    (POLLING, "POST", False, 2),
    (POLLING, "PUT", False, 2),
    (POLLING, "HEAD", False, 2),
    (POLLING + "&sid=", "POST", False, 2),
    (WEBSOCKET, "POST", False, 2),
    (WEBSOCKET, "OPTIONS", True, 2),
    ("EIO=3&transport=polling", "POST", False, 2),
    (WEBSOCKET, "GET", False, 3),
    (POLLING, "GET", True, 3),
    ("EIO=3&transport=websocket", "GET", False, 3),
    (POLLING + "&j=0", "GET", False, 3),
    ("transport=polling", "GET", False, 5),
    ("EIO=3&transport=polling", "GET", False, 5),
    ("EIO=5&transport=polling", "GET", False, 5),
    ("EIO=abc&transport=polling", "GET", False, 5),
    ("EIO=&transport=polling", "GET", False, 5),
    ("EIO=3&transport=websocket", "GET", True, 5),
]


@pytest.mark.parametrize(("query", "method", "websocket", "code"), REFUSED)
def test_refused_requests(query: str, method: str, websocket: bool, code: int) -> None:
    world = World()
    exchange = world.start(query, method, websocket=websocket)
    assert refusal(exchange) == (400, code)
    kind = "text/html; charset=UTF-8" if websocket else "application/json"
    assert header(response(exchange), "content-type") == kind
    assert exchange.refusal is not None
    assert exchange.refusal.context
    assert (world.events, world.server.sessions) == ([], {})
    assert world.server.next_deadline() is None


@pytest.mark.parametrize(("on", "off"), [("polling", "websocket"), ("websocket", "polling")])
def test_a_transport_that_is_off_is_unknown(on: str, off: str) -> None:
    world = World(transports=(on,))
    exchange = world.start(f"EIO=4&transport={off}", websocket=off == "websocket")
    assert refusal(exchange) == (400, 0)
    world.start(f"EIO=4&transport={on}", websocket=on == "websocket")
    assert world.exchanges[-1].session is not None


def test_what_is_known_of_a_request_is_not_found_out_again() -> None:
    world = World()
    named = {"content-type": "application/octet-stream"}
    query = {"EIO": "4", "transport": "polling", "sid": world.poller().sid}
    exchange = world.server.exchange(Request("POST", "EIO=4"), named, query)
    exchange.start(0.0)
    assert refusal(exchange) == (400, 3)
    assert exchange.query is query


def test_an_empty_session_id_is_none() -> None:
    assert body(World().start(POLLING + "&sid=")).startswith("0{")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_for_a_session_on_another_transport_is_refused(method: str) -> None:
    world = World()
    session = world.poller()
    assert refusal(world.start(f"{WEBSOCKET}&sid={session.sid}", method)) == (400, 3)
    assert refusal(world.start(f"{POLLING}&sid={session.sid}", method, websocket=True)) == (400, 3)
    link = world.websocket()
    assert refusal(world.start(f"{POLLING}&sid={link.session.sid}", method)) == (400, 3)
    assert world.reasons == []
    assert isinstance(world.get(session).step, Suspend)


@pytest.mark.parametrize("revision", ["3", "5", "", "four"])
def test_a_request_of_another_revision_than_its_session_is_refused(revision: str) -> None:
    world = World()
    session = world.poller()
    for method, websocket in (("GET", False), ("POST", False), ("GET", True)):
        transport = "websocket" if websocket else "polling"
        query = f"EIO={revision}&transport={transport}&sid={session.sid}"
        assert refusal(world.start(query, method, websocket=websocket)) == (400, 3)
        assert refusal(world.start(query[query.index("t") :], method, websocket=websocket)) == (
            (400, 3)
        )
    assert (session.poll, session.post, session.probe) == (None, None, None)
    assert isinstance(world.get(session).step, Suspend)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "PATCH", "get"])
def test_other_methods_of_a_session_are_not_allowed(method: str) -> None:
    world = World()
    session = world.poller()
    answer = response(world.start(f"{POLLING}&sid={session.sid}", method))
    assert (answer.status, header(answer, "allow")) == (405, "GET, POST, OPTIONS")
    assert session.state is SessionState.OPEN


@pytest.mark.parametrize("query", ["", POLLING, POLLING + NO_SUCH, "transport=x"])
def test_options_is_answered_with_204_whatever_the_query(query: str) -> None:
    answer = response(World().start(query, "OPTIONS"))
    assert answer == Response(204)


# GET --------------------------------------------------------------------------------


def test_a_poll_waits_for_a_message_as_long_as_it_takes() -> None:
    world = World()
    session, poll = world.waiting_poller()
    assert poll.step == Suspend(session)
    assert session.poll is poll
    world.pass_time(24.0)
    assert isinstance(poll.step, Suspend)
    world.send(session, "4hello")
    answer = response(poll)
    assert (answer.status, answer.body) == (200, b"4hello")
    assert answer.headers == (
        ("content-type", "text/plain; charset=UTF-8"),
        ("cache-control", "no-store"),
    )


def test_a_poll_takes_at_once_what_waits() -> None:
    world = World()
    session = world.poller()
    world.send(session, "4a")
    world.send(session, b"\x01\x02\x03\x04")
    assert body(world.get(session)) == "4a\x1ebAQIDBA=="
    assert isinstance(world.get(session).step, Suspend)


def test_an_early_resume_answers_with_noop_and_a_late_one_does_nothing() -> None:
    world = World()
    _, poll = world.waiting_poller()
    world.note(poll.resume(0.0))
    assert body(poll) == "6"
    answer = poll.step
    assert world.note(poll.resume(0.0)) == []
    assert poll.step is answer


def test_of_overlapping_polls_the_first_gets_close_and_the_second_400() -> None:
    world = World()
    session, first = world.waiting_poller()
    second = world.get(session)
    assert refusal(second) == (400, 3)
    world.drain()
    assert body(first) == "1"
    assert world.events[-1] == Closed(session, Reason("transport error"))
    assert world.reasons == ["transport error (overlapping poll)"]
    assert refusal(world.get(session)) == (400, 1)


def test_a_poll_and_a_post_do_not_overlap() -> None:
    world = World()
    session, poll = world.waiting_poller()
    assert body(world.post(session, "4a")) == "ok"
    assert isinstance(poll.step, Suspend)


# POST -------------------------------------------------------------------------------


def test_packets_of_a_post_come_before_its_answer() -> None:
    world = World()
    session = world.poller()
    post = world.begin_post(session)
    assert post.step == ReadBody(1_000_000, 10_000)
    world.note(post.receive_body("4a\x1ebAQI=\x1e4€\x1e6\x1e0\x1e5".encode(), 0.0))
    assert world.messages == ["a", b"\x01\x02", "€"]
    answer = response(post)
    assert (answer.status, answer.body, answer.headers) == (
        200,
        b"ok",
        (("content-type", "text/html"),),
    )
    assert session.post is None


def test_what_follows_a_close_packet_is_not_delivered() -> None:
    world = World()
    session = world.poller()
    assert body(world.post(session, "4a\x1e1\x1e4b")) == "ok"
    assert (world.messages, world.reasons) == (["a"], ["transport close"])


@pytest.mark.parametrize(
    ("text", "reason", "messages"),
    [
        ("4a\x1e2\x1e4b", "transport error (invalid heartbeat direction)", ["a"]),
        ("4a\x1e7\x1e4b", "parse error (unknown packet type)", ["a"]),
        ("4a\x1e", "parse error (unknown packet type)", ["a"]),
        ("", "parse error (unknown packet type)", []),
        ("4a\x1ebA", "parse error (binary packet is not base64)", []),
    ],
)
def test_a_bad_packet_closes_the_session_and_refuses_the_request(
    text: str, reason: str, messages: list[str]
) -> None:
    world = World()
    session = world.poller()
    post = world.post(session, text)
    assert refusal(post) == (400, 3)
    assert (world.reasons, world.messages) == ([reason], messages)


def test_a_post_may_have_as_many_packets_as_are_allowed() -> None:
    world = World(max_payload_packets=20)
    session = world.poller()
    assert body(world.post(session, "\x1e".join(["4x"] * 20))) == "ok"
    assert len(world.messages) == 20
    assert refusal(world.post(session, "\x1e".join(["4x"] * 21))) == (400, 3)
    assert world.reasons == ["parse error (too many packets in one payload)"]


def test_by_default_a_post_may_have_many_packets() -> None:
    world = World()
    assert body(world.post(world.poller(), "\x1e".join(["4x"] * 10_000))) == "ok"
    assert len(world.messages) == 10_000


def too_large_by_count(exchange: Exchange) -> None:
    exchange.body_too_large(0.0)


def too_large_at_once(exchange: Exchange) -> None:
    exchange.receive_body(b"4" * 11, 0.0)


@pytest.mark.parametrize("send", [too_large_by_count, too_large_at_once])
def test_a_body_over_the_limit_is_413_and_ends_the_session(
    send: Callable[[Exchange], None],
) -> None:
    world = World(max_payload=10, max_body_chunks=3)
    session, poll = world.waiting_poller()
    assert body(world.post(session, "4" * 10)) == "ok"
    assert world.messages == ["4" * 9]
    post = world.begin_post(session)
    assert post.step == ReadBody(10, 3)
    send(post)
    world.drain()
    assert response(post).status == 413
    assert post.refusal is not None
    assert session.post is None
    assert body(poll) == "1"


def test_why_a_body_over_the_limit_ended_the_session() -> None:
    world = World()
    post = world.begin_post(world.poller())
    world.note(post.body_too_large(0.0))
    assert world.reasons == ["transport error (payload too large)"]
    assert world.note(post.receive_body(b"4late", 0.0)) == []
    assert response(post).status == 413


def test_a_body_that_takes_too_long_is_408_and_ends_the_session() -> None:
    world = World(body_timeout=12.0)
    session, poll = world.waiting_poller()
    post = world.begin_post(session)
    world.pass_time(11.9)
    assert isinstance(post.step, ReadBody)
    assert not post.body_late
    world.pass_time(0.1)
    assert response(post).status == 408
    assert post.body_late
    assert world.reasons == ["transport error (request body took too long)"]
    assert body(poll) == "1"
    assert world.note(post.receive_body(b"4late", 12.0)) == []
    assert world.messages == []


def test_a_driver_is_told_to_stop_reading() -> None:
    world = World(body_timeout=12.0)
    late, cut = (world.begin_post(world.poller()) for _ in range(2))
    assert cut.session is not None
    world.note(cut.session.end(0.0, Reason("transport error")))
    assert world.server.take_ready() == [cut]
    assert world.note(cut.resume(0.0)) == []
    assert refusal(cut) == (400, 1)
    world.note(world.server.handle_timeout(12.0))
    assert world.server.take_ready() == [late]
    assert world.note(late.resume(12.0)) == []
    assert response(late).status == 408


def test_a_body_that_came_in_time_has_no_deadline() -> None:
    world = World(body_timeout=12.0, ping_interval=100.0)
    session = world.poller()
    assert body(world.post(session, "4a")) == "ok"
    world.lose(world.begin_post(world.poller()))
    world.pass_time(50.0)
    assert session.state is SessionState.OPEN


def test_a_body_of_a_session_that_the_server_closes_gets_a_moment() -> None:
    world = World()
    session = world.poller()
    in_time = world.begin_post(session)
    world.close(session)
    world.note(in_time.receive_body(b"4late", 0.5))
    assert body(in_time) == "ok"
    assert world.messages == [], "the session was closed by then"
    other = world.poller()
    late = world.begin_post(other)
    world.close(other)
    world.pass_time(1.0)
    assert response(late).status == 408
    assert not late.body_late, "its session was closed by this side"
    assert other.state is SessionState.CLOSING, "its client can still fetch the close packet"
    assert body(world.get(other)) == "1"
    assert world.reasons == ["forced close"] * 2


def test_a_body_with_little_time_left_gets_no_more_by_the_closing() -> None:
    world = World(body_timeout=12.0)
    session = world.poller()
    post = world.begin_post(session)
    world.pass_time(11.5)
    world.close(session)
    world.pass_time(0.5)
    assert response(post).status == 408


def test_of_overlapping_posts_both_are_refused_and_nothing_is_delivered() -> None:
    world = World()
    session, poll = world.waiting_poller()
    first = world.begin_post(session)
    second = world.start(f"{POLLING}&sid={session.sid}", "POST")
    assert refusal(second) == (400, 3)
    world.drain()
    assert body(poll) == "1"
    assert world.reasons == ["transport error (overlapping post)"]
    assert refusal(first) == (400, 1)
    world.note(first.receive_body(b"4late", 0.0))
    assert world.messages == []


def test_a_body_that_comes_after_the_end_of_its_session_is_refused() -> None:
    world = World(body_timeout=60.0)
    session = world.poller()
    post = world.begin_post(session)
    world.pass_time(45.0)
    assert world.reasons == ["ping timeout"]
    assert world.note(post.receive_body(b"4late", 45.0)) == []
    assert refusal(post) == (400, 1)
    late = world.poller()
    post = world.begin_post(late)
    world.pass_time(45.0)
    post.body_too_large(90.0)
    assert response(post).status == 413
    assert world.lose(post) == []


def test_a_post_lost_after_the_end_of_its_session_is_nothing_new() -> None:
    world = World(body_timeout=60.0)
    session = world.poller()
    post = world.begin_post(session)
    world.pass_time(45.0)
    assert world.lose(post) == []
    assert world.reasons == ["ping timeout"]


@pytest.mark.parametrize(
    "kind",
    ["application/octet-stream", "Application/Octet-Stream", "application/octet-stream; x=y"],
)
def test_binary_payloads_of_the_older_revision_are_refused(kind: str) -> None:
    world = World()
    session = world.poller()
    query = f"{POLLING}&sid={session.sid}"
    post = world.start(query, "POST", headers=(("content-type", kind),))
    assert refusal(post) == (400, 3)
    assert (session.state, session.post) == (SessionState.OPEN, None)


@pytest.mark.parametrize("kind", ["text/plain;charset=UTF-8", "text/plain", "", "application/xml"])
def test_any_other_content_type_is_text(kind: str) -> None:
    world = World()
    session = world.poller()
    query = f"{POLLING}&sid={session.sid}"
    post = world.start(query, "POST", headers=(("content-type", kind),))
    world.note(post.receive_body(b"4a", 0.0))
    assert body(post) == "ok"
