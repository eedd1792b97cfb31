"""A Socket.IO client on WebSockets that a hand answers, one text or binary frame at a time."""

import json
from typing import Any

from sio_core import engineio
from sio_core.engineio import (
    AbortWebSocket,
    CloseWebSocket,
    OpenWebSocket,
    WriteWebSocket,
)
from sio_core.socketio import (
    Client,
    ClientConfig,
    ClientEvent,
    ClientState,
    Ended,
    Parser,
)
from sio_core.testing import FakeClock
from sio_core.values import Frame

OPEN = {"sid": "abc", "upgrades": [], "pingInterval": 25000, "pingTimeout": 20000}
WEBSOCKET = engineio.ClientConfig(transports=("websocket",))


class Hand:
    """One client with `settings`; `events` is all it reported, `sent` what the last attempt sent.

    `luck` is what its jitter returns.
    """

    def __init__(self, *, parser: Parser | None = None, luck: float = 0.5, **settings: Any) -> None:
        settings.setdefault("engine", WEBSOCKET)
        self.luck = luck
        self.client = Client(ClientConfig(**settings), parser=parser, jitter=lambda: self.luck)
        self.clock = FakeClock(100.0)
        self.events: list[ClientEvent] = []
        self.engine = engineio.Client()
        self.sent: list[Frame] = []
        self.closing = False

    def note(self, events: list[ClientEvent]) -> list[ClientEvent]:
        """Keep what one input caused, and check what is true after every input."""
        self.events += events
        client = self.client
        idle = client.state is ClientState.IDLE
        assert not idle or client.next_deadline() is None
        assert not idle or not self.events or isinstance(self.events[-1], Ended)
        under_way = client.state in (ClientState.ATTEMPTING, ClientState.CONNECTED)
        assert (client.engine is not None) == under_way
        self.take()
        return events

    def take(self) -> None:
        """Carry out what the connection asks for."""
        for action in self.engine.take_actions():
            if isinstance(action, WriteWebSocket):
                self.sent += action.message.frames
            else:
                assert isinstance(action, OpenWebSocket | CloseWebSocket | AbortWebSocket)
                self.closing = self.closing or isinstance(action, CloseWebSocket)

    def of_type(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def names(self) -> list[str]:
        """The names of the events so far."""
        return [type(event).__name__ for event in self.events]

    # The application's side -------------------------------------------------

    def connect(self, *namespaces: str, **options: Any) -> None:
        self.note(self.client.connect(namespaces or ("/",), **options))

    def attempt(self, auth: Any = None, namespace_timeout: float | None = None) -> None:
        """Begin the attempt that is due."""
        self.sent, self.closing = [], False
        self.engine = self.client.attempt(self.clock.now, auth, namespace_timeout)
        self.take()

    def disconnect(self) -> list[ClientEvent]:
        return self.note(self.client.disconnect(self.clock.now))

    def emit(self, name: str, *args: Any, namespace: str = "/") -> None:
        self.client.emit(name, args, namespace=namespace)
        self.take()

    def call(self, name: str, token: Any, *, namespace: str = "/", within: Any = None) -> None:
        """Emit with an acknowledgement, within so many seconds."""
        until = None if within is None else self.clock.now + within
        self.client.emit_with_ack(name, (), token, namespace=namespace, until=until)
        self.take()

    # The server's side ------------------------------------------------------

    def feed(self, events: list[engineio.ClientEvent]) -> None:
        self.note(self.client.process(self.engine, events, self.clock.now))

    def open(self, **changes: Any) -> None:
        """The server sends its open packet."""
        self.frame("0" + json.dumps({**OPEN, **changes}))

    def frame(self, *frames: Frame) -> None:
        for frame in frames:
            self.feed(self.engine.websocket_frame(1, frame, self.clock.now))

    def lose(self, cause: Any = None, **answer: Any) -> None:
        """The WebSocket is gone."""
        self.feed(self.engine.websocket_lost(1, cause, self.clock.now, **answer))

    def wait(self, seconds: float) -> None:
        """Let time pass, deadline by deadline."""
        until = self.clock.now + seconds
        while True:
            dues = [self.client.next_deadline(), self.engine.next_deadline()]
            due = min((due for due in dues if due is not None and due <= until), default=None)
            if due is None:
                break
            self.clock.now = max(due, self.clock.now)
            self.feed(self.engine.handle_timeout(self.clock.now))
            self.note(self.client.handle_timeout(self.clock.now))
        self.clock.now = until
        self.note(self.client.handle_timeout(until))

    # The way to a state -------------------------------------------------------

    def connected(self, *namespaces: str, **options: Any) -> "Hand":
        """Connect, and accept every namespace."""
        self.connect(*namespaces, **options)
        self.attempt()
        self.open()
        self.accept(*namespaces)
        self.events.clear()
        self.sent.clear()
        return self

    def accept(self, *namespaces: str) -> None:
        for name in namespaces or ("/",):
            self.frame(f"40{'' if name == '/' else name + ','}" + json.dumps({"sid": f"id{name}"}))
