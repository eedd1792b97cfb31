"""`exchange.py`: a body is handed on no faster than the application takes it."""

from sio_core.engineio import AwaitCapacity, Exchange, Session
from sio_core.values import Response

from .support import World, body, refusal


def begin(world: World, session: Session, text: str, capacity: int) -> Exchange:
    """A POST request of `session` for which there is capacity for so many messages."""
    post = world.begin_post(session)
    world.note(post.receive_body(text.encode(), world.now, capacity))
    world.drain()
    return post


def hand_on(world: World, post: Exchange, capacity: int) -> None:
    world.note(post.hand_on(world.now, capacity))
    world.drain()


def test_what_there_is_no_capacity_for_is_handed_on_later_in_order() -> None:
    world = World()
    session = world.poller()
    post = begin(world, session, "4a\x1ebQkI=\x1e4c\x1e4d", 2)
    assert world.messages == ["a", b"BB"]
    assert post.step == AwaitCapacity(session)
    hand_on(world, post, 1)
    assert world.messages == ["a", b"BB", "c"]
    hand_on(world, post, 0)
    hand_on(world, post, -1)
    assert post.step == AwaitCapacity(session)
    hand_on(world, post, 5)
    assert world.messages == ["a", b"BB", "c", "d"]
    assert body(post) == "ok"
    assert body(world.post(session, "4e")) == "ok"


def test_packets_that_are_no_messages_need_no_capacity() -> None:
    world = World()
    session = world.poller()
    post = begin(world, session, "4a\x1e6\x1e3", 1)
    assert body(post) == "ok"
    assert body(begin(world, session, "3\x1e6", 0)) == "ok"


def test_others_have_their_turn_after_many_packets_that_are_no_messages() -> None:
    world = World()
    session = world.poller()
    rounds = 0
    post = begin(world, session, "\x1e".join(["6"] * 2500 + ["4a"]), 1)
    while isinstance(post.step, AwaitCapacity):
        rounds += 1
        assert world.messages == []
        hand_on(world, post, 1)
    assert (rounds, body(post), world.messages) == (2, "ok", ["a"])
    # Without a driver that gives turns there is no reason to wait.
    assert body(world.post(session, "\x1e".join(["6"] * 2500))) == "ok"


def test_the_heartbeat_waits_with_the_client() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    session, poll = world.waiting_poller()
    post = begin(world, session, "4a\x1e4b\x1e3", 1)
    world.pass_time(8.0)
    for _ in range(5):  # at 10, 15, 20, 25 and 30
        world.pass_time(5.0)
        assert body(poll) == "2"
        poll = world.get(session)
    assert (world.reasons, world.now) == ([], 33.0)
    hand_on(world, post, 1)
    assert world.server.next_deadline() == 43.0


def test_a_second_post_while_the_first_one_waits_ends_the_session() -> None:
    world = World()
    session = world.poller()
    post = begin(world, session, "4a\x1e4b", 1)
    assert refusal(world.start(f"EIO=4&transport=polling&sid={session.sid}", "POST")) == (400, 3)
    assert world.reasons == ["transport error (overlapping post)"]
    hand_on(world, post, 1)
    assert isinstance(post.step, Response)
    assert world.messages == ["a"]


def test_a_client_that_closes_is_gone_after_what_it_sent_before() -> None:
    world = World()
    session = world.poller()
    post = begin(world, session, "4a\x1e4b\x1e1\x1e4c", 1)
    assert world.reasons == []
    hand_on(world, post, 9)
    assert world.messages == ["a", "b"]
    assert world.reasons == ["transport close"]
    assert isinstance(post.step, Response)


def test_a_client_that_hangs_up_meanwhile_is_gone() -> None:
    world = World()
    session = world.poller()
    post = begin(world, session, "4a\x1e4b", 1)
    world.lose(post)
    assert world.reasons == ["transport error (polling connection closed prematurely)"]
    assert world.lose(post) == []


def test_after_an_upgrade_the_heartbeat_goes_on_without_the_request() -> None:
    world = World(ping_interval=10.0, ping_timeout=5.0)
    session = world.poller()
    post = begin(world, session, "4a\x1e4b", 1)
    link = world.candidate(session)
    world.receive(link, "2probe", "5")
    world.lose(post)
    world.pass_time(15.0)
    assert world.reasons == ["ping timeout"]


def test_a_session_that_the_server_closes_hands_on_nothing_more() -> None:
    world = World()
    session, poll = world.waiting_poller()
    post = begin(world, session, "4a\x1e4b", 1)
    world.close(session)
    assert body(poll) == "1"
    hand_on(world, post, 5)
    assert world.messages == ["a"]
    assert body(post) == "ok"
    assert world.server.next_deadline() is None
