"""The real client against the real server over a network that delays, reorders and breaks.

Every event is followed from `emit` to the other side. Nothing arrives twice or out of order,
nothing is lost while its connection lives, every acknowledgement is settled once, and every
beginning has one end.
"""

from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from sio_core import engineio, socketio
from sio_core.socketio import (
    AttemptDue,
    AttemptFailed,
    AttemptSucceeded,
    ClientSocket,
    ClientState,
    Connected,
    ConnectRefused,
    ConnectRequested,
    Disconnected,
    Ended,
    EventReceived,
    NamespaceLeft,
    Reconnecting,
    ServerAckAborted,
    ServerAckReceived,
    ServerAckTimedOut,
    ServerEventReceived,
)

from .net import ClientNet

picks = st.integers(0, 1 << 16)
mostly = st.sampled_from([True, True, True, False])
NAMESPACES = ("/", "/a", "/refused", "/silent", "/unknown")
ODD: list[tuple[str, ...]] = [(), (), (), ("/refused",), ("/silent",), ("/unknown",)]
TALK = ["text", "binary", "call", "server", "both", "both"]
TROUBLE = [
    *("request breaks", "websocket breaks", "no attempt", "client disconnects"),
    *("server disconnects", "server closes", "silence"),
]


class AnyOrder(RuleBasedStateMachine):
    """One client, one server, and trouble between them."""

    @initialize(
        transports=st.sampled_from([("polling", "websocket"), ("polling",), ("websocket",)]),
        max_post_packets=st.sampled_from([1, 16]),
        attempts=st.sampled_from([0, 2]),
        protocol=st.sampled_from([None, 3]),
        calm=mostly,
    )
    def begin(
        self,
        transports: tuple[str, ...],
        max_post_packets: int,
        attempts: int,
        protocol: int | None,
        calm: bool,
    ) -> None:
        config = engineio.Config(ping_interval=5, ping_timeout=4, allow_eio3=True)
        self.net = ClientNet(engine_config=config)
        self.net.on_event = self.serve
        engine = engineio.ClientConfig(transports=transports, max_post_packets=max_post_packets)
        self.driver = self.net.add_driver(
            socketio.ClientConfig(engine=engine, reconnection_attempts=attempts, protocol=protocol)
        )
        self.client = self.driver.client
        self.numbers = 0
        self.connects = self.attempts = 0
        self.down: dict[str, list[int]] = {}
        self.up: dict[str, list[int]] = {}
        self.came: dict[str, list[int]] = {}
        self.gone: set[str] = set()
        self.tokens: list[int] = []
        if calm:
            self.connect((), True, True, True)

    def serve(self, event: socketio.Event) -> None:
        """The application behind the server."""
        server = self.net.server
        if isinstance(event, ConnectRequested):
            if event.socket.namespace == "/refused":
                self.net._report(server.refuse(event.socket, {}, self.net.clock.now))
            elif event.socket.namespace != "/silent":
                server.accept(event.socket)
                self.tell(event.socket)
        elif isinstance(event, Disconnected):
            self.gone.add(event.socket.sid)
            server.release(event.socket)
        elif isinstance(event, EventReceived):
            self.came.setdefault(event.socket.sid, []).append(event.args[0])
            if event.ack_id is not None:
                server.ack(event.socket, event.ack_id, [event.args[0]])

    def tell(self, socket: socketio.Socket, size: int = 0) -> None:
        """Send a numbered event to the client."""
        self.numbers += 1
        args = [self.numbers, b"x" * size] if size else [self.numbers]
        self.net.server.emit("n", args, namespace=socket.namespace, to=[socket.sid])
        self.down.setdefault(socket.sid, []).append(self.numbers)

    def sockets(self) -> list[socketio.Socket]:
        """The server's sockets that are connected."""
        rooms = self.net.server.rooms
        members = [each for name in NAMESPACES for each in rooms.members(name, None)]
        return [each for each in members if each.connected]

    # What both applications do ------------------------------------------------

    @precondition(lambda self: self.client.state is ClientState.IDLE)
    @rule(odd=st.sampled_from(ODD), retry=st.booleans(), wait=st.booleans(), at_once=mostly)
    def connect(self, odd: tuple[str, ...], retry: bool, wait: bool, at_once: bool) -> None:
        names = ["/", "/a", *odd]
        self.driver.note(self.client.connect(names, retry=retry, wait=wait))
        self.connects += 1
        if at_once:
            self.attempt(None)
            self.calm(0.0)

    @precondition(lambda self: self.client.state is ClientState.DUE)
    @rule(seconds=st.sampled_from([None, 0.0, 3.0, 3.0]))
    def attempt(self, seconds: float | None) -> None:
        self.driver.attempt({"token": 1}, seconds)
        self.attempts += 1

    @rule(picks=st.lists(picks, min_size=1, max_size=20), what=st.sampled_from(TALK))
    def talk(self, picks: list[int], what: str) -> None:
        """Send events, from either side or from both."""
        for pick in picks:
            kind = what if what != "both" else TALK[pick % 4]
            if kind == "server":
                sockets = self.sockets()
                if sockets:
                    self.tell(sockets[pick % len(sockets)], pick % 3)
            else:
                self.say(pick, kind)
        self.net.settle()

    def say(self, pick: int, kind: str) -> None:
        """Send a numbered event to the server."""
        states = socketio.ClientSocketState
        found = [s for s in self.client.sockets.values() if s.state is states.CONNECTED]
        if not found:
            return
        socket = found[pick % len(found)]
        assert socket.sid is not None
        self.numbers += 1
        self.up.setdefault(socket.sid, []).append(self.numbers)
        args: list[Any] = [self.numbers, b"x"] if kind == "binary" else [self.numbers]
        if kind != "call":
            self.client.emit("n", args, namespace=socket.namespace)
            return
        self.tokens.append(self.numbers)
        until = (None, self.net.clock.now, self.net.clock.now + 3)[pick % 3]
        self.client.emit_with_ack("n", args, self.numbers, namespace=socket.namespace, until=until)

    # The network ----------------------------------------------------------------

    @rule(steps=st.lists(picks, max_size=30))
    def move(self, steps: list[int]) -> None:
        for pick in steps:
            self.net.step(pick)

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 3.0]))
    def wait(self, seconds: float) -> None:
        """Time in which nothing moves."""
        self.net.advance(seconds)

    @rule(seconds=st.sampled_from([0.0, 0.2, 5.0]))
    def calm(self, seconds: float) -> None:
        """A while without delay or trouble: what was sent has arrived, if its connection lives."""
        self.net.run_for(seconds)
        self.net.run()
        if self.client.state is not ClientState.CONNECTED:
            return
        for socket in self.client.sockets.values():
            sid = socket.sid
            if socket.state is socketio.ClientSocketState.CONNECTED and sid not in self.gone:
                assert sid is not None
                assert self.came.get(sid, []) == self.up.get(sid, [])
                assert self.received(socket) == self.down.get(sid, [])
                assert not socket.acks

    @rule(pick=picks, kind=st.sampled_from(TROUBLE))
    def trouble(self, pick: int, kind: str) -> None:
        now, sockets = self.net.clock.now, self.sockets()
        if kind == "request breaks":
            self.net.abort_poll(pick)
        elif kind == "websocket breaks":
            self.net.drop_websocket(pick)
        elif kind == "no attempt" and self.client.state is ClientState.DUE:
            self.driver.note(self.client.attempt_failed(ValueError(), now))
            self.attempts += 1
        elif kind == "client disconnects":
            self.driver.note(self.client.disconnect(now))
        elif kind == "server disconnects" and sockets:
            socket = sockets[pick % len(sockets)]
            self.net._report(self.net.server.disconnect(socket, now))
        elif kind == "server closes" and sockets:
            session = sockets[pick % len(sockets)].session
            self.net._feed(self.net.engine.close(session, now))
        elif kind == "silence":
            self.net.advance(9.0)
        self.net.settle()

    # Truths -------------------------------------------------------------------

    def received(self, socket: ClientSocket) -> list[int]:
        events = [e for e in self.driver.reports if isinstance(e, ServerEventReceived)]
        return [event.args[0] for event in events if event.socket is socket]

    @invariant()
    def events_arrive_once_and_in_order(self) -> None:
        for sid, came in self.came.items():
            assert came == self.up[sid][: len(came)]
        for socket in self.client.sockets.values():
            got = self.received(socket)
            if socket.sid is not None:
                sent = self.down.get(socket.sid, [])
                assert got == sent[: len(got)]
            else:
                assert got == []

    @invariant()
    def acknowledgements_are_settled_once(self) -> None:
        kinds = (ServerAckReceived, ServerAckTimedOut, ServerAckAborted)
        settled = [event for event in self.driver.reports if isinstance(event, kinds)]
        assert max(Counter(event.token for event in settled).values(), default=1) == 1
        for event in settled:
            if isinstance(event, ServerAckReceived):
                assert event.args == [event.token]

    @invariant()
    def a_namespace_is_answered_once_and_left_once(self) -> None:
        state: dict[ClientSocket, str] = {}
        for event in self.driver.reports:
            if isinstance(event, Connected | ConnectRefused):
                assert event.socket not in state
                state[event.socket] = "in" if isinstance(event, Connected) else "out"
            elif isinstance(event, ServerEventReceived | NamespaceLeft):
                assert state[event.socket] == "in"
                if isinstance(event, NamespaceLeft):
                    state[event.socket] = "out"
        if self.client.state is ClientState.IDLE:
            assert "in" not in state.values()

    @invariant()
    def every_beginning_has_one_end(self) -> None:
        counts = Counter(type(event) for event in self.driver.reports)
        idle = self.client.state is ClientState.IDLE
        assert counts[Ended] == self.connects - (not idle)
        # An attempt that was disconnected ends with everything else.
        answers = counts[AttemptSucceeded] + counts[AttemptFailed]
        assert answers <= self.attempts <= counts[AttemptDue]
        assert counts[Reconnecting] <= counts[AttemptSucceeded]
        if self.client.state in (ClientState.WAITING, ClientState.IDLE):
            assert counts[Ended] + counts[Reconnecting] + counts[AttemptFailed] >= 1 or idle

    def teardown(self) -> None:
        """Disconnect, and let the network come to rest: nothing remains, whatever came before."""
        if not hasattr(self, "net"):
            return
        self.driver.note(self.client.disconnect(self.net.clock.now))
        self.net.run_for(1.0)
        self.net.run_for(1.0)
        assert self.driver.at_rest
        assert self.driver.next_deadline() is None
        assert len(self.client._timers) == 0
        self.every_beginning_has_one_end()
        kinds = (ServerAckReceived, ServerAckTimedOut, ServerAckAborted)
        settled = [event.token for event in self.driver.reports if isinstance(event, kinds)]
        assert sorted(settled) == self.tokens
        self.net.run_for(60.0)
        assert self.net.engine.sessions == {}


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=40)
