"""`older_session.py`: clients of protocol 3 ping, and what they are sent has their form."""

import pytest

from sio_core.engineio import Link, Session, SessionState
from sio_core.engineio.older_session import OlderSession, OlderTextSession
from sio_core.prepared import Deferred, Prepared
from sio_core.protocol_errors import DecodeError
from sio_core.reasons import Reason
from sio_core.values import Frame

from .support import World, body, open_data, refusal, response


def older_world(**settings: float) -> World:
    return World("3", allow_eio3=True, ping_interval=25, ping_timeout=20, **settings)


def test_the_session_ends_when_no_ping_came_for_interval_and_timeout() -> None:
    world = older_world()
    link = world.websocket()
    assert world.pass_time(44.9) == []
    assert world.sent[link][1:] == []  # the server sends no pings
    assert world.pass_time(0.1) != []
    assert world.reasons == ["ping timeout"]
    assert link.closing


def test_a_client_is_told_the_grace_and_has_it() -> None:
    world = older_world(ping_grace=5)
    link = world.websocket()
    [opened] = world.sent[link]
    assert isinstance(opened, str)
    assert open_data(opened)["pingInterval"] == 30_000
    assert world.pass_time(49.9) == []
    world.pass_time(0.1)
    assert world.reasons == ["ping timeout"]


def test_a_ping_is_answered_and_gives_the_client_its_time_again() -> None:
    world = older_world()
    link = world.websocket()
    for _ in range(3):
        world.pass_time(40)
        assert world.receive(link, "2") == []
    assert world.sent[link][1:] == ["3"] * 3
    # The reference server answers one with data without it, too.
    world.receive(link, "2hello")
    assert world.sent[link][-1] == "3"
    world.pass_time(44.9)
    assert world.reasons == []
    world.pass_time(0.1)
    assert world.reasons == ["ping timeout"]


def test_nothing_but_a_ping_is_a_sign_of_life() -> None:
    world = older_world()
    link = world.websocket()
    world.pass_time(40)
    world.receive(link, "4hello", b"\x04\x01")
    world.pass_time(5)
    assert world.reasons == ["ping timeout"]


def test_pings_over_polling() -> None:
    world = older_world()
    session, poll = world.waiting_poller()
    world.pass_time(40)
    assert body(world.post(session, "1:2")) == "ok"
    assert body(poll) == "1:3"
    world.pass_time(40)
    assert session.state is SessionState.OPEN


@pytest.mark.parametrize("body", ["1:2", "2:4a1:22:4b"])
def test_a_ping_over_polling_that_is_read_before_its_deadline_but_came_after_it(body: str) -> None:
    world = older_world()
    session = world.poller()
    post = world.begin_post(session)
    world.now = 45.0  # the timer of the driver has not run yet
    world.note(post.receive_body(body.encode(), world.now))
    assert refusal(post) == (400, 1)
    assert world.reasons == ["ping timeout"]
    assert "b" not in world.messages
    link = world.websocket().session.link
    assert isinstance(link, Link)
    world.now += 60.0
    # A WebSocket is read in order: a server that slept finds the pings there before its deadlines.
    assert world.receive(link, "2") == []


def test_a_ping_that_waits_for_capacity_is_not_late() -> None:
    world = older_world()
    session = world.poller()
    post = world.begin_post(session)
    world.note(post.receive_body(b"2:4a1:2", world.now, 0))
    world.now = 45.0
    world.note(post.hand_on(world.now))
    assert body(post) == "ok"
    assert world.reasons == []


def test_a_pong_goes_the_wrong_way() -> None:
    world = older_world()
    world.receive(world.websocket(), "3")
    session = world.poller()
    assert refusal(world.post(session, "1:3")) == (400, 3)
    assert world.reasons == ["transport error (invalid heartbeat direction)"] * 2


def test_packets_that_mean_nothing_from_a_client() -> None:
    world = older_world()
    link = world.websocket()
    assert world.receive(link, "0", "6", "5") == []
    world.receive(link, "1")
    assert world.reasons == ["transport close"]


def test_a_ping_of_a_session_that_is_closing_or_failed_is_not_answered() -> None:
    world = older_world(max_queue_bytes=10)
    session = world.poller()
    world.close(session)
    assert session.receive_control("2", world.now) is None
    assert session.queued == 0
    failed = world.poller()
    failed.fail(Reason("transport error"))
    assert failed.receive_control("2", world.now) is None
    assert failed.queued == 0
    world.pass_time(0)
    assert world.reasons[-1] == "transport error"


def test_while_nothing_is_read_no_ping_is_missed() -> None:
    world = older_world()
    link = world.websocket()
    session = link.session
    world.pass_time(40)
    session.pause(world.now)
    session.pause(world.now)
    world.pass_time(100)
    session.resume(world.now)
    assert world.pass_time(100) == []
    session.resume(world.now)
    assert world.pass_time(19.9) == []
    world.pass_time(0.1)
    assert world.reasons == ["ping timeout"]


def test_a_short_pause_takes_no_time_away() -> None:
    world = older_world()
    session = world.websocket().session
    session.pause(world.now)
    session.resume(world.now)
    assert session.due == 45
    world.close(session)
    session.pause(world.now)
    session.resume(world.now)  # it is over: nothing to wait for


def test_a_body_that_waits_for_capacity_misses_no_ping() -> None:
    world = older_world()
    session = world.poller()
    post = world.begin_post(session)
    world.note(post.receive_body(b"2:4a2:4b", world.now, 1))
    assert world.pass_time(100) == []
    world.note(post.hand_on(world.now))
    assert world.messages == ["a", "b"]
    world.pass_time(20)
    assert world.reasons == ["ping timeout"]


# Forms --------------------------------------------------------------------------------


def test_bytes_have_their_type_in_front() -> None:
    world = older_world()
    link, other = world.websocket(), world.websocket("&b64=1")
    assert [type(link.session), type(other.session)] == [OlderSession, OlderTextSession]
    message = Prepared(("451-[]", b"\x01\x02"))
    for session in (link.session, other.session):
        session.send(message)
    world.drain()
    assert world.sent[link][1:] == ["451-[]", b"\x04\x01\x02"]
    assert world.sent[other][1:] == ["451-[]", "b4AQI="]


def test_one_message_is_encoded_once_for_each_generation() -> None:
    class Counted(str):
        encoded = 0

        def encode(self, *args: str) -> bytes:  # type: ignore[override]
            Counted.encoded += 1
            return super().encode(*args)

    today, older = World(), older_world()
    message = Prepared((Counted("4ä"),))
    links = [world.websocket() for world in [today, older] * 5]
    before = [message.frame_bytes()]
    assert Counted.encoded == 1
    for link in links:
        link.session.send(message)
    forms = {id(link.session.outbox[-1]) for link in links}
    assert len(forms) == 2
    made = {link.take()[-1].frame_bytes() for link in links}
    assert made == {*before}
    assert Counted.encoded == 2


@pytest.mark.parametrize(
    ("extra", "answer", "kind"),
    [
        ("", b"\x00\x02\xff4a\x01\x03\xff\x04\x01\x02", "application/octet-stream"),
        ("&b64=1", b"2:4a6:b4AQI=", "text/plain; charset=UTF-8"),
    ],
)
def test_a_poll_is_answered_in_bytes_if_the_client_takes_them(
    extra: str, answer: bytes, kind: str
) -> None:
    world = older_world()
    session = world.poller(extra)
    world.send(session, "4a", b"\x01\x02")
    poll = world.get(session)
    step = poll.step
    assert (step.body, step.headers[0]) == (answer, ("content-type", kind))  # type: ignore[union-attr]
    world.send(session, "4a")
    assert body(world.get(session)) == "2:4a"
    world.send(session, "4€")
    answer = response(world.get(session))
    assert answer.headers[0] == ("content-type", kind)
    assert answer.body == ("2:4€".encode() if extra else b"\x00\x04\xff4\xe2\x82\xac")


def test_what_is_deferred_is_not_encoded_while_it_waits() -> None:
    world = older_world()
    session = world.poller()
    made: list[int] = []

    def encode() -> tuple[Frame, ...]:
        made.append(1)
        return ("4late",)

    session.send(Deferred(encode, 10))
    poll = world.get(session)
    assert made == []  # not even when the poll is answered: the driver makes the body
    assert body(poll) == "5:4late"


def test_the_bounds_of_the_queue_hold() -> None:
    world = older_world(max_queue_bytes=100)
    session = world.poller()
    for _ in range(3):
        world.send(session, "4" + "x" * 60)
    world.pass_time(0)
    assert world.reasons == ["transport error (too many bytes wait for a slow client)"]


def test_a_client_that_pings_and_reads_nothing_does_not_fill_memory() -> None:
    world = older_world(max_queue_messages=10)
    link = world.websocket()
    link.blocked = True
    for _ in range(20):
        world.note(link.receive("2", world.now))
    world.pass_time(0)
    assert world.reasons == ["transport error (too many messages wait for a slow client)"]


# The end ------------------------------------------------------------------------------


def test_the_end_of_a_session_on_polling() -> None:
    world = older_world()
    session, poll = world.waiting_poller()
    world.close(session)
    assert body(poll) == "1:1"
    session, poll = world.waiting_poller()
    assert body(world.post(session, "1:1")) == "ok"
    assert body(poll) == "1:6"
    session, poll = world.waiting_poller()
    assert refusal(world.get(session)) == (400, 3)
    world.drain()
    assert body(poll) == "1:1"


def ends(link: Link) -> bool:
    return link.closing and link.session.state is SessionState.CLOSED


@pytest.mark.parametrize("frame", [b"", b"\x07", "b4A", "b", "7", ""])
def test_a_frame_that_is_no_packet_ends_the_session(frame: Frame) -> None:
    world = older_world()
    link = world.websocket()
    world.receive(link, frame)
    assert world.reasons == ["parse error (unknown packet type)"]
    assert ends(link)


def test_a_payload_that_is_none_ends_the_session() -> None:
    world = older_world()
    session, poll = world.waiting_poller()
    assert refusal(world.post(session, "2:4a1:2x")) == (400, 3)
    assert world.reasons == ["parse error (payload has no length where one belongs)"]
    assert world.messages == []
    assert body(poll) == "1:1"
    assert isinstance(session, Session)
    with pytest.raises(DecodeError):
        session.revision.decode_payload(b"2:4a1:2x", 10)
