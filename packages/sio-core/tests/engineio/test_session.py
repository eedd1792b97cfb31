"""`session.py`: a bounded outbox, and every way to end."""

from collections.abc import Callable
from typing import Any

import pytest

from sio_core.engineio import Closed, Exchange, Link, Session, SessionState, Suspend
from sio_core.prepared import Prepared
from sio_core.reasons import Reason

from .support import WEBSOCKET, World, body, handshake_link, refusal, response

# Outbox ------------------------------------------------------------------------


def test_messages_keep_their_order_and_a_poll_takes_them_all() -> None:
    world = World()
    session, poll = world.waiting_poller()
    session.send(Prepared(("4a",)))
    session.send(Prepared(("4b", b"\x01")))
    assert session.queued == 2
    world.drain()
    assert body(poll) == "4a\x1e4b\x1ebAQ=="
    assert session.queued == 0


def test_a_session_that_is_not_open_drops_what_it_is_sent() -> None:
    world = World()
    session = world.poller()
    world.close(session)
    world.send(session, "4late")
    assert session.queued == 0
    assert body(world.get(session)) == "1"


@pytest.mark.parametrize("limit", [1, 3])
def test_too_many_messages_close_a_slow_client(limit: int) -> None:
    world = World(max_queue_messages=limit)
    link = world.websocket()
    link.blocked = True
    for _ in range(limit):
        link.session.send(Prepared(("4x",)))
    assert link.session.queued == limit
    assert world.note(world.server.handle_timeout(0.0)) == []
    link.session.send(Prepared(("4x",)))
    link.session.send(Prepared(("4x",)))
    assert link.session.queued == limit
    world.note(world.server.handle_timeout(0.0))
    assert world.reasons == ["transport error (too many messages wait for a slow client)"]
    assert (link.closing, link.close_code, link.take_frames()) == (True, 1000, [])


def test_too_many_bytes_close_a_slow_client() -> None:
    world = World(max_queue_bytes=10)
    session = world.poller()
    world.send(session, "4" + "x" * 1000)  # what is first always fits
    world.send(session, b"x" * 6)
    world.send(session, "4€")
    assert session.queued == 3
    assert world.pass_time(0) == []
    world.send(session, "4")
    assert session.queued == 3
    world.pass_time(0)
    assert world.reasons == ["transport error (too many bytes wait for a slow client)"]


def test_taking_what_waits_makes_room() -> None:
    world = World(max_queue_messages=2, max_queue_bytes=10)
    session = world.poller()
    for _ in range(5):
        world.send(session, "4" * 10)
        world.send(session, "4" * 10)
        assert len(body(world.get(session))) == 21
    assert world.pass_time(0) == []


def test_a_ping_that_does_not_fit_closes_the_session_too() -> None:
    world = World(max_queue_messages=1)
    link = world.websocket()
    link.blocked = True
    link.session.send(Prepared(("4x",)))
    events = world.note(world.server.handle_timeout(25.0))
    assert events == [Closed(link.session, Reason("transport error"))]


def test_a_failed_session_is_not_revived_by_a_pong() -> None:
    world = World(max_queue_messages=1)
    link = world.websocket()
    world.pass_time(25.0)
    link.session.fail(Reason("transport error", "first"))
    link.session.fail(Reason("transport error", "second"))
    world.receive(link, "3")
    world.pass_time(0)
    assert world.reasons == ["transport error (first)"]


def test_a_failed_session_that_is_closed_first_is_a_forced_close() -> None:
    world = World()
    session = world.poller()
    session.fail(Reason("transport error"))
    world.close(session)
    assert world.reasons == ["forced close"]
    assert world.server.next_deadline() == 30.0


# Volatile ----------------------------------------------------------------------


def test_a_volatile_message_goes_where_something_can_take_it_now() -> None:
    world = World()
    link = world.websocket()
    world.send(link.session, "4v", volatile=True)
    assert world.sent[link][1:] == ["4v"]
    session, poll = world.waiting_poller()
    world.send(session, "4v", volatile=True)
    assert body(poll) == "4v"


def test_a_volatile_message_is_dropped_between_two_polls() -> None:
    world = World()
    session = world.poller()
    world.send(session, "4v", volatile=True)
    assert session.queued == 0


@pytest.mark.parametrize("waiting", [0, 1])
def test_a_volatile_message_is_dropped_while_the_socket_is_full(waiting: int) -> None:
    world = World(max_queue_messages=1)
    link = world.websocket()
    link.blocked = True
    for _ in range(waiting):
        link.session.send(Prepared(("4a",)))
    link.session.send(Prepared(("4v",), volatile=True))
    assert world.pass_time(0) == []  # and does not count against a limit
    assert world.sent[link][1:] == ["4a"] * waiting


def test_volatile_messages_go_out_behind_others_of_the_same_turn() -> None:
    world = World()
    link = world.websocket()
    session, poll = world.waiting_poller()
    for sent_to in (link.session, session):
        sent_to.send(Prepared(("4a",)))
        sent_to.send(Prepared(("4v",), volatile=True))
        sent_to.send(Prepared(("4w",), volatile=True))
    world.drain()
    assert world.sent[link][1:] == ["4a", "4v", "4w"]
    assert body(poll) == "4a\x1e4v\x1e4w"


# The end -----------------------------------------------------------------------


def test_closing_by_the_server_with_a_poll_sends_the_queue_and_then_the_close_packet() -> None:
    world = World()
    session, poll = world.waiting_poller()
    session.send(Prepared(("4bye",)))
    events = world.close(session, "why")
    assert [type(event) for event in events] == [Closed]
    assert body(poll) == "4bye"
    assert repr(session) == "<Session polling closing>"
    assert body(world.get(session)) == "1"
    assert session.state is SessionState.CLOSED
    assert refusal(world.get(session)) == (400, 1)


def test_closing_by_the_server_without_a_poll_waits_for_the_next() -> None:
    world = World()
    session = world.poller()
    world.send(session, "4bye")
    world.close(session)
    assert repr(session) == "<Session polling closing>"
    world.pass_time(29.5)
    assert body(world.get(session)) == "4bye"
    assert body(world.get(session)) == "1"
    assert session.state is SessionState.CLOSED
    assert world.reasons == ["forced close"]


def test_nobody_is_waited_for_longer_than_thirty_seconds() -> None:
    world = World()
    session = world.poller()
    world.now = 7.0
    world.close(session)
    assert world.server.next_deadline() == 37.0
    assert world.pass_time(30.0) == []  # it was reported already
    assert session.state is SessionState.CLOSED
    assert refusal(world.get(session)) == (400, 1)
    assert world.reasons == ["forced close"]


def test_while_closing_posts_are_answered_and_their_packets_dropped() -> None:
    world = World()
    session = world.poller()
    world.close(session)
    assert body(world.post(session, "4a\x1e3\x1e1")) == "ok"
    assert world.messages == []
    assert world.server.next_deadline() == 30.0
    assert body(world.get(session)) == "1"


def test_while_closing_an_error_ends_the_session_without_a_second_report() -> None:
    world = World()
    session = world.poller()
    world.close(session)
    assert refusal(world.post(session, b"\xff")) == (400, 3)
    assert session.state is SessionState.CLOSED
    assert world.reasons == ["forced close"]


def test_closing_by_the_server_on_a_websocket_sends_the_queue_and_closes_it() -> None:
    world = World()
    link = world.websocket()
    link.session.send(Prepared(("4bye",)))
    world.close(link.session)
    assert (link.closing, link.close_code) == (True, 1000)
    assert world.sent[link][1:] == ["4bye"]
    assert world.receive(link, "4late") == []
    assert world.lose(link) == []
    assert link.session.state is SessionState.CLOSED
    assert world.reasons == ["forced close"]


def test_a_websocket_that_is_never_closed_by_the_client_is_forgotten_in_time() -> None:
    world = World(close_timeout=3.0)
    link = world.websocket()
    world.close(link.session)
    assert world.pass_time(3.0) == []
    assert world.server.sessions == {}
    assert world.lose(link) == []
    assert world.reasons == ["forced close"]


def test_closing_by_the_server_during_an_upgrade_closes_both() -> None:
    world = World()
    session, poll = world.waiting_poller()
    link = world.candidate(session)
    world.close(session)
    assert body(poll) == "1"
    assert link.closing
    assert session.probe is None
    world.lose(link)
    assert world.reasons == ["forced close"]


def test_a_closing_session_takes_no_websocket() -> None:
    world = World()
    session = world.poller()
    world.close(session)
    exchange = world.start(f"EIO=4&transport=websocket&sid={session.sid}", websocket=True)
    assert refusal(exchange) == (400, 3)


def test_a_websocket_still_in_its_handshake_is_closed_with_its_session() -> None:
    world = World()
    session = world.poller()
    link = handshake_link(
        world.start(f"EIO=4&transport=websocket&sid={session.sid}", websocket=True)
    )
    world.close(session)
    assert world.note(link.opened(0.0)) == []
    assert link.closing
    assert world.receive(link, "2probe") == []
    world.lose(link)


def end_by_post(text: str) -> Callable[[World, Session], Any]:
    return lambda world, session: world.post(session, text)


ENDS: list[tuple[Callable[[World, Session], Any], str, str]] = [
    (lambda world, session: world.close(session), "1", "forced close"),
    (lambda world, session: world.pass_time(60.0), "2", "ping timeout"),
    (
        lambda world, session: world.get(session),
        "1",
        "transport error (overlapping poll)",
    ),
    (end_by_post("1"), "6", "transport close"),
    (end_by_post("2"), "1", "transport error (invalid heartbeat direction)"),
    (end_by_post("2probe"), "1", "transport error (invalid heartbeat direction)"),
    (end_by_post("7"), "1", "parse error (unknown packet type)"),
    (end_by_post(""), "1", "parse error (unknown packet type)"),
    (end_by_post("bA"), "1", "parse error (binary packet is not base64)"),
    (
        lambda world, session: session.fail(Reason("transport error", "x")) or world.pass_time(0),  # type: ignore[func-returns-value]
        "1",
        "transport error (x)",
    ),
]


@pytest.mark.parametrize(("end", "answer", "reason"), ENDS)
@pytest.mark.parametrize("upgrading", [False, True])
def test_a_waiting_poll_is_answered_whatever_ends_the_session(
    end: Callable[[World, Session], Any], answer: str, reason: str, upgrading: bool
) -> None:
    world = World()
    session, poll = world.waiting_poller()
    link = world.candidate(session) if upgrading else None
    end(world, session)
    world.drain()
    assert body(poll) == answer
    assert world.reasons == [reason]
    assert session.state is SessionState.CLOSED
    assert (world.server.sessions, world.server.next_deadline()) == ({}, None)
    if link is not None:
        assert link.closing
        world.lose(link)
    assert len(world.server.timers) == 0
    assert session.end(world.now, Reason("x")) == []


@pytest.mark.parametrize(("end", "answer", "reason"), ENDS[3:])
def test_without_a_poll_a_session_ends_as_well(
    end: Callable[[World, Session], Any], answer: str, reason: str
) -> None:
    world = World()
    session = world.poller()
    end(world, session)
    assert world.reasons == [reason]
    assert world.server.sessions == {}
    world.pass_time(0.5)  # in which a poll may come that a close packet has overtaken
    assert world.server.next_deadline() is None
    assert refusal(world.get(session)) == (400, 1)


def test_a_poll_that_a_close_packet_has_overtaken_is_answered() -> None:
    world = World()
    session = world.poller()
    world.send(session, "4never fetched")
    assert body(world.post(session, "4last\x1e1\x1e4after")) == "ok"
    assert (world.messages, world.reasons) == (["last"], ["transport close"])
    query = f"EIO=4&transport=polling&sid={session.sid}"
    assert refusal(world.start(query, "POST")) == (400, 1)
    assert refusal(world.start(f"{WEBSOCKET}&sid={session.sid}", websocket=True)) == (400, 1)
    assert body(world.get(session)) == "6"
    assert refusal(world.get(session)) == (400, 1)
    assert world.reasons == ["transport close"]


def test_a_poll_that_a_close_packet_has_overtaken_has_a_moment_to_come() -> None:
    world = World()
    session = world.poller()
    link = world.candidate(session)
    world.post(session, "1")
    assert (link.closing, world.server.sessions) == (True, {})
    second = world.poller()
    world.now += 0.2
    world.post(second, "1")
    world.pass_time(0.24)
    assert body(world.get(second)) == "6"
    assert world.pass_time(0.06) == []
    assert world.server.next_deadline() is None
    assert refusal(world.get(session)) == (400, 1)


def test_one_deadline_is_for_all_polls_that_are_expected() -> None:
    world = World()
    for _ in range(3):
        world.post(world.poller(), "1")
        world.pass_time(0.25)
    assert world.server.next_deadline() == 1.0
    assert len(world.server.timers) == 1
    world.pass_time(0.25)
    assert len(world.server.timers) == 0


def test_a_close_packet_in_a_body_that_the_upgrade_has_overtaken_ends_the_websocket() -> None:
    world = World()
    session = world.poller()
    post = world.begin_post(session)
    link = world.candidate(session)
    world.receive(link, "2probe", "5")
    world.note(post.receive_body(b"1", 0.0))
    assert (body(post), link.closing, world.server.sessions) == ("ok", True, {})


def lose_poll(world: World, session: Session) -> Exchange:
    poll = world.get(session)
    assert isinstance(poll.step, Suspend)
    world.lose(poll)
    return poll


def lose_post(world: World, session: Session) -> Exchange:
    post = world.begin_post(session)
    world.lose(post)
    return post


@pytest.mark.parametrize("lose", [lose_poll, lose_post])
@pytest.mark.parametrize("upgrading", [False, True])
def test_a_client_that_hangs_up_early_ends_its_session(
    lose: Callable[[World, Session], Exchange], upgrading: bool
) -> None:
    world = World()
    session = world.poller()
    link: Link | None = None
    if upgrading:
        link = world.candidate(session)
        world.receive(link, "2probe")
    exchange = lose(world, session)
    assert world.reasons == ["transport error (polling connection closed prematurely)"]
    assert (session.poll, session.post) == (None, None)
    assert link is None or link.closing
    assert world.lose(exchange) == []
    assert world.note(exchange.resume(0.0)) == []


def test_hanging_up_is_nothing_once_there_is_an_answer_or_no_session_yet() -> None:
    world = World(authorize=True)
    waiting = world.start()
    assert world.lose(waiting) == []
    world.note(waiting.allow(0.0))
    assert response(waiting).status == 200
    assert world.lose(waiting) == []
    assert world.reasons == []


def test_repr_shows_no_session_id() -> None:
    world = World()
    link = world.websocket()
    assert repr(link.session) == "<Session websocket open>"
    assert repr(link) == "<Link active>"
    assert repr(world.start()) == "<Exchange GET>"


def test_a_close_packet_of_the_client_ends_a_session_that_is_closing() -> None:
    world = World()
    session = world.poller()
    world.close(session)
    assert session.sid in world.server.sessions
    assert response(world.post(session, "1")).body == b"ok"
    assert session.sid not in world.server.sessions
    assert world.reasons == ["forced close"]


def test_whether_a_client_has_polled() -> None:
    world = World()
    session = world.poller()
    assert not session.polled
    world.get(session)
    assert session.polled
