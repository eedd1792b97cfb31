"""What holds whatever happens: clients and the server core over a network that loses things.

`HYPOTHESIS_PROFILE=thorough` makes the search longer.
"""

import math
import os
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sio_core import Frame, Request, engineio
from sio_core.engineio.steps import ReadBody, Suspend, UpgradeToWebSocket
from sio_core.socketio import (
    AckAborted,
    AckReceived,
    AckTimedOut,
    Config,
    ConnectRequested,
    Disconnected,
    Event,
    EventReceived,
    Socket,
    SocketState,
)
from sio_core.socketio.parsers.msgpack_parser import MsgpackParser
from sio_core.testing import ClientModel, Net, ProtocolViolation

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
ENGINE = engineio.Config(
    ping_interval=5.0,
    ping_timeout=4.0,
    upgrade_timeout=3.0,
    close_timeout=6.0,
    max_payload=5_000,
    max_queue_messages=20,
)
CONFIG = Config(
    connect_timeout=7.0, attachment_timeout=3.0, max_pending_acks=3, max_held=5, max_namespaces=3
)
NAMESPACES = ["/", "/a", "/b", "/unknown"]
PICK = st.integers(0, 7)
ROOMS = st.sampled_from(["red", "blue", 0])
SOMETHING = st.sampled_from([None, 1, "é\x1e", b"", b"\x00\xff", [b"x", {"y": b"z"}]])

TEXT = st.text(st.characters(exclude_categories=())) | st.text('0123456{}[]",/-:probe*\x1e ')
JUNK = (
    TEXT
    | st.binary(max_size=50)
    | st.builds("4{}{}".format, st.integers(0, 7), TEXT)
    | st.sampled_from(['451-["a",{"_placeholder":true,"num":0}]', "41", "1", "2probe", "5", "6"])
)


def clean(frame: Frame) -> Frame:
    """Return a frame as a network can carry it: a lone surrogate is not UTF-8."""
    return frame if isinstance(frame, bytes) else frame.encode("utf-8", "replace").decode()


class Conversation(RuleBasedStateMachine):
    """Everything both sides may do, in any order, while the network makes trouble."""

    def __init__(self) -> None:
        super().__init__()
        self.net = Net(engine_config=ENGINE, config=CONFIG)
        self.net.on_event = self.on_event
        self.server = self.net.server
        self.waiting: list[Socket] = []  # connect requests without an answer
        self.left: list[Socket] = []  # to be released
        self.questions: list[EventReceived] = []
        self.owed: dict[tuple[int, str], int] = {}  # by token and sid: how often it was settled
        self.tokens = 0
        self.sent_down: dict[str, list[int]] = {}
        self.came_up: dict[str, list[int]] = {}
        self.numbers = 0
        self.gone: set[str] = set()
        self.dirty: set[ClientModel] = set()

    # What the application sees --------------------------------------------

    def on_event(self, event: Event) -> None:
        if isinstance(event, ConnectRequested):
            assert event.socket.sid not in self.sent_down
            self.waiting.append(event.socket)
            self.sent_down[event.socket.sid] = []
            self.came_up[event.socket.sid] = []
        elif isinstance(event, EventReceived):
            assert event.socket.connected
            self.received(event)
        elif isinstance(event, AckReceived | AckTimedOut | AckAborted):
            assert event.socket.sid not in self.gone
            self.owed[event.token, event.socket.sid] += 1
        elif isinstance(event, Disconnected):
            assert event.socket.sid not in self.gone
            self.gone.add(event.socket.sid)
            assert event.accepted is (event.socket not in self.waiting)
            self.left.append(event.socket)

    def received(self, event: EventReceived) -> None:
        if event.name == "up" and event.args:
            self.came_up[event.socket.sid].append(event.args[0])
        if event.ack_id is not None:
            self.questions.append(event)

    def sockets(self) -> list[Socket]:
        everyone = self.server.rooms.everyone
        return [socket for members in everyone.values() for socket in members.values()]

    # Clients --------------------------------------------------------------

    @precondition(lambda self: len(self.net.clients) < 4)
    @rule(transports=st.sampled_from([("polling",), ("websocket",), ("polling", "websocket")]))
    def come(self, transports: tuple[str, ...]) -> None:
        client = self.net.add_client(ClientModel(transports))
        client.connect()

    def client(self, pick: int) -> ClientModel | None:
        clients = self.net.clients
        return clients[pick % len(clients)] if clients else None

    @rule(pick=PICK, namespace=st.sampled_from(NAMESPACES))
    def ask_for(self, pick: int, namespace: str) -> None:
        client = self.client(pick)
        if client is not None and not self.knows(client, namespace):
            client.connect(namespace, {"token": 1})

    def knows(self, client: ClientModel, namespace: str) -> bool:
        known = {*client.sids, *client.refused, *client.ended, *client._asked, *client._left}
        return namespace in known

    @rule(pick=PICK, namespace=st.sampled_from(NAMESPACES), extra=SOMETHING, ask=st.booleans())
    def say(self, pick: int, namespace: str, extra: Any, ask: bool) -> None:
        client = self.client(pick)
        if client is not None and namespace in client.sids:
            self.numbers += 1
            emit = client.emit_with_ack if ask else client.emit
            emit("up", self.numbers, extra, namespace=namespace)

    @rule(pick=PICK, which=PICK)
    def answer(self, pick: int, which: int) -> None:
        client = self.client(pick)
        if client is None:
            return
        asked = [e for e in client.events if e.ack_id is not None and e.namespace in client.sids]
        if asked:
            client.ack(asked[which % len(asked)], "an answer", b"x")

    @rule(pick=PICK, namespace=st.sampled_from(NAMESPACES))
    def leave(self, pick: int, namespace: str) -> None:
        client = self.client(pick)
        if client is not None and namespace in client.sids:
            client.disconnect(namespace)

    @rule(pick=PICK)
    def go(self, pick: int) -> None:
        client = self.client(pick)
        if client is not None:
            client.engine.close()

    @rule(pick=PICK, junk=JUNK)
    def babble(self, pick: int, junk: Frame) -> None:
        client = self.client(pick)
        if client is not None:
            self.dirty.add(client)
            client.raw(clean(junk))

    # The application ------------------------------------------------------

    @precondition(lambda self: self.waiting)
    @rule(pick=PICK, how=st.sampled_from(["accept", "accept", "refuse"]))
    def decide(self, pick: int, how: str) -> None:
        socket = self.waiting.pop(pick % len(self.waiting))
        if how == "accept":
            assert self.server.accept(socket) is (socket.sid not in self.gone)
        else:
            for event in self.server.refuse(socket, {"message": "no"}, self.net.clock.now):
                self.on_event(event)
            self.gone.add(socket.sid)
        self.net.settle()

    @rule(
        to=st.none() | st.lists(ROOMS | st.just("socket1"), max_size=2),
        skip=st.sampled_from([(), ("socket1",), {"socket2"}]),
        namespace=st.sampled_from(NAMESPACES[:3]),
        extra=SOMETHING,
    )
    def tell(self, to: Any, skip: Any, namespace: str, extra: Any) -> None:
        self.numbers += 1
        self.note(to, skip, namespace)
        self.server.emit("down", [self.numbers, extra], namespace=namespace, to=to, skip=skip)
        self.net.settle()

    def note(self, to: Any, skip: Any, namespace: str) -> list[Socket]:
        chosen = list(self.server.rooms.select(namespace, to, skip))
        assert len({socket.sid for socket in chosen}) == len(chosen)
        for socket in chosen:
            self.sent_down[socket.sid].append(self.numbers)
        return chosen

    @rule(
        to=st.none() | st.lists(ROOMS, max_size=2),
        namespace=st.sampled_from(NAMESPACES[:3]),
        patience=st.none() | st.floats(0.0, 8.0),
    )
    def question(self, to: Any, namespace: str, patience: float | None) -> None:
        self.numbers += 1
        self.tokens += 1
        chosen = self.note(to, (), namespace)
        for socket in chosen:
            self.owed[self.tokens, socket.sid] = 0
        until = None if patience is None else self.net.clock.now + patience
        count = self.server.emit_with_ack(
            "down", [self.numbers], self.tokens, namespace=namespace, to=to, until=until
        )
        assert count == len(chosen)
        self.net.settle()

    @precondition(lambda self: self.owed)
    @rule(pick=PICK)
    def give_up(self, pick: int) -> None:
        open_ = [key for key, count in self.owed.items() if count == 0]
        if open_:
            token, sid = open_[pick % len(open_)]
            socket = next(socket for socket in self.sockets() if socket.sid == sid)
            for ack_id, pending in list((socket.acks or {}).items()):
                if pending.token == token:
                    self.server.forget_ack(socket, ack_id)
                    self.owed[token, sid] += 1

    @precondition(lambda self: self.questions)
    @rule(pick=PICK)
    def reply(self, pick: int) -> None:
        event = self.questions.pop(pick % len(self.questions))
        assert event.ack_id is not None
        self.server.ack(event.socket, event.ack_id, [b"reply"])
        self.net.settle()

    @rule(pick=PICK, room=ROOMS, join=st.booleans())
    def move(self, pick: int, room: Any, join: bool) -> None:
        if sockets := [*self.sockets(), *self.left]:
            move = self.server.join if join else self.server.leave
            move(sockets[pick % len(sockets)], room)

    @rule(pick=PICK, close=st.booleans())
    def dismiss(self, pick: int, close: bool) -> None:
        if sockets := self.sockets():
            socket = sockets[pick % len(sockets)]
            for event in self.server.disconnect(socket, self.net.clock.now, close=close):
                self.on_event(event)
            self.net.settle()

    @precondition(lambda self: self.left)
    @rule(pick=PICK)
    def release(self, pick: int) -> None:
        socket = self.left.pop(pick % len(self.left))
        assert self.server.find(socket.sid, socket.namespace) is socket
        self.server.release(socket)
        assert self.server.find(socket.sid, socket.namespace) is None

    # The network ----------------------------------------------------------

    @rule(picks=st.lists(st.integers(0, 20), min_size=1, max_size=12))
    def deliver(self, picks: list[int]) -> None:
        for pick in picks:
            self.step(pick)

    def step(self, pick: int = 0) -> bool:
        try:
            return self.net.step(pick)
        except ProtocolViolation:
            # A client whose requests came twice, or that spoke nonsense, gets odd answers.
            assert self.dirty
            for client in self.dirty:
                client.engine.close()
            return True

    @rule(seconds=st.floats(0.0, 10.0))
    def wait(self, seconds: float) -> None:
        self.net.advance(seconds)

    @rule(pick=PICK, what=st.sampled_from(["abort_poll", "drop_websocket", "duplicate"]))
    def trouble(self, pick: int, what: str) -> None:
        getattr(self.net, what)(pick)
        self.dirty |= {key[0] for key in self.net.lanes if key[2].startswith("copy")}

    # What always holds ----------------------------------------------------

    @invariant()
    def everything_in_order(self) -> None:
        assert not self.server.take_ready()
        for client in self.net.clients:
            if client in self.dirty:
                continue
            for namespace, sid in client.sids.items():
                got = [e.args[0] for e in client.events if e.namespace == namespace]
                assert got == self.sent_down[sid][: len(got)]

    @invariant()
    def nothing_comes_twice(self) -> None:
        clean_sids = {sid for client in self.net.clients for sid in client.sids.values()} - {
            sid for client in self.dirty for sid in client.sids.values()
        }
        for sid in clean_sids:
            assert self.came_up[sid] == sorted(set(self.came_up[sid]))

    @invariant()
    def tables_agree(self) -> None:
        rooms = self.server.rooms
        for namespace, members in rooms.everyone.items():
            assert members
            for sid, socket in members.items():
                assert (socket.sid, socket.namespace) == (sid, namespace)
                assert socket.state in (SocketState.REQUESTED, SocketState.CONNECTED)
                assert socket.connection.sockets[namespace] is socket
                assert len(socket.acks or ()) <= CONFIG.max_pending_acks
                for room in socket.rooms or ():
                    assert rooms.named[namespace][room][sid] is socket
        for namespace, named in rooms.named.items():
            assert named
            for room, members in named.items():
                assert members
                for sid, socket in members.items():
                    assert rooms.everyone[namespace][sid] is socket
                    assert room in (socket.rooms or ())

    @invariant()
    def acknowledgements_are_settled_once(self) -> None:
        assert set(self.owed.values()) <= {0, 1}

    def teardown(self) -> None:
        net = self.net
        for client in net.clients:
            client.engine.close()
        while self.step():
            pass
        net.advance(100.0)
        while self.step():
            pass
        for socket in self.left:
            self.server.release(socket)
        assert set(self.owed.values()) <= {1}
        assert (net.engine.sessions, net.polls, net.pipes) == ({}, {}, {})
        assert (self.server.rooms.everyone, self.server.rooms.named) == ({}, {})
        assert (self.server._released, self.server._acks._given_up) == ({}, [])
        assert self.server.next_deadline() is None
        assert len(self.server._timers) == len(net.engine.timers) == 0


TestConversation = Conversation.TestCase
TestConversation.settings = settings(
    max_examples=1500 if THOROUGH else 60,
    stateful_step_count=120 if THOROUGH else 50,
    suppress_health_check=QUIET,
)


# Whatever comes in, nothing raises ----------------------------------------

TRIES = settings(max_examples=5000 if THOROUGH else 150, suppress_health_check=QUIET)


def served(binary: bool) -> Net:
    net = Net(engine_config=ENGINE, config=CONFIG, parser=MsgpackParser() if binary else None)
    net.on_event = net.accept_all
    return net


def finish(net: Net) -> None:
    net.advance(100.0)
    assert net.engine.sessions == {}
    assert net.server.rooms.everyone == {}
    assert net.server.next_deadline() is None


@TRIES
@given(st.lists(JUNK, max_size=8), st.booleans(), st.booleans())
def test_a_websocket_may_bring_anything(frames: list[Frame], binary: bool, join: bool) -> None:
    net = served(binary)
    pipe = net.open_pipe(
        Request("GET", "EIO=4&transport=websocket", websocket=True),
        lambda frames: None,
        lambda: None,
    )
    assert pipe is not None
    if join:
        net.receive(pipe, b"\x82\xa4type\x00\xa3nsp\xa1/" if binary else "40")
        net.server.emit_with_ack("ask", [b"x"], "token")
    for frame in frames:
        net.receive(pipe, frame)
        net.server.emit("echo", [frame.hex() if isinstance(frame, bytes) else frame])
        net.settle()
    finish(net)


@TRIES
@given(st.lists(JUNK, max_size=4))
def test_a_candidate_may_bring_anything(frames: list[Frame]) -> None:
    net = served(False)
    client = net.add_client(ClientModel(("polling",)))
    net.run()
    query = f"EIO=4&transport=websocket&sid={client.engine.sid}"
    exchange = net.engine.exchange(Request("GET", query, websocket=True))
    exchange.start(0.0)
    assert isinstance(exchange.step, UpgradeToWebSocket)
    link = exchange.step.link
    link.opened(0.0)
    for frame in frames:
        net.server.process(link.receive(frame, 0.0), 0.0)
        link.take_frames()
    net.server.process(link.lost(0.0), 0.0)
    finish(net)


@TRIES
@given(
    st.binary(max_size=200)
    | st.lists(JUNK.map(clean), max_size=6).map(
        lambda frames: b"\x1e".join(f.encode() if isinstance(f, str) else f for f in frames)
    ),
    st.sampled_from(["text/plain", "application/octet-stream", ""]),
    st.sampled_from(["", "&j=0"]),
)
def test_a_post_may_bring_anything(body: bytes, kind: str, extra: str) -> None:
    net = served(False)
    net.engine.config = engineio.Config(jsonp=True, max_payload=100)
    client = net.add_client(ClientModel(("polling",)))
    client.connect()
    net.run()
    query = f"EIO=4&transport=polling&sid={client.engine.sid}{extra}"
    request = Request("POST", query, headers=(("content-type", kind),))
    answers: list[Any] = []
    net.request(request, body, answers.append)
    assert answers[0].status in (200, 400, 413)
    net.engine.config = ENGINE
    finish(net)


@TRIES
@given(
    st.sampled_from(["GET", "POST", "OPTIONS", "PUT", "\x00"]),
    st.text() | st.builds("EIO=4&transport={}&sid={}&j={}".format, TEXT, TEXT, TEXT),
    st.lists(st.tuples(st.sampled_from(["origin", "accept-encoding", "x"]), TEXT), max_size=3),
    st.booleans(),
)
def test_a_request_may_say_anything(method: str, query: str, headers: Any, websocket: bool) -> None:
    net = served(False)
    request = Request(method, query, tuple(headers), websocket=websocket)
    exchange = net.engine.exchange(request)
    net.server.process(exchange.start(0.0), 0.0)
    assert not isinstance(exchange.step, ReadBody | Suspend)  # nobody guesses a session id
    finish(net)


@TRIES
@given(st.lists(st.floats(0, 200), max_size=10))
def test_deadlines_advance(moments: list[float]) -> None:
    net = served(False)
    for transports in (("polling",), ("websocket",), ("polling", "websocket")):
        net.add_client(ClientModel(transports)).connect()
    net.run()
    net.server.emit_with_ack("ask", [], "token", until=3.0)
    for now in sorted(moments):
        net.server.handle_timeout(now)
        assert (net.server.next_deadline() or math.inf) > now
        assert net.server.handle_timeout(now) == []
