"""`link.py`: one WebSocket, as the transport of its session or on the way to be."""

import pytest

from sio_core.engineio import (
    Closed,
    LinkState,
    Session,
    SessionState,
    Suspend,
    Upgraded,
    UpgradeFailed,
)
from sio_core.prepared import Prepared
from sio_core.reasons import Reason
from sio_core.values import Frame

from .support import WEBSOCKET, World, body, handshake_link, refusal, response

# The transport ------------------------------------------------------------------


def test_text_frames_have_a_type_and_binary_frames_are_messages() -> None:
    world = World()
    link = world.websocket()
    world.receive(link, "4hello", "4", b"\x00\xff", b"", "4€")
    assert world.messages == ["hello", "", b"\x00\xff", b"", "€"]


@pytest.mark.parametrize("frame", ["0", '0{"sid":"x"}', "5", "6", "3", "3probe"])
def test_packets_that_mean_nothing_here_are_ignored(frame: str) -> None:
    world = World()
    link = world.websocket()
    assert world.receive(link, frame) == []
    assert link.state is LinkState.ACTIVE


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("1", "transport close"),
        ("2", "transport error (invalid heartbeat direction)"),
        ("2probe", "transport error (invalid heartbeat direction)"),
        ("7", "parse error (unknown packet type)"),
        ("abc", "parse error (unknown packet type)"),
        ("bAQID", "parse error (unknown packet type)"),
        ("", "parse error (unknown packet type)"),
        ("٢", "parse error (unknown packet type)"),
    ],
)
def test_packets_that_end_the_session_at_once(frame: str, reason: str) -> None:
    world = World()
    link = world.websocket()
    world.receive(link, frame, "4late")
    assert (world.reasons, world.messages) == ([reason], [])
    assert (link.closing, link.close_code) == (True, 1000)
    assert world.lose(link) == []
    assert (world.server.sessions, len(world.server.timers)) == ({}, 0)


@pytest.mark.parametrize(
    ("frame", "fits"),
    [
        ("4" + "x" * 99, True),
        ("4" + "x" * 100, False),
        (b"x" * 100, True),
        (b"x" * 101, False),
        ("4" + "€" * 33, True),
        ("4" + "€" * 33 + "x", False),
        ("4" + "é" * 12, True),
        ("4" + "\ud800" * 33, True),
        ("4" + "\ud800" * 34, False),
        ("4" + "x" * 60, True),
    ],
)
def test_a_frame_is_limited_in_bytes_and_too_large_closes_with_1009(
    frame: Frame, fits: bool
) -> None:
    world = World(max_payload=100)
    link = world.websocket()
    world.receive(link, frame)
    if fits:
        assert (len(world.messages), world.reasons) == (1, [])
    else:
        assert (world.messages, world.reasons) == ([], ["transport error (payload too large)"])
        assert (link.closing, link.close_code) == (True, 1009)


@pytest.mark.parametrize(
    ("error", "reason"),
    [("", "transport close"), ("write failed", "transport error (write failed)")],
)
def test_a_lost_websocket_ends_its_session(error: str, reason: str) -> None:
    world = World()
    link = world.websocket()
    world.note(link.lost(0.0, error=error))
    assert world.reasons == [reason]
    assert (link.state, link.session.state) == (LinkState.CLOSED, SessionState.CLOSED)
    assert world.lose(link) == []
    assert world.receive(link, "4late") == []
    link.close(1009)
    assert link.close_code == 1000
    world.check()


def test_frames_come_in_order_and_those_of_one_message_together() -> None:
    world = World()
    link = world.websocket()
    link.session.send(Prepared(("4a",)))
    link.session.send(Prepared(("451-", b"\x01")))
    assert list(link.take_frames()) == ["4a", "451-", b"\x01"]
    link.session.send(Prepared(("451-", b"\x02")))
    assert list(link.take_frames()) == ["451-", b"\x02"]
    assert list(link.take_frames()) == []


# Upgrade -------------------------------------------------------------------------


def test_the_whole_upgrade() -> None:
    world = World()
    session, poll = world.waiting_poller()
    link = world.candidate(session)
    assert (link.pending, session.probe, world.sent[link]) == (True, link, [])
    world.receive(link, "2probe")
    assert (link.state, world.sent[link]) == (LinkState.PROBED, ["3probe"])
    assert body(poll) == "6"  # lets the client pause its polling
    world.send(session, "4by polling")
    assert world.sent[link] == ["3probe"]
    assert body(world.get(session)) == "4by polling"
    world.send(session, "4by websocket")
    assert world.receive(link, "5") == [Upgraded(session)]
    assert world.sent[link] == ["3probe", "4by websocket"]
    assert (session.transport, session.link, session.probe) == ("websocket", link, None)
    world.receive(link, "4hello")
    assert world.messages == ["hello"]


def test_after_the_upgrade_polling_is_refused() -> None:
    world = World()
    session = world.poller()
    world.receive(world.candidate(session), "2probe", "5")
    poll, other = world.get(session), world.get(session)
    query = f"EIO=4&transport=polling&sid={session.sid}"
    assert refusal(world.start(query, "POST")) == (400, 3)
    world.send(session, "4hello")
    # Not at once: the client may still be inflating what came before on the WebSocket.
    assert isinstance(poll.step, Suspend)
    world.pass_time(1 / 32)
    assert refusal(poll) == refusal(other) == (400, 3)
    assert world.reasons == []


def test_a_poll_after_the_upgrade_is_refused_though_the_session_ends_meanwhile() -> None:
    world = World()
    session = world.poller()
    link = world.candidate(session)
    world.receive(link, "2probe", "5")
    poll, left = world.get(session), world.get(session)
    world.lose(left)
    assert world.reasons == []
    world.lose(link)
    world.pass_time(1 / 32)
    assert refusal(poll) == (400, 3)
    assert isinstance(left.step, Suspend)


def test_a_poll_of_a_session_that_began_on_a_websocket_is_refused_at_once() -> None:
    world = World()
    assert refusal(world.get(world.websocket().session)) == (400, 3)


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize("slow", [0.0, 1 / 64])
def test_a_poll_beside_the_upgrade_is_refused_whichever_connection_is_read_first(
    after: int, slow: float
) -> None:
    world = World(noop_interval=0.1)
    session = world.poller()
    link = world.candidate(session)
    frames = ["2probe", "5"]
    world.receive(link, *frames[:after])
    poll = world.get(session)
    for frame in frames[after:]:
        world.receive(link, frame)
        world.pass_time(slow)
    world.send(session, "4first")
    world.pass_time(0.1)
    assert refusal(poll) == (400, 3)
    assert world.sent[link] == ["3probe", "4first"]
    assert (session.transport, session.poll, world.reasons) == ("websocket", None, [])


def test_what_is_to_be_sent_does_not_wait_for_the_upgrade() -> None:
    world = World()
    session = world.poller()
    link = world.candidate(session)
    for frame in ("2probe", "5"):
        poll = world.get(session)
        world.send(session, "4first")
        assert body(poll) == "4first"
        world.receive(link, frame)
    assert world.sent[link] == ["3probe"]


def test_a_poll_beside_an_upgrade_without_a_probe_is_refused_at_once() -> None:
    world = World()
    session = world.poller()
    link = world.candidate(session)
    poll = world.get(session)
    world.receive(link, "5")
    assert refusal(poll) == (400, 3)


def test_a_poll_from_before_the_candidate_that_waits_at_the_upgrade_gets_noop() -> None:
    world = World()
    session, poll = world.waiting_poller()
    link = world.candidate(session)
    # Both come before the driver has the poll answered.
    world.note(link.receive("2probe", 0.0))
    session.send(Prepared(("4first",)))
    world.note(link.receive("5", 0.0))
    world.drain()
    assert body(poll) == "6"
    assert world.sent[link] == ["3probe", "4first"]  # nothing is lost or sent twice


def test_a_post_on_its_way_at_the_upgrade_is_still_received() -> None:
    world = World()
    session = world.poller()
    post = world.begin_post(session)
    link = world.candidate(session)
    world.receive(link, "2probe", "5")
    world.note(post.receive_body(b"4late", 0.0))
    assert (body(post), world.messages) == ("ok", ["late"])


@pytest.mark.parametrize("which", ["poll", "post"])
def test_hanging_up_a_polling_request_after_the_upgrade_does_not_end_the_session(
    which: str,
) -> None:
    world = World()
    session = world.poller()
    link = world.candidate(session)
    world.receive(link, "2probe")
    exchange = world.get(session) if which == "poll" else world.begin_post(session)
    world.note(link.receive("5", 0.0))
    assert world.lose(exchange) == []
    assert (session.poll, session.post, session.state) == (None, None, SessionState.OPEN)


def test_while_probed_every_poll_is_answered_within_the_interval() -> None:
    world = World(noop_interval=0.1)
    session = world.poller()
    link = world.candidate(session)
    unprobed = world.get(session)
    assert unprobed.due is None
    world.receive(link, "2probe")
    world.pass_time(1 / 64)
    assert isinstance(unprobed.step, Suspend)
    world.pass_time(1 / 64)
    assert body(unprobed) == "6"
    for _ in range(3):
        poll = world.get(session)
        world.pass_time(0.0625)
        assert isinstance(poll.step, Suspend)
        world.pass_time(0.0625)
        assert body(poll) == "6"
    poll = world.get(session)
    world.send(session, "4a")
    assert body(poll) == "4a"  # and its deadline is gone, which World.check holds to
    world.pass_time(9.0)
    assert world.get(session).due is not None


def test_a_session_that_may_wait_again_waits_without_end() -> None:
    world = World()
    session = world.poller()
    link = world.candidate(session)
    world.receive(link, "2probe", "4bad")
    poll = world.get(session)
    assert poll.due is None
    world.pass_time(20.0)
    assert isinstance(poll.step, Suspend)


@pytest.mark.parametrize(
    "frames",
    [
        ("4hello",),
        ("2",),
        ("2probe2",),
        ("3probe",),
        ("1",),
        ("6",),
        ("",),
        ("5x",),
        (b"2probe",),
        (b"5",),
        ("2probe", "2probe"),
        ("2probe", "4hello"),
        ("2probe", b"x"),
        ("2probe", "1"),
    ],
)
def test_anything_else_closes_the_candidate_alone(frames: tuple[Frame, ...]) -> None:
    world = World()
    session, poll = world.waiting_poller()
    link = world.candidate(session)
    detail = "the client sent something else on its WebSocket"
    assert world.receive(link, *frames) == [UpgradeFailed(session, detail)]
    assert (link.closing, link.close_code, link.due) == (True, 1000, None)
    assert world.receive(link, "2probe", "5", "4x") == []
    assert world.lose(link) == []
    assert (session.transport, session.state, session.probe) == (
        "polling",
        SessionState.OPEN,
        None,
    )
    assert world.messages == []
    if isinstance(poll.step, Suspend):
        world.send(session, "4a")
        assert body(poll) == "4a"
    # And the client may try again.
    world.receive(world.candidate(session), "2probe", "5")
    assert session.transport == "websocket"


@pytest.mark.parametrize("probed", [False, True])
def test_an_upgrade_that_takes_too_long_loses_the_candidate_alone(probed: bool) -> None:
    world = World(upgrade_timeout=10.0)
    session = world.poller()
    link = world.candidate(session)
    world.pass_time(4.0)
    if probed:
        world.receive(link, "2probe")
    assert link.due == 10.0
    world.pass_time(5.5)
    assert link.pending
    world.pass_time(0.5)
    assert (link.closing, link.close_code) == (True, 1000)
    assert world.events[-1] == UpgradeFailed(session, "it took longer than upgrade_timeout")
    assert (session.state, session.probe, world.reasons) == (SessionState.OPEN, None, [])
    world.lose(link)
    assert world.server.next_deadline() == 25.0


def test_a_poll_that_is_resumed_once_the_upgraded_session_is_over_has_nothing_more() -> None:
    world = World()
    session, poll = world.waiting_poller()
    link = world.candidate(session)
    world.note(link.receive("2probe", world.now))
    world.note(link.receive("5", world.now))
    world.note(link.lost(world.now))
    world.drain()
    assert body(poll) == "6"
    assert world.reasons == ["transport close"]


@pytest.mark.parametrize("probed", [False, True])
def test_a_candidate_that_is_lost_leaves_the_session_on_polling(probed: bool) -> None:
    world = World()
    session, poll = world.waiting_poller()
    link = world.candidate(session)
    if probed:
        world.receive(link, "2probe")
    assert world.lose(link) == [UpgradeFailed(session, "the WebSocket was lost")]
    assert world.receive(link, "5") == []
    assert (session.transport, session.probe, world.reasons) == ("polling", None, [])
    assert isinstance(poll.step, Suspend) is not probed


def test_an_upgrade_without_a_probe_is_accepted() -> None:
    world = World()
    session, poll = world.waiting_poller()
    link = world.candidate(session)
    assert world.receive(link, "5") == [Upgraded(session)]
    assert body(poll) == "6"


def test_a_probe_and_an_upgrade_before_anything_was_taken_keep_their_order() -> None:
    world = World()
    session = world.poller()
    session.send(Prepared(("4a",)))
    link = world.candidate(session)
    link.receive("2probe", 0.0)
    link.receive("5", 0.0)
    world.drain()
    assert world.sent[link] == ["3probe", "4a"]


def test_the_reply_to_the_probe_goes_out_even_if_the_candidate_is_dropped_at_once() -> None:
    world = World()
    session = world.poller()
    link = world.candidate(session)
    link.receive("2probe", 0.0)
    link.receive("nonsense", 0.0)
    world.drain()
    assert (world.sent[link], link.closing) == (["3probe"], True)


def refused(world: World, session: Session) -> None:
    exchange = world.start(f"{WEBSOCKET}&sid={session.sid}", websocket=True)
    assert refusal(exchange) == (400, 3)
    answer = response(exchange)
    assert (answer.body, answer.headers) == (
        b"Bad request",
        (("content-type", "text/html; charset=UTF-8"),),
    )


def one_too_many(world: World, session: Session) -> None:
    link = handshake_link(world.start(f"{WEBSOCKET}&sid={session.sid}", websocket=True))
    before = world.server.next_deadline()
    assert world.note(link.opened(world.now)) == []
    assert world.receive(link, "2probe", "5", "4ignored", "nonsense") == []
    # Not at once: it may be read before what the client did earlier on the first.
    assert link.due == world.now + world.server.config.noop_interval / 4
    assert world.pass_time(1 / 32) == []
    assert (link.state, link.close_code, world.sent[link]) == (LinkState.CLOSING, 1000, [])
    assert world.receive(link, "2probe", "5", "4ignored", "nonsense") == []
    assert world.server.next_deadline() == before
    assert world.lose(link) == []
    assert link is not session.link
    assert link is not session.probe


@pytest.mark.parametrize("error", ["", "broken"])
def test_a_second_websocket_is_accepted_and_closed_and_the_first_goes_on(error: str) -> None:
    world = World()
    session = world.poller()
    link = handshake_link(world.start(f"{WEBSOCKET}&sid={session.sid}", websocket=True))
    one_too_many(world, session)
    world.note(link.opened(0.0))
    one_too_many(world, session)
    world.receive(link, "2probe")
    assert world.sent[link] == ["3probe"]
    one_too_many(world, session)
    world.receive(link, "5")
    one_too_many(world, session)
    world.receive(link, "4here")
    assert world.messages == ["here"]
    # One whose handshake fails, or takes until the session has another WebSocket.
    late = handshake_link(world.start(f"{WEBSOCKET}&sid={session.sid}", websocket=True))
    assert world.note(late.lost(0.0, error=error)) == []
    assert world.note(late.opened(0.0)) == []
    one_too_many(world, world.websocket().session)
    assert world.reasons == []


def test_a_second_websocket_takes_the_place_of_none() -> None:
    world = World()
    session = world.poller()
    first = world.candidate(session)
    second = handshake_link(world.start(f"{WEBSOCKET}&sid={session.sid}", websocket=True))
    world.receive(first, "nonsense")
    assert session.probe is None
    assert world.note(second.opened(0.0)) == []
    world.pass_time(1 / 32)
    assert second.closing


def test_a_candidate_whose_handshake_fails_makes_room_for_another() -> None:
    world = World()
    session = world.poller()
    link = handshake_link(world.start(f"{WEBSOCKET}&sid={session.sid}", websocket=True))
    world.lose(link)
    assert world.note(link.opened(0.0)) == []
    world.receive(world.candidate(session), "2probe", "5")
    assert session.transport == "websocket"


def test_a_dropped_candidate_that_is_lost_late_leaves_the_next_one_alone() -> None:
    world = World()
    session = world.poller()
    dropped = world.candidate(session)
    world.receive(dropped, "nonsense")
    link = world.candidate(session)
    world.lose(dropped)
    assert session.probe is link
    world.receive(link, "2probe", "5")
    assert session.link is link


def test_upgrades_can_be_off() -> None:
    world = World(allow_upgrades=False)
    refused(world, world.poller())
    one_too_many(world, world.websocket().session)


def test_a_client_that_closes_by_polling_takes_the_candidate_with_it() -> None:
    world = World()
    session, poll = world.waiting_poller()
    link = world.candidate(session)
    world.post(session, "1")
    assert body(poll) == "6"
    assert link.closing
    assert world.events[-1] == Closed(session, Reason("transport close"))


@pytest.mark.parametrize("state", list(LinkState))
def test_what_a_link_is_in_each_state(state: LinkState) -> None:
    link = World().websocket()
    link.state = state
    assert link.pending is (state in {LinkState.CANDIDATE, LinkState.PROBED})
    assert link.closing is (state is LinkState.CLOSING)
