"""Whatever happens, and in whatever order: nothing is lost, repeated, stuck or left behind.

`World.check` holds after every input that deadlines are exact and that the server knows no session
after its end. Here inputs come at random, from clients that break every rule and from a driver
that is late with its writing, and messages are followed from `send` to the client.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sio_core.engineio import (
    Abandoned,
    AwaitCapacity,
    Closed,
    Exchange,
    Link,
    LinkState,
    Opened,
    ReadBody,
    Session,
    SessionState,
    Suspend,
    UpgradeToWebSocket,
    older,
)
from sio_core.prepared import Prepared
from sio_core.reasons import Reason
from sio_core.values import Frame, Response

from .support import WEBSOCKET, World, waits

FRAMES: list[Frame] = ["2probe", "5", "3", "4hi", b"\x01", "1", "2", "6", "7", "", "4" + "x" * 200]
BODIES = [b"4hi", b"3", b"4a\x1e4b", b"6", b"1", b"2", b"", b"\xff", b"bA", b"4" * 200]
OLDER_BODIES = [
    *(b"3:4hi", b"1:2", b"2:4a2:4b1:2", b"1:6", b"1:1", b"1:3", b"", b"0:", b"3:4", b"4:b4AA"),
    *(b"\x00\x02\xff4a\x01\x02\xff\x04x", b"\x01\x01\xff\x02", b"\x00", b"4" * 200),
]

picks = st.integers(0, 63)


class AnyOrder(RuleBasedStateMachine):
    """One server, some clients, no manners."""

    def __init__(self, eio: str = "4") -> None:
        super().__init__()
        self.world = World(eio, max_payload=100, max_queue_messages=20, allow_eio3=True)
        self.numbers = 0
        self.sent_to: dict[Session, list[Frame]] = {}
        self.got: dict[Session, list[Frame]] = {}
        self.answered: set[Exchange] = set()

    # Helpers ----------------------------------------------------------------

    def session(self, pick: int) -> Session:
        sessions = [each for each in self.world.sessions if each.sid in self.world.server.sessions]
        return (sessions or self.world.sessions)[pick % len(sessions or self.world.sessions)]

    def waiting(self, step: type[AwaitCapacity | ReadBody | Suspend]) -> list[Exchange]:
        return [each for each in self.world.exchanges if isinstance(each.step, step)]

    def live(self) -> list[Link]:
        return [each for each in self.world.links if each.state is not LinkState.CLOSED]

    def note_answers(self) -> None:
        """Read what polls were answered, in the order in which they were asked."""
        for exchange in self.world.exchanges:
            step, session = exchange.step, exchange.session
            if exchange in self.answered or not isinstance(step, Response) or session is None:
                continue
            self.answered.add(exchange)
            if step.status == 200 and exchange.request.method == "GET":
                packets = self.packets(step.body)
                self.got.setdefault(session, []).extend(p for p in packets if p[:2] == "4m")

    def packets(self, body: bytes) -> list[str]:
        return body.decode().split("\x1e")

    def take(self, link: Link) -> None:
        frames = link.take_frames()
        self.world.sent[link] += frames
        mine = [frame for frame in frames if isinstance(frame, str) and frame[:2] == "4m"]
        self.got.setdefault(link.session, []).extend(mine)

    # Rules ------------------------------------------------------------------

    @rule()
    def open_polling(self) -> None:
        self.world.poller()

    @rule()
    def open_websocket(self) -> None:
        self.world.start(self.world.websocket_query, websocket=True)

    @precondition(lambda self: self.world.sessions)
    @rule(pick=picks)
    def get(self, pick: int) -> None:
        self.world.get(self.session(pick))
        self.note_answers()

    @precondition(lambda self: self.world.sessions)
    @rule(pick=picks)
    def post(self, pick: int) -> None:
        self.world.start(f"{self.world.polling_query}&sid={self.session(pick).sid}", "POST")

    @precondition(lambda self: self.waiting(ReadBody))
    @rule(pick=picks, body=st.sampled_from(BODIES), capacity=st.sampled_from([None, 0, 1]))
    def receive_body(self, pick: int, body: bytes, capacity: int | None) -> None:
        posts = self.waiting(ReadBody)
        post = posts[pick % len(posts)]
        self.take_body(post, body, capacity)

    def take_body(self, post: Exchange, body: bytes, capacity: int | None) -> None:
        self.world.note(post.receive_body(body, self.world.now, capacity))
        assert isinstance(post.step, Response if capacity is None else Response | AwaitCapacity)

    @precondition(lambda self: self.waiting(AwaitCapacity))
    @rule(pick=picks, capacity=st.sampled_from([None, 0, 1]))
    def hand_on(self, pick: int, capacity: int | None) -> None:
        posts = self.waiting(AwaitCapacity)
        self.world.note(posts[pick % len(posts)].hand_on(self.world.now, capacity))

    @precondition(lambda self: self.world.sessions)
    @rule(pick=picks)
    def upgrade(self, pick: int) -> None:
        self.world.start(
            f"{self.world.websocket_query}&sid={self.session(pick).sid}", websocket=True
        )

    @precondition(lambda self: self.world.links)
    @rule(pick=picks)
    def opened(self, pick: int) -> None:
        link = self.world.links[-1 - pick % min(3, len(self.world.links))]
        self.world.note(link.opened(self.world.now))

    @precondition(lambda self: self.live())
    @rule(pick=picks, frame=st.sampled_from(FRAMES))
    def receive(self, pick: int, frame: Frame) -> None:
        links = self.live()
        self.world.note(links[pick % len(links)].receive(frame, self.world.now))

    @precondition(lambda self: self.live())
    @rule(pick=picks, error=st.sampled_from(["", "broken"]))
    def lose_link(self, pick: int, error: str) -> None:
        links = self.live()
        self.world.note(links[pick % len(links)].lost(self.world.now, error=error))

    @precondition(lambda self: self.waiting(Suspend) or self.waiting(ReadBody))
    @rule(pick=picks)
    def lose_exchange(self, pick: int) -> None:
        exchanges = self.waiting(Suspend) + self.waiting(ReadBody) + self.waiting(AwaitCapacity)
        exchange = exchanges[pick % len(exchanges)]
        self.world.note(exchange.lost(self.world.now))
        self.world.exchanges.remove(exchange)  # the driver forgets it
        assert exchange.due is None

    @precondition(lambda self: self.world.sessions)
    @rule(pick=picks, volatile=st.booleans())
    def send(self, pick: int, volatile: bool) -> None:
        session = self.session(pick)
        self.numbers += 1
        frame = f"4m{self.numbers}"
        before = session.queued
        session.send(Prepared((frame,), volatile=volatile))
        if session.queued > before:
            self.sent_to.setdefault(session, []).append(frame)
        self.world.check()

    @precondition(lambda self: self.world.sessions)
    @rule(pick=picks)
    def close(self, pick: int) -> None:
        self.world.note(self.world.server.close(self.session(pick), self.world.now))

    @precondition(lambda self: self.world.sessions)
    @rule(pick=picks)
    def fail(self, pick: int) -> None:
        session = self.session(pick)
        if session.state is SessionState.OPEN:
            session.fail(Reason("transport error"))
            self.world.check()

    @rule(seconds=st.sampled_from([0.0, 0.05, 0.1, 5.0, 10.0, 20.0, 25.0]))
    def wait(self, seconds: float) -> None:
        self.world.now += seconds
        self.world.note(self.world.server.handle_timeout(self.world.now))
        assert (self.world.server.next_deadline() or 1e9) > self.world.now

    @rule()
    def drain(self) -> None:
        while ready := self.world.server.take_ready():
            for sink in ready:
                if isinstance(sink, Exchange):
                    self.world.note(sink.resume(self.world.now))
                    self.note_answers()
                else:
                    self.take(sink)
        for exchange in self.waiting(Suspend):
            session = exchange.session
            assert session is not None
            assert session.poll is exchange
            assert session.state is SessionState.OPEN
            assert session.link is None
            assert not session.outbox
        for session in self.world.sessions:
            if session.state is SessionState.OPEN:
                assert session.link is None or not session.outbox or waits(session.link)
        for link in self.live():
            if link.session.state is SessionState.CLOSED:
                # One too many is closed when it opens, whatever its session does meanwhile.
                beside = link.resumes and link.state is LinkState.HANDSHAKE
                assert link.closing or beside

    # Truths -----------------------------------------------------------------

    @invariant()
    def messages_arrive_once_and_in_order(self) -> None:
        for session in self.world.sessions:
            sent, got = self.sent_to.get(session, []), self.got.get(session, [])
            assert got == sent[: len(got)]
            if session.state is SessionState.OPEN:
                queued = [frame for message in session.outbox for frame in message.frames]
                queued = [f for f in queued if isinstance(f, str) and f[:2] == "4m"]
                assert got + queued == sent

    @invariant()
    def a_session_is_opened_and_closed_once(self) -> None:
        over: set[Session] = set()
        begun: set[Session] = set()
        for event in self.world.events:
            session = event.session
            if isinstance(event, Abandoned):
                assert session not in begun
                continue
            assert session not in over
            assert (session in begun) is not isinstance(event, Opened)
            begun.add(session)
            if isinstance(event, Closed):
                over.add(session)
        for session in begun:
            assert (session in over) is (session.state is not SessionState.OPEN)

    def teardown(self) -> None:
        """Leave every client alone: in the end nothing remains."""
        for post in self.waiting(AwaitCapacity):
            self.world.note(post.hand_on(self.world.now))
        self.drain()
        for _ in range(8):
            self.wait(25.0)
            self.drain()
        for link in self.live():
            self.world.note(link.lost(self.world.now))
        assert self.world.server.sessions == {}
        assert self.world.server.next_deadline() is None
        assert len(self.world.server.timers) == 0
        assert self.waiting(Suspend) == []
        for post in self.waiting(ReadBody):
            self.world.note(post.receive_body(b"4late", self.world.now))
            assert isinstance(post.step, Response)
        self.a_session_is_opened_and_closed_once()
        for exchange in self.world.exchanges:
            assert isinstance(exchange.step, (Response, UpgradeToWebSocket))


class OlderAnyOrder(AnyOrder):
    """The same with clients of protocol 3, and one of protocol 4 that keeps to itself."""

    def __init__(self) -> None:
        super().__init__("3")

    def packets(self, body: bytes) -> list[str]:
        return [packet for packet in older.decode_payload(body, 100) if isinstance(packet, str)]

    @rule(text=st.booleans())
    def open_other(self, text: bool) -> None:
        if text:
            self.world.poller("&b64=1")
        else:
            self.world.start(WEBSOCKET, websocket=True)

    @precondition(lambda self: self.waiting(ReadBody))
    @rule(pick=picks, body=st.sampled_from(OLDER_BODIES), capacity=st.sampled_from([None, 0, 1]))
    def receive_older_body(self, pick: int, body: bytes, capacity: int | None) -> None:
        posts = self.waiting(ReadBody)
        self.take_body(posts[pick % len(posts)], body, capacity)

    @precondition(lambda self: self.live())
    @rule(pick=picks, frame=st.sampled_from([b"\x04x", b"\x02", b"", "b4AA==", "b4AA", "b2"]))
    def receive_older(self, pick: int, frame: Frame) -> None:
        links = self.live()
        self.world.note(links[pick % len(links)].receive(frame, self.world.now))


TestAnyOrder = AnyOrder.TestCase
TestOlderAnyOrder = OlderAnyOrder.TestCase
TestAnyOrder.settings = TestOlderAnyOrder.settings = settings(
    max_examples=150, stateful_step_count=40
)
