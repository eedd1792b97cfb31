"""`server.py`: new sessions and their open packet, deadlines, and what is ready."""

import math

import pytest

from sio_core.engineio import Abandoned, Closed, Opened, Server, Upgraded, UpgradeToWebSocket
from sio_core.http.cookies import Cookie
from sio_core.prepared import Prepared
from sio_core.reasons import Reason

from .support import (
    POLLING,
    WEBSOCKET,
    World,
    body,
    handshake_link,
    header,
    open_data,
    refusal,
    response,
)

KEYS = {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}


def test_a_polling_handshake_is_answered_at_once_with_the_open_packet() -> None:
    world = World()
    exchange = world.start()
    session = exchange.session
    assert session is not None
    assert world.events == [Opened(session)]
    assert open_data(body(exchange)) == {
        "sid": "sid1",
        "upgrades": ["websocket"],
        "pingInterval": 25000,
        "pingTimeout": 20000,
        "maxPayload": 1000000,
    }
    assert session.queued == 0
    assert (session.sid, session.transport) == ("sid1", "polling")


def test_the_open_packet_is_compact_and_in_the_order_of_the_reference() -> None:
    assert body(World().start()) == (
        '0{"sid":"sid1","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,'
        '"maxPayload":1000000}'
    )


def test_on_a_websocket_the_open_packet_is_the_first_frame_and_offers_no_upgrade() -> None:
    world = World()
    link = world.websocket()
    assert world.events == [Opened(link.session)]
    (frame,) = world.sent[link]
    assert isinstance(frame, str)
    data = open_data(frame)
    assert set(data) == KEYS
    assert data["upgrades"] == []
    assert link.session.transport == "websocket"


def test_a_websocket_session_exists_only_once_the_websocket_is_open() -> None:
    world = World()
    link = handshake_link(world.start(WEBSOCKET, websocket=True))
    assert (world.server.sessions, world.events, link.take_frames()) == ({}, [], [])
    world.note(link.opened(0.0))
    assert list(world.server.sessions) == [link.session.sid]
    assert world.note(link.opened(0.0)) == []  # once


def test_a_websocket_that_fails_in_its_handshake_leaves_nothing() -> None:
    world = World()
    link = handshake_link(world.start(WEBSOCKET, websocket=True))
    assert world.lose(link) == [Abandoned(link.session)]
    assert world.note(link.opened(0.0)) == []
    assert (world.server.sessions, len(world.events)) == ({}, 1)


@pytest.mark.parametrize(
    ("interval", "grace", "timeout", "advertised", "told_timeout"),
    [
        (0.3, 0.0, 0.2, 300, 200),
        (0.29, 0.01, 0.0015, 300, 2),
        (25, 5, 20, 30000, 20000),
        (1.0005, 0, 1, 1000, 1000),
    ],
)
def test_times_are_told_in_whole_milliseconds_with_the_grace(
    interval: float, grace: float, timeout: float, advertised: int, told_timeout: int
) -> None:
    world = World(ping_interval=interval, ping_grace=grace, ping_timeout=timeout)
    data = open_data(body(world.start()))
    assert (data["pingInterval"], data["pingTimeout"]) == (advertised, told_timeout)
    assert isinstance(data["pingInterval"], int)


@pytest.mark.parametrize(
    "settings", [{"allow_upgrades": False}, {"transports": ("polling",)}, {"max_payload": 7}]
)
def test_upgrades_are_offered_only_where_they_can_happen(settings: dict[str, object]) -> None:
    data = open_data(body(World(**settings).start()))
    assert data["upgrades"] == (["websocket"] if "max_payload" in settings else [])
    assert data["maxPayload"] == settings.get("max_payload", 1_000_000)


def test_an_id_that_is_taken_is_refused() -> None:
    world = World()
    session = world.poller()
    world.ids = 0
    assert refusal(world.start()) == (400, 3)
    assert world.server.sessions == {session.sid: session}


def test_of_two_websocket_handshakes_with_one_id_the_first_gets_it() -> None:
    world = World(authorize=True)
    links = []
    for _ in range(2):
        exchange = world.start(WEBSOCKET, websocket=True)
        exchange.allow(0.0, sid="mine")
        assert isinstance(exchange.step, UpgradeToWebSocket)
        links.append(exchange.step.link)
        world.adopt(links[-1])
    for link in links:
        world.note(link.opened(0.0))
        world.drain()
    assert world.events == [Opened(links[0].session)]
    assert (links[0].closing, links[1].closing) == (False, True)
    world.lose(links[1])
    assert world.server.sessions == {"mine": links[0].session}


def test_while_not_accepting_new_clients_get_503_and_others_go_on() -> None:
    world = World()
    session = world.poller()
    world.server.accepting = False
    assert response(world.start()).status == 503
    assert response(world.start(WEBSOCKET, websocket=True)).status == 503
    assert body(world.post(session, "4hello")) == "ok"
    assert world.messages == ["hello"]
    world.receive(world.candidate(session), "2probe", "5")
    assert session.transport == "websocket"


def test_a_handshake_under_way_when_the_server_stops_accepting_makes_no_session() -> None:
    world = World(authorize=True)
    asked = world.start()
    websocket = world.start(WEBSOCKET, websocket=True)
    world.note(websocket.allow(0.0))
    link = handshake_link(websocket)
    world.adopt(link)
    world.server.accepting = False
    world.note(asked.allow(0.0))
    assert response(asked).status == 503
    assert world.note(link.opened(0.0)) == []
    assert (link.closing, world.server.take_ready()) == (True, [link])
    assert response(world.start()).status == 503  # and nobody is asked
    assert (world.events, world.server.sessions) == ([], {})


def test_close_goes_to_the_session_with_the_detail() -> None:
    world = World()
    session = world.poller()
    assert world.close(session, "server shutting down") == [Closed(session, Reason("forced close"))]
    assert world.reasons == ["forced close (server shutting down)"]
    assert world.close(session) == []


def test_process_is_for_the_layer_above_and_changes_nothing_here() -> None:
    session = World().poller()
    assert Server(new_sid=str).process(iter([Upgraded(session)]), 0.0) == [Upgraded(session)]


# Deadlines -------------------------------------------------------------------


def test_early_and_extra_timeouts_do_nothing() -> None:
    world = World()
    assert world.server.next_deadline() is None
    assert world.server.handle_timeout(1e9) == []
    session = world.poller()
    assert world.server.next_deadline() == 25.0
    assert world.server.handle_timeout(24.999) == []
    assert (session.queued, world.server.next_deadline()) == (0, 25.0)


def test_the_deadline_is_exact_after_every_input() -> None:
    world = World()
    due = world.server.next_deadline
    session = world.poller()
    assert due() == 25.0
    world.now = 5.0
    link = world.candidate(session)
    assert due() == 15.0  # the upgrade's
    world.receive(link, "2probe")
    assert due() == 15.0
    poll = world.get(session)
    assert due() == 5.1  # a noop for the poll
    world.pass_time(0.1)
    assert (body(poll), due()) == ("6", 15.0)
    world.receive(link, "5")
    assert due() == 25.0
    world.pass_time(19.9)
    assert due() == 45.0  # the pong
    world.receive(link, "3")
    assert due() == 50.0
    world.close(session)
    assert due() == 55.0  # until the client has taken leave
    world.lose(link)
    assert due() is None


def test_what_is_due_is_done_in_the_order_of_the_deadlines() -> None:
    world = World()
    first = world.poller()
    world.now = 1.0
    second = world.poller()
    world.now = 100.0
    events = world.note(world.server.handle_timeout(100.0))
    assert events == []
    assert [session.queued for session in (first, second)] == [1, 1]
    events = world.note(world.server.handle_timeout(120.0))
    assert [event.session for event in events] == [first, second]
    assert world.server.sessions == {}


# Ready -------------------------------------------------------------------------


def test_ready_names_links_and_polls_with_output_and_forgets_them() -> None:
    world = World()
    link = world.websocket()
    session, poll = world.waiting_poller()
    silent = world.poller()
    for each in (link.session, session, silent):
        each.send(Prepared(("4a",)))
        each.send(Prepared(("4b",)))
    assert world.server.take_ready() == [link, poll]
    assert world.server.take_ready() == []
    assert link.take_frames() == ["4a", "4b"]
    assert link.take_frames() == []
    assert poll.resume(0.0) == []
    assert body(poll) == "4a\x1e4b"
    assert body(world.get(silent)) == "4a\x1e4b"


def test_a_link_that_is_to_be_closed_is_named_again_after_its_last_output() -> None:
    world = World()
    link = world.websocket()
    link.session.send(Prepared(("4bye",)))
    world.note(world.server.close(link.session, 0.0))
    assert world.server.take_ready() == [link, link]
    assert (link.take_frames(), link.take_frames(), link.closing) == (("4bye",), [], True)


def test_without_anything_ready_no_list_is_made() -> None:
    world = World()
    assert world.server.take_ready() is world.server.take_ready()


def test_a_failure_is_due_at_once() -> None:
    world = World(max_queue_bytes=1)
    session = world.poller()
    world.send(session, "4a")
    world.send(session, "4b")
    assert world.server.next_deadline() == -math.inf
    (event,) = world.pass_time(0)
    assert isinstance(event, Closed)


def test_the_path_of_a_request_is_no_concern_of_the_core() -> None:
    assert body(World().start(POLLING + "&t=abc&unknown=1")).startswith("0{")


def test_a_cookie_is_set_by_the_handshake_alone() -> None:
    world = World(cookie=Cookie("io"))
    exchange = world.start()
    expected = "io=sid1; Path=/; HttpOnly; SameSite=Lax"
    assert header(response(exchange), "set-cookie") == expected
    session = world.sessions[0]
    world.send(session, "4a")
    assert header(response(world.get(session)), "set-cookie") is None
    assert header(response(world.post(session, "4a")), "set-cookie") is None
    step = world.start(WEBSOCKET, websocket=True).step
    assert isinstance(step, UpgradeToWebSocket)
    assert step.headers == (("set-cookie", "io=sid2; Path=/; HttpOnly; SameSite=Lax"),)
    step = world.start(f"{WEBSOCKET}&sid=sid1", websocket=True).step
    assert isinstance(step, UpgradeToWebSocket)
    assert step.headers == ()


def test_there_is_no_cookie_unless_one_is_set() -> None:
    assert header(response(World().start()), "set-cookie") is None


# The end of the server ----------------------------------------------------------


def test_all_sessions_are_closed_and_new_clients_turned_away() -> None:
    world = World(close_timeout=30)
    link, silent, (_, poll) = world.websocket(), world.poller(), world.waiting_poller()
    events = world.note(world.server.close_all(world.now, detail="stopping"))
    world.drain()
    assert world.reasons == ["forced close (stopping)"] * 3
    assert len(events) == 3
    assert (link.closing, body(poll)) == (True, "1")
    assert response(world.start()).status == 503
    world.lose(link)
    assert world.server.sessions == {silent.sid: silent}
    assert world.server.next_deadline() == 30.0
    assert world.note(world.server.close_all(world.now, detail="again")) == []
    world.pass_time(30)
    assert world.server.sessions == {}


def test_a_client_that_does_not_fetch_its_end_is_forgotten_in_time() -> None:
    world = World(close_timeout=30)
    early, late = world.poller(), world.poller()
    world.close(early)
    world.pass_time(29)
    world.note(world.server.close_all(world.now, within=5))
    assert [early.due, late.due] == [30.0, 34.0]
    world.pass_time(5)
    assert world.server.sessions == {}
    assert len(world.reasons) == 2
