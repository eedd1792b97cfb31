"""An Engine.IO client without a network: what it asks for is written down, and answered by hand.

`Book` holds every client to what is true of any sequence of actions: one GET and one POST at a
time, nothing asked of an id that was ended, nothing left when the connection is over.
"""

import json
from collections.abc import Iterable
from typing import Any

from sio_core.engineio import (
    AbortWebSocket,
    Action,
    CancelHTTP,
    Client,
    ClientConfig,
    ClientEvent,
    ClientState,
    CloseWebSocket,
    ConnectionLost,
    ConnectionOpened,
    MessageReceived,
    OpenWebSocket,
    SendHTTP,
    TransportUpgraded,
    WriteWebSocket,
)
from sio_core.prepared import Prepared
from sio_core.testing import FakeClock
from sio_core.values import Frame

INTERVAL, TIMEOUT = 25.0, 20.0
PATIENCE = INTERVAL + TIMEOUT


def open_packet(**changes: Any) -> str:
    """An open packet of a server that offers WebSocket."""
    offer = {
        "sid": "abc",
        "upgrades": ["websocket"],
        "pingInterval": INTERVAL * 1000,
        "pingTimeout": TIMEOUT * 1000,
        "maxPayload": 100,
        **changes,
    }
    return "0" + json.dumps(offer)


class Book:
    """What is under way for one client, by the number that the client chose."""

    def __init__(self) -> None:
        self.live: dict[int, str] = {}
        self.closing: set[int] = set()
        self.last = 0

    def begin(self, id: int, what: str) -> None:
        assert id > self.last, "a number was used twice"
        self.last = id
        assert what == "socket" or what not in self.live.values(), f"two {what} at a time"
        self.live[id] = what

    def end(self, id: int) -> None:
        """What was asked for was answered, lost or given up."""
        assert id in self.live, "an action for what was ended"
        del self.live[id]

    def note(self, action: Action) -> None:
        """Check one action, in the order in which they are taken."""
        if isinstance(action, SendHTTP):
            assert (action.method == "POST") == bool(action.body)
            self.begin(action.id, action.method)
        elif isinstance(action, OpenWebSocket):
            self.begin(action.id, "socket")
            assert list(self.live.values()).count("socket") == 1
        elif isinstance(action, WriteWebSocket):
            assert self.live[action.id] == "socket"
            assert action.id not in self.closing, "written after its close"
        elif isinstance(action, CloseWebSocket):
            assert self.live[action.id] == "socket"
            assert action.id not in self.closing, "closed twice"
            self.closing.add(action.id)
        else:
            assert isinstance(action, CancelHTTP | AbortWebSocket)
            assert (self.live[action.id] == "socket") == isinstance(action, AbortWebSocket)
            self.end(action.id)


class Caller:
    """One client of `kind` with `settings`, and the hand that answers it.

    `events` is everything it reported and `actions` everything it asked for.
    """

    def __init__(self, kind: type[Client] = Client, **settings: Any) -> None:
        self.client = kind(ClientConfig(**settings))
        self.clock = FakeClock(100.0)
        self.book = Book()
        self.events: list[ClientEvent] = []
        self.actions: list[Action] = []

    def note(self, events: Iterable[ClientEvent]) -> None:
        """Keep what one input caused, and check what is true after every input."""
        self.events += events
        taken = self.client.take_actions()
        for action in taken:
            self.book.note(action)
        self.actions += taken
        over = self.client.state is ClientState.CLOSED
        assert len(self.losses) == over
        if over:
            assert self.client.next_deadline() is None
            assert self.book.live == {}
            assert isinstance(self.events[-1], ConnectionLost)
        opened = [event for event in self.events if isinstance(event, ConnectionOpened)]
        assert len(opened) <= 1

    # What is under way ------------------------------------------------------

    def id_of(self, what: str) -> int:
        """The number of the GET, the POST or the socket that is under way."""
        (found,) = [id for id, kind in self.book.live.items() if kind == what]
        return found

    def busy(self, what: str) -> bool:
        return what in self.book.live.values()

    @property
    def posts(self) -> list[bytes]:
        """The bodies of all POST requests so far."""
        actions = self.actions
        return [a.body for a in actions if isinstance(a, SendHTTP) and a.method == "POST"]

    @property
    def frames(self) -> list[Frame]:
        """The frames of all WebSockets so far."""
        writes = [action for action in self.actions if isinstance(action, WriteWebSocket)]
        return [frame for write in writes for frame in write.message.frames]

    @property
    def messages(self) -> list[Frame]:
        return [event.data for event in self.events if isinstance(event, MessageReceived)]

    @property
    def losses(self) -> list[ConnectionLost]:
        return [event for event in self.events if isinstance(event, ConnectionLost)]

    @property
    def reason(self) -> str:
        """Why the connection was lost, in the words for the log."""
        (lost,) = self.losses
        return lost.reason.describe()

    @property
    def upgraded(self) -> bool:
        return any(isinstance(event, TransportUpgraded) for event in self.events)

    # Inputs -----------------------------------------------------------------

    def open(self) -> "Caller":
        self.client.open(self.clock.now)
        self.note([])
        return self

    def answer(self, what: str, body: str | bytes = b"ok", status: int = 200) -> None:
        """The request that is under way is answered."""
        id = self.id_of(what)
        self.book.end(id)
        data = body.encode() if isinstance(body, str) else body
        self.note(self.client.http_response(id, status, data, self.clock.now))

    def fail(self, what: str, cause: Any = None) -> None:
        """The request that is under way is not answered."""
        id = self.id_of(what)
        self.book.end(id)
        self.note(self.client.http_failed(id, cause, self.clock.now))

    def opened(self) -> None:
        self.note(self.client.websocket_opened(self.id_of("socket"), self.clock.now))

    def frame(self, *frames: Frame) -> None:
        for frame in frames:
            id = self.id_of("socket")
            self.note(self.client.websocket_frame(id, frame, self.clock.now))

    def lose(self, cause: Any = None, **answer: Any) -> None:
        """The WebSocket is gone."""
        id = self.id_of("socket")
        self.book.end(id)
        self.note(self.client.websocket_lost(id, cause, self.clock.now, **answer))

    def send(self, *frames: Frame, volatile: bool = False) -> None:
        """One message with `frames`."""
        self.client.send(Prepared(frames, volatile=volatile))
        self.note([])

    def close(self) -> None:
        self.note(self.client.close(self.clock.now))

    def tick(self) -> None:
        self.note(self.client.handle_timeout(self.clock.now))

    def wait(self, seconds: float) -> None:
        """Let time pass, deadline by deadline."""
        until = self.clock.now + seconds
        while (due := self.client.next_deadline()) is not None and due <= until:
            self.clock.now = max(due, self.clock.now)
            self.tick()
            assert self.client.next_deadline() != due, "a deadline was left behind"
        self.clock.now = until
        self.tick()


def polling(**changes: Any) -> Caller:
    """An open connection that stays on polling; changes of the open packet."""
    caller = Caller(transports=("polling",)).open()
    caller.answer("GET", open_packet(**changes))
    return caller


def websocket(**changes: Any) -> Caller:
    """An open connection that began on a WebSocket."""
    caller = Caller(transports=("websocket",)).open()
    caller.opened()
    caller.frame(open_packet(upgrades=[], **changes))
    return caller


def dialling(**settings: Any) -> Caller:
    """An open connection on polling, with a WebSocket that is not open yet."""
    caller = Caller(**settings).open()
    caller.answer("GET", open_packet())
    return caller


def probing(**settings: Any) -> Caller:
    """The probe was sent and not answered."""
    caller = dialling(**settings)
    caller.opened()
    return caller


def pausing(**settings: Any) -> Caller:
    """The probe was answered while a GET is under way."""
    caller = probing(**settings)
    caller.frame("3probe")
    return caller


def upgraded(**settings: Any) -> Caller:
    """The connection went from polling to WebSocket."""
    caller = pausing(**settings)
    caller.answer("GET", "6")
    return caller
