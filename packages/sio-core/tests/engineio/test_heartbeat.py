"""`session.py`: the heartbeat, exact to the deadline."""

import pytest

from sio_core.engineio import Closed, Heartbeat, Suspend
from sio_core.engineio.server import BEATS_AT_ONCE
from sio_core.prepared import Prepared
from sio_core.reasons import Reason

from .support import World, body, refusal


@pytest.mark.parametrize(("interval", "timeout"), [(25.0, 20.0), (0.25, 0.125), (0.5, 4.0)])
@pytest.mark.parametrize("grace", [0.0, 8.0])
def test_a_silent_client_is_dead_at_interval_plus_timeout_and_not_before(
    interval: float, timeout: float, grace: float
) -> None:
    world = World(ping_interval=interval, ping_timeout=timeout, ping_grace=grace)
    world.now = 1000.0
    link = world.websocket()
    tick = 1 / 1024
    assert world.pass_time(interval - tick) == []
    assert world.sent[link][1:] == []
    world.pass_time(tick)
    assert world.sent[link][1:] == ["2"]
    assert world.pass_time(timeout - tick) == []
    assert world.pass_time(tick) == [Closed(link.session, Reason("ping timeout"))]
    assert world.now == 1000.0 + interval + timeout
    assert link.closing


@pytest.mark.parametrize("late", [0.0, 0.25, 0.5, 1.0])
def test_a_late_ping_does_not_make_the_end_late(late: float) -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    link = world.websocket()
    world.now = 10.0 + late
    world.note(world.server.handle_timeout(world.now))
    world.drain()
    # The client has nine tenths of the time to answer, whatever kept this side.
    assert world.server.next_deadline() == max(15.0, world.now + 4.5)
    world.receive(link, "3")
    assert world.server.next_deadline() == world.now + 10.0


def test_late_pings_that_nobody_reads_do_not_add_up() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    world.note(world.websocket().session.pause(0.0))
    for due in (10.0, 15.0, 20.0, 25.0):
        assert world.server.next_deadline() == due
        world.now = due + 0.5
        world.note(world.server.handle_timeout(world.now))
        world.drain()


def test_a_poll_that_comes_at_the_time_out_is_refused_before_the_driver_notices() -> None:
    world = World(ping_interval=0.5, ping_timeout=0.5)
    session, other = world.poller(), world.poller()
    world.now = 0.53125
    world.note(world.server.handle_timeout(world.now))
    world.now = 1.0
    poll = world.get(session)
    assert refusal(poll) == (400, 1)
    # What was due is done of this client alone, and once.
    assert world.events[-1:] == [Closed(session, Reason("ping timeout"))]
    assert world.pass_time(0.0) == [Closed(other, Reason("ping timeout"))]
    assert world.pass_time(1.0) == []


def test_a_poll_that_comes_when_the_close_packet_is_overdue_is_refused() -> None:
    world = World(close_timeout=3.0)
    session, other = world.poller(), world.poller()
    world.close(session)
    world.now = 3.0
    assert refusal(world.get(session)) == (400, 1)
    assert world.reasons == ["forced close"]
    assert world.server.next_deadline() == other.due


def test_a_poll_that_comes_when_a_ping_is_due_brings_it() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    session = world.poller()
    world.now = 10.25
    assert body(world.get(session)) == "2"
    assert world.server.next_deadline() == 15.0


def test_a_pong_that_comes_in_time_and_is_read_late_counts() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    session = world.poller()
    world.pass_time(10.0)
    assert body(world.get(session)) == "2"
    world.now = 15.25  # the driver has not come to the deadline yet
    assert body(world.post(session, "3")) == "ok"
    assert isinstance(world.get(session).step, Suspend)
    assert world.server.next_deadline() == 25.25


def test_a_pong_starts_the_next_interval() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    link = world.websocket()
    world.pass_time(13.0)
    world.receive(link, "3")
    assert world.server.next_deadline() == 23.0
    world.pass_time(10.0)
    assert world.sent[link][1:] == ["2", "2"]
    assert world.pass_time(4.5) == []
    world.pass_time(0.5)
    assert (world.reasons, world.now) == (["ping timeout"], 28.0)


def test_an_unsolicited_pong_is_ignored() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    link = world.websocket()
    world.pass_time(9.0)
    world.receive(link, "3")
    assert world.server.next_deadline() == 10.0
    world.pass_time(1.0)
    world.receive(link, "3", "3")
    assert world.server.next_deadline() == 20.0


@pytest.mark.parametrize("frame", ["4hello", b"binary", "6", "0", "5"])
def test_another_packet_leaves_the_client_its_time_once_more(frame: str | bytes) -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    link = world.websocket()
    world.receive(link, frame)  # no pong is due: nothing of the kind
    assert world.server.next_deadline() == 10.0
    world.pass_time(12.0)
    world.receive(link, frame)
    assert world.server.next_deadline() == 17.0
    # Once a ping: whoever sends and never answers is dead at interval + 2 timeouts at the latest.
    world.pass_time(4.5)
    world.receive(link, frame, frame)
    assert world.server.next_deadline() == 17.0
    world.pass_time(0.5)
    assert (world.reasons, world.now) == (["ping timeout"], 17.0)


def test_a_pong_counts_after_another_packet() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    link = world.websocket()
    for _ in range(3):  # 18 seconds a ping, which is more than 10 and 5
        world.pass_time(14.0)
        world.receive(link, "4late")
        world.pass_time(4.0)
        world.receive(link, "3")
        assert world.server.next_deadline() == world.now + 10.0
    assert world.reasons == []


def test_another_packet_in_a_post_leaves_the_client_its_time_once_more() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    session, poll = world.waiting_poller()
    world.pass_time(10.0)
    assert body(poll) == "2"
    world.now = 14.0
    world.post(session, "4a\x1e4b")
    assert world.server.next_deadline() == 19.0
    world.post(session, "4c")
    assert world.server.next_deadline() == 19.0
    world.post(session, "3")
    assert world.server.next_deadline() == 24.0


def test_another_packet_is_no_sign_of_reading_a_ping_that_was_not_taken() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    session = world.poller()
    world.pass_time(14.0)
    world.post(session, "4a")
    assert world.server.next_deadline() == 15.0


def test_a_pause_after_another_packet_misses_no_pong() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    link = world.websocket()
    world.pass_time(12.0)
    world.receive(link, "4a")
    world.note(link.session.pause(world.now))
    world.pass_time(8.0)
    assert world.sent[link][1:] == ["2"] * 2  # at 10 and 17
    world.note(link.session.resume(world.now))
    assert world.server.next_deadline() == 25.0
    # The second ping is another one.
    world.receive(link, "4a")
    assert world.server.next_deadline() == 25.0
    world.pass_time(1.0)
    assert world.reasons == []


def test_on_polling_the_ping_answers_the_poll_and_the_pong_comes_in_a_post() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    session, poll = world.waiting_poller()
    world.pass_time(10.0)
    assert body(poll) == "2"
    world.now = 12.0
    assert body(world.post(session, "3")) == "ok"
    assert world.server.next_deadline() == 22.0


def test_on_polling_a_ping_waits_for_the_poll_and_the_timeout_runs() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    session = world.poller()
    world.pass_time(14.0)
    assert body(world.get(session)) == "2"
    poll = world.get(session)
    world.pass_time(1.0)
    assert world.reasons == ["ping timeout"]
    assert body(poll) == "1"


def test_the_heartbeat_goes_on_across_an_upgrade() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    session = world.poller()
    world.pass_time(8.0)
    link = world.candidate(session)
    world.receive(link, "2probe", "5")
    assert world.server.next_deadline() == 10.0
    world.pass_time(2.0)
    assert world.sent[link] == ["3probe", "2"]


def test_a_ping_sent_by_polling_may_be_answered_after_the_upgrade() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    session, poll = world.waiting_poller()
    world.pass_time(10.0)
    assert body(poll) == "2"
    link = world.candidate(session)
    world.receive(link, "2probe", "5", "3")
    assert world.server.next_deadline() == 20.0


def test_no_pong_is_missed_while_this_side_does_not_read_and_pings_go_on() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    link = world.websocket()
    world.note(link.session.pause(world.now))
    world.pass_time(31.0)
    assert world.sent[link][1:] == ["2"] * 5  # at 10, 15, 20, 25 and 30
    world.note(link.session.resume(world.now))
    assert world.server.next_deadline() == 36.0
    world.receive(link, "3", "3", "3")
    assert world.server.next_deadline() == 41.0
    world.pass_time(14.0)
    assert world.reasons == []
    world.pass_time(1.0)
    assert (world.reasons, world.now) == (["ping timeout"], 46.0)


def test_who_does_not_read_for_two_reasons_reads_again_after_both() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    session = world.websocket().session
    world.note(session.pause(world.now) + session.pause(world.now))
    world.pass_time(12.0)
    world.note(session.resume(world.now))
    assert world.server.next_deadline() == 15.0
    world.note(session.resume(world.now))
    assert world.server.next_deadline() == 17.0


def test_a_pause_that_ends_before_the_ping_changes_nothing() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    session = world.websocket().session
    world.note(session.pause(1.0) + session.resume(2.0))
    assert world.server.next_deadline() == 10.0


def test_reading_again_from_a_session_that_is_over_does_nothing() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    link = world.websocket()
    session = link.session
    world.note(session.pause(world.now))
    world.pass_time(12.0)
    world.lose(link)
    world.note(session.resume(world.now))
    assert world.server.next_deadline() is None


def test_a_pong_for_a_ping_that_nobody_took_is_no_sign_of_life() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    link = world.websocket()
    # A driver that does not take: the socket is full.
    world.note(world.server.handle_timeout(10.0))
    world.note(link.receive("3", 11.0))
    assert world.server.next_deadline() == 15.0
    link.take_frames()
    world.note(link.receive("3", 12.0))
    assert world.server.next_deadline() == 22.0


def test_a_pong_counts_whatever_was_sent_after_its_ping() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    link = world.websocket()
    session = link.session
    session.send(Prepared(("4before",)))
    world.note(world.server.handle_timeout(10.0))
    session.send(Prepared(("4after",)))
    world.note(link.receive("3", 11.0))
    assert world.server.next_deadline() == 15.0
    assert list(link.take_frames()) == ["4before", "2", "4after"]
    session.send(Prepared(("4one",)))
    session.send(Prepared(("4two",)))
    world.note(link.receive("3", 12.0))
    assert world.server.next_deadline() == 22.0


def test_a_ping_that_nobody_takes_is_missed_even_while_this_side_does_not_read() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    session = world.poller()
    world.note(session.pause(world.now))
    world.pass_time(12.0)
    world.note(session.resume(world.now) + session.pause(world.now))
    assert world.server.next_deadline() == 15.0  # reading again is no sign of the client's life
    world.pass_time(3.0)
    assert world.reasons == ["ping timeout"]


def test_clients_that_came_one_after_the_other_are_pinged_together() -> None:
    world = World(ping_interval=25.0, ping_timeout=20.0)
    links = []
    for number in range(10):
        world.now = 100.0 + number / 64
        links.append(world.websocket())
    assert world.server.next_deadline() == 125.0  # of the first, which came on a tick
    world.pass_time(125.0 - world.now)
    assert [link for link in links if world.sent[link][1:]] == links[:1]
    assert world.server.next_deadline() == 125.25
    world.pass_time(0.25)
    assert all(world.sent[link][1:] == ["2"] for link in links)
    # The pong of each is due `ping_timeout` after its own time, at the end of a tick.
    assert [link.session.beat_due for link in links] == [145.0 + n / 64 for n in range(10)]
    assert world.server.next_deadline() == 145.0
    for link in links[1:]:
        world.receive(link, "3")
    world.pass_time(19.75)
    assert world.events[-1:] == [Closed(links[0].session, Reason("ping timeout"))]
    assert world.server.next_deadline() == 150.25


def test_a_client_is_not_dead_before_its_own_time_is_over() -> None:
    world = World(ping_interval=25.0, ping_timeout=20.0)
    world.now = 0.125
    link = world.websocket()
    world.pass_time(25.125)
    assert world.now == 25.25
    assert world.sent[link][1:] == ["2"]
    assert world.pass_time(45.125 - 25.25) == []
    world.receive(link, "3")
    assert world.pass_time(5.0) == []
    assert link.session.beat_due == 70.125


def test_a_poll_does_what_is_due_before_the_tick_ends() -> None:
    world = World(ping_interval=25.0, ping_timeout=20.0)
    world.now = 0.0625
    session = world.poller()
    world.now = 25.0625
    assert world.server.next_deadline() == 25.25
    assert body(world.get(session)) == "2"
    assert session.beat_due == 45.0625
    world.now = 45.0625
    assert world.server.next_deadline() == 45.25
    assert refusal(world.get(session)) == (400, 1)
    assert world.events[-1:] == [Closed(session, Reason("ping timeout"))]


def test_many_heartbeats_are_done_in_pieces() -> None:
    world = World(ping_interval=25.0, ping_timeout=20.0)
    server, links = world.server, [world.websocket() for _ in range(2 * BEATS_AT_ONCE + 7)]
    world.now = 25.0
    for due, expected in ((25.0, BEATS_AT_ONCE), (25.0, 2 * BEATS_AT_ONCE), (45.0, len(links))):
        assert server.handle_timeout(25.0) == []
        world.drain()
        assert sum(len(world.sent[link]) == 2 for link in links) == expected
        assert server.next_deadline() == due
    # Those are first that have waited for longest, of whichever tick they are.
    world.now = 46.0
    assert [event.session for event in server.handle_timeout(46.0)] == [
        link.session for link in links[:BEATS_AT_ONCE]
    ]


def test_a_piece_goes_on_with_the_next_tick() -> None:
    world = World(ping_interval=25.0, ping_timeout=20.0)
    links = [world.websocket()]
    world.now = 1.0
    links.append(world.websocket())
    world.now = 30.0
    world.note(world.server.handle_timeout(30.0))
    world.drain()
    assert [world.sent[link][1:] for link in links] == [["2"], ["2"]]


@pytest.mark.parametrize("text", ["3", "3x"])
def test_a_pong_of_one_character_is_one_of_any_length(text: str) -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    link = world.websocket()
    world.pass_time(10.0)
    world.now = 11.0
    world.receive(link, text)
    assert link.session.beat is Heartbeat.QUIET
    assert world.server.next_deadline() == 21.0


def test_no_heartbeat_is_due_of_a_session_that_fails() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    link = world.websocket()
    world.now = 10.0
    link.session.fail(Reason("transport error", "told"))
    assert world.server.handle_timeout(10.0) == [
        Closed(link.session, Reason("transport error", "told"))
    ]
    assert len(world.server.heartbeats) == 0
