"""`slow_client.py`: a client is slow once it had the chance to take what waits, and did not."""

import pytest

from sio_core.engineio import Link, Session
from sio_core.prepared import Prepared

from .support import World, body

SLOW = "transport error (client did not take what waits for it in time)"
TOO_MANY = "transport error (too many messages wait for a slow client)"


def fill(session: Session, count: int) -> None:
    for number in range(count):
        session.send(Prepared((f"4{number}",)))


def packets(text: str) -> list[str]:
    return text.split("\x1e")


def test_who_comes_in_time_gets_all_of_a_burst() -> None:
    world = World(max_queue_messages=10, slow_client_timeout=5.0)
    session, poll = world.waiting_poller()
    fill(session, 12)
    world.note(world.server.handle_timeout(world.now))
    world.drain()
    assert len(packets(body(poll))) == 12
    fill(session, 100)
    world.pass_time(4.9)
    assert len(packets(body(world.get(session)))) == 100
    world.pass_time(10.0)
    assert (world.reasons, session.due is None) == ([], False)


def test_who_does_not_come_is_slow() -> None:
    world = World(max_queue_messages=10, slow_client_timeout=5.0)
    session = world.poller()
    fill(session, 11)
    assert world.pass_time(4.5) == []
    world.pass_time(0.5)
    assert (world.reasons, world.now) == ([SLOW], 5.0)


def test_who_comes_but_falls_behind_again_gets_as_long_again() -> None:
    world = World(max_queue_messages=10, slow_client_timeout=5.0, ping_interval=100.0)
    session = world.poller()
    fill(session, 11)
    world.pass_time(3.0)
    world.get(session)
    fill(session, 11)
    world.note(world.server.handle_timeout(world.now))
    world.pass_time(4.5)
    assert world.reasons == []
    world.pass_time(0.5)
    assert (world.reasons, world.now) == ([SLOW], 8.0)


def test_ten_times_as_many_are_too_many_at_once() -> None:
    world = World(max_queue_messages=2)
    session = world.poller()
    fill(session, 20)
    assert world.note(world.server.handle_timeout(0.0)) == []
    fill(session, 1)
    world.pass_time(0.0)
    assert world.reasons == [TOO_MANY]


@pytest.mark.parametrize("blocked", [True, False])
def test_only_a_websocket_that_takes_nothing_is_slow_at_once(blocked: bool) -> None:
    world = World(max_queue_messages=10)
    link = world.websocket()
    link.blocked = blocked
    fill(link.session, 12)
    world.note(world.server.handle_timeout(0.0))
    assert world.reasons == ([TOO_MANY] if blocked else [])


def waiting(world: World, *, count: int = 6) -> Link:
    """A WebSocket that takes nothing, and somebody who waits for it."""
    link = world.websocket()
    link.blocked = True
    fill(link.session, count)
    world.note(link.session.expect_output_taken(world.now))
    return link


def test_who_waits_for_a_client_does_not_wait_for_ever() -> None:
    world = World(max_queue_messages=10, slow_client_timeout=5.0)
    link = waiting(world)
    assert link.session.outbound_full
    world.note(world.server.handle_timeout(4.0))
    world.note(link.session.expect_output_taken(4.0))  # one more that waits changes nothing
    assert world.reasons == []
    world.note(world.server.handle_timeout(5.0))
    assert world.reasons == [SLOW]
    assert link.closing
    assert not link.session.outbound_full


def test_a_client_that_takes_is_waited_for() -> None:
    world = World(max_queue_messages=10, slow_client_timeout=5.0)
    link = waiting(world)
    for _ in range(3):
        world.now += 4.0
        link.take_frames()
        fill(link.session, 6)
        world.note(world.server.handle_timeout(world.now))
    assert world.reasons == []
    link.take_frames()
    world.note(world.server.handle_timeout(20.0))
    assert (world.reasons, link.session.outbound_full) == ([], False)


def test_who_takes_something_and_then_nothing_gets_the_time_once() -> None:
    world = World(max_queue_messages=10, slow_client_timeout=5.0)
    link = waiting(world)
    link.take_frames()
    fill(link.session, 6)
    world.note(link.session.expect_output_taken(1.0))
    world.note(link.session.expect_output_taken(4.0))  # it has taken nothing since
    world.note(world.server.handle_timeout(5.0))
    assert world.reasons == []
    world.note(world.server.handle_timeout(6.0))
    assert world.reasons == [SLOW]


def test_nobody_needs_to_wait_for_a_client_without_much_in_its_queue() -> None:
    world = World(max_queue_messages=10)
    link = waiting(world, count=5)
    assert not link.session.outbound_full
    assert world.server.next_deadline() == 25.0


def test_a_single_large_message_is_much() -> None:
    world = World(max_queue_bytes=10, slow_client_timeout=5.0)
    link = world.websocket()
    link.session.send(Prepared(("4a",)))
    assert not world.server.any_outbound_full
    link.session.send(Prepared(("4" + "x" * 7,)))
    assert world.server.any_outbound_full
    assert link.session.outbound_full


def test_a_session_that_is_closed_meanwhile_is_not_watched_any_more() -> None:
    world = World(max_queue_messages=10, slow_client_timeout=5.0)
    session = world.poller()
    fill(session, 8)
    world.note(session.expect_output_taken(world.now))
    world.close(session)
    assert world.server.next_deadline() == 30.0
    world.pass_time(5.0)
    assert len(packets(body(world.get(session)))) == 8
    assert body(world.get(session)) == "1"


def test_a_watch_that_was_not_needed_any_more_begins_anew() -> None:
    world = World(max_queue_messages=10, slow_client_timeout=5.0, ping_interval=100.0)
    session, _ = world.waiting_poller()
    fill(session, 11)
    world.drain()
    world.pass_time(50.0)
    world.get(session)
    fill(session, 11)
    world.drain()
    fill(session, 11)
    world.pass_time(4.5)
    assert world.reasons == []
    world.pass_time(1.0)
    assert world.reasons == [SLOW]
