"""`older_link.py`: the open packet leaves a moment after the answer to the handshake."""

import pytest

from sio_core.engineio import Link, LinkState, Opened, SessionState
from sio_core.engineio.older_link import APART
from sio_core.prepared import Prepared

from .support import World, handshake_link, waits


def new_link(**settings: float) -> tuple[World, Link]:
    """A WebSocket whose handshake was answered just now."""
    world = World("3", allow_eio3=True, ping_interval=25, ping_timeout=20, **settings)
    link = handshake_link(world.start(world.websocket_query, websocket=True))
    assert [type(event) for event in world.note(link.opened(world.now))] == [Opened]
    world.drain()
    assert world.sent[link] == []
    return world, link


def test_the_open_packet_of_an_older_client_waits_for_a_moment() -> None:
    world, link = new_link()
    assert world.pass_time(APART * 0.9) == []
    assert world.sent[link] == []
    assert world.pass_time(APART * 0.2) == []
    [opened] = world.sent[link]
    assert str(opened).startswith("0{")
    world.send(link.session, "4a")
    assert world.sent[link][1:] == ["4a"]
    assert world.pass_time(40) == []


def test_that_of_todays_clients_does_not() -> None:
    world = World(allow_eio3=True)
    link = handshake_link(world.start(world.websocket_query, websocket=True))
    world.note(link.opened(world.now))
    assert link.due is None
    world.drain()
    assert len(world.sent[link]) == 1


def test_what_is_sent_meanwhile_goes_behind_it() -> None:
    world, link = new_link()
    world.receive(link, "2", "4hello")
    assert world.messages == ["hello"]
    world.send(link.session, "4answer")
    world.send(link.session, "4fleeting", volatile=True)
    assert list(link.take()) == []
    assert list(link.take_frames()) == []
    world.pass_time(APART)
    assert world.sent[link][1:] == ["3", "4answer", "4fleeting"]


def test_what_waits_meanwhile_is_bounded() -> None:
    world, link = new_link(max_queue_bytes=300)
    for _ in range(10):
        link.session.send(message())
    world.pass_time(0)
    assert world.reasons == ["transport error (too many bytes wait for a slow client)"]
    assert link.closing


def message() -> Prepared:
    return Prepared(("4" + "x" * 100,))


def test_a_session_that_the_server_closes_meanwhile_is_told_all_at_once() -> None:
    world, link = new_link()
    link.session.send(message())
    world.close(link.session)
    assert [str(frame)[:2] for frame in world.sent[link]] == ["0{", "4x"]
    assert link.closing
    assert link.due is None
    world.lose(link)


@pytest.mark.parametrize("packet", ["1", "7"])
def test_a_client_that_ends_it_meanwhile(packet: str) -> None:
    world, link = new_link()
    assert len(world.receive(link, packet)) == 1
    assert link.session.state is SessionState.CLOSED
    assert link.closing
    assert world.sent[link] == []
    world.lose(link)
    assert world.pass_time(1) == []


def test_a_websocket_that_is_lost_meanwhile() -> None:
    world, link = new_link()
    world.lose(link)
    assert world.reasons == ["transport close"]
    assert link.state is LinkState.CLOSED
    assert world.pass_time(1) == []


def test_a_candidate_is_answered_at_once() -> None:
    world = World("3", allow_eio3=True)
    session = world.poller()
    link = world.candidate(session)
    assert not waits(link)
    world.receive(link, "2probe", "5")
    world.send(session, "4a")
    assert world.sent[link] == ["3probe", "4a"]
    late = world.candidate(world.poller())
    world.pass_time(10)
    assert late.closing
