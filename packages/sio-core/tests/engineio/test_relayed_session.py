"""`relayed_session.py`: messages go by somebody before they are sent."""

import pytest

from sio_core.engineio import Closed, Opened, Session, SessionState, message
from sio_core.engineio.relayed_session import DetachedSession, RelayedSession
from sio_core.prepared import Deferred, Prepared
from sio_core.reasons import Reason

from .support import World


class Relay:
    """Keeps what it is handed."""

    def __init__(self, world: World) -> None:
        self.handed: list[tuple[Session, Prepared]] = []
        world.server.relay_by(self.take)

    def take(self, session: Session, sent: Prepared) -> None:
        self.handed.append((session, sent))

    def pass_on(self) -> None:
        handed, self.handed = self.handed, []
        for session, sent in handed:
            assert isinstance(session, RelayedSession)
            session.pass_on(sent)


def text(words: str) -> Prepared:
    return message(words)


@pytest.mark.parametrize("eio", ["4", "3"])
def test_messages_are_handed_on_and_sent_later(eio: str) -> None:
    world = World(eio, allow_eio3=True)
    old = world.websocket()
    relay = Relay(world)
    new = world.websocket()
    assert len(world.sent[new]) == 1, "the open packet is no message"
    for link in (old, new):
        link.session.send(text("hello"))
        link.session.send(message(b"\1"))
    world.drain()
    assert [sent.frames for _, sent in relay.handed] == [("4hello",), (b"\1",)] * 2
    assert [session for session, _ in relay.handed[::2]] == [old.session, new.session]
    assert [len(world.sent[link]) for link in (old, new)] == [1, 1]
    relay.pass_on()
    world.drain()
    plain = world.sent[old][1:]
    assert plain == world.sent[new][1:]
    assert plain == ["4hello", b"\1" if eio == "4" else b"\4\1"]


def test_a_message_that_is_made_later_is_not_made_to_be_handed_on() -> None:
    world = World()
    link = world.websocket()
    relay = Relay(world)
    made: list[str] = []
    link.session.send(Deferred(lambda: made.append("now") or ("4late",), 10))
    assert made == []
    relay.pass_on()
    world.drain()
    assert (world.sent[link][1:], made) == (["4late"], ["now"])


def test_heartbeats_are_not_handed_on() -> None:
    world = World(ping_interval=25, ping_timeout=20)
    link = world.websocket()
    relay = Relay(world)
    world.pass_time(25)
    assert world.sent[link][1:] == ["2"]
    assert relay.handed == []


def test_a_session_that_is_over_sends_nothing() -> None:
    world = World()
    link = world.websocket()
    relay = Relay(world)
    world.note(world.server.close(link.session, world.now))
    link.session.send(text("late"))
    assert relay.handed == []


def test_the_last_message_is_not_handed_on() -> None:
    world = World()
    plain = world.websocket()
    relay = Relay(world)
    link = world.websocket()
    world.server.relay_by(None)
    world.server.relay_by(relay.take)
    for each in (plain, link):
        each.session.send_last(text("bye"))
        world.close(each.session)
        assert world.sent[each][1:] == ["4bye"]
    assert relay.handed == []
    world.server.relay_by(None)
    last = world.websocket()
    last.session.send_last(text("bye"))
    world.drain()
    assert world.sent[last][1:] == ["4bye"]


def test_sessions_become_ordinary_again() -> None:
    world = World("3", allow_eio3=True, ping_interval=25, ping_timeout=20)
    link = world.websocket()
    kind = type(link.session)
    Relay(world)
    assert type(link.session) is not kind
    world.server.relay_by(None)
    assert type(link.session) is kind
    link.session.send(text("hello"))
    world.drain()
    assert world.sent[link][1:] == ["4hello"]


def test_a_session_of_an_older_client_that_takes_text_alone() -> None:
    world = World("3", allow_eio3=True)
    relay = Relay(world)
    world.start(f"{world.polling_query}&b64=1")
    [session] = world.sessions
    session.send(message(b"\1"))
    assert [sent.frames for _, sent in relay.handed] == [(b"\1",)]
    relay.pass_on()
    assert session.queued == 1
    assert session.outbox[0].frames != (b"\1",)


def test_a_session_without_a_transport() -> None:
    world = World(ping_interval=25, ping_timeout=20)
    [opened] = world.server.open_detached("mine")
    assert isinstance(opened, Opened)
    session = opened.session
    assert isinstance(session, DetachedSession)
    assert world.server.sessions == {"mine": session}
    assert world.server.next_deadline() is None, "it has no heartbeat"
    session.send(text("nobody takes it"))
    relay = Relay(world)
    session.send(text("hello"))
    session.send_last(text("bye"))
    assert [sent.frames for _, sent in relay.handed] == [("4hello",), ("4bye",)]
    relay.pass_on()
    assert session.queued == 0
    world.server.relay_by(None)
    assert type(session) is DetachedSession
    [closed] = world.server.close(session, world.now, "done")
    assert isinstance(closed, Closed)
    assert closed.reason.detail == "done"
    assert session.state is SessionState.CLOSED
    assert world.server.sessions == {}
    assert session.end(world.now, Reason("transport close")) == []
