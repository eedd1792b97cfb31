"""The real client on the testing network, against the real server.

`Driver` does what a driver does, and speaks to the network as the client model does. It outlives
connections, so it makes one number of a connection's and of what was asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sio_core import engineio
from sio_core.engineio import (
    AbortWebSocket,
    CancelHTTP,
    CloseWebSocket,
    OpenWebSocket,
    SendHTTP,
    WriteWebSocket,
)
from sio_core.socketio import Client, ClientConfig, ClientEvent, ClientState
from sio_core.testing import Net
from sio_core.testing.actions import Action, Ask, Cancel, Dial, HangUp, Write
from sio_core.values import Frame

EACH = 1_000_000
"""Numbers of one connection: no test asks for so much."""


@dataclass(frozen=True)
class HangUpAndSay:
    """Close a WebSocket, and say when it is gone."""

    number: int


class Driver:
    """One client; `reports` is given each of its events, and by which connection it came."""

    def __init__(self, net: "ClientNet", config: ClientConfig) -> None:
        self.net = net
        self.client = Client(config, jitter=lambda: 0.5)
        self.engines: list[engineio.Client] = []
        self.live: set[int] = set()
        self.taken: list[Any] = []
        self.losses: list[int] = []
        self.reports: list[ClientEvent] = []
        self.engine = self  # where the network looks for what it talks to

    def note(self, events: list[ClientEvent]) -> None:
        """Keep what one input caused."""
        self.reports += events

    def attempt(self, auth: Any = None, namespace_timeout: float | None = None) -> None:
        """Begin the attempt that is due."""
        self.engines.append(self.client.attempt(self.net.clock.now, auth, namespace_timeout))
        self.losses.append(0)

    # What the network calls -------------------------------------------------

    def take_actions(self) -> list[Action]:
        """What all connections, old and new, ask for."""
        self._take()
        out, self.taken = self.taken, []
        return out

    def _take(self) -> None:
        # Before every input, too: what was given up by then is not to be reported.
        for epoch, engine in enumerate(self.engines):
            for action in engine.take_actions():
                self.taken += self._translate(epoch * EACH + action.id, action)

    def _translate(self, number: int, action: engineio.Action) -> list[Any]:
        if isinstance(action, SendHTTP | OpenWebSocket):
            self.live.add(number)
            if isinstance(action, OpenWebSocket):
                return [Dial(number, action.query)]
            return [Ask(number, action.method, action.query, action.body)]
        assert number in self.live, "an action for what was ended"
        if isinstance(action, WriteWebSocket):
            return [Write(number, frame) for frame in action.message.frames]
        if isinstance(action, CloseWebSocket):
            return [HangUpAndSay(number)]
        self.live.remove(number)
        assert isinstance(action, CancelHTTP | AbortWebSocket)
        return [Cancel(number) if isinstance(action, CancelHTTP) else HangUp(number)]

    def responded(self, number: int, status: int, body: bytes) -> None:
        self._end(number, lambda e, i: e.http_response(i, status, body, self.net.clock.now))

    def failed(self, number: int) -> None:
        self._end(number, lambda e, i: e.http_failed(i, OSError(), self.net.clock.now))

    def dialled(self, number: int) -> None:
        self._feed(number, lambda e, i: e.websocket_opened(i, self.net.clock.now))

    def frame(self, number: int, frame: Frame) -> None:
        self._feed(number, lambda e, i: e.websocket_frame(i, frame, self.net.clock.now))

    def hung_up(self, number: int) -> None:
        self._end(number, lambda e, i: e.websocket_lost(i, None, self.net.clock.now))

    def _feed(
        self, number: int, tell: Callable[[engineio.Client, int], list[engineio.ClientEvent]]
    ) -> None:
        self._take()
        if number in self.live:  # of anything else nobody wants to hear
            epoch, id = divmod(number, EACH)
            self._process(epoch, tell(self.engines[epoch], id))

    def _end(
        self, number: int, tell: Callable[[engineio.Client, int], list[engineio.ClientEvent]]
    ) -> None:
        self._take()
        if number in self.live:
            self.live.remove(number)
            epoch, id = divmod(number, EACH)
            self._process(epoch, tell(self.engines[epoch], id))

    def _process(self, epoch: int, events: list[engineio.ClientEvent]) -> None:
        self.losses[epoch] += sum(isinstance(e, engineio.ConnectionLost) for e in events)
        assert self.losses[epoch] <= 1, "a connection was lost twice"
        self.note(self.client.process(self.engines[epoch], events, self.net.clock.now))

    # Time -------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """The earliest deadline of the client and of all its connections."""
        dues = [self.client.next_deadline(), *(each.next_deadline() for each in self.engines)]
        return min((due for due in dues if due is not None), default=None)

    def tick(self) -> None:
        """Act on the deadlines that have passed."""
        now = self.net.clock.now
        for epoch, engine in enumerate(self.engines):
            self._process(epoch, engine.handle_timeout(now))
        self.note(self.client.handle_timeout(now))
        due = self.next_deadline()
        assert due is None or due > now, "handle_timeout left a deadline behind"

    @property
    def at_rest(self) -> bool:
        """True when nothing of the client remains but itself."""
        over = all(each.state is engineio.ClientState.CLOSED for each in self.engines)
        return self.client.state is ClientState.IDLE and over and not self.live


class ClientNet(Net):
    """A network whose clients are real: their deadlines count, and a close is reported."""

    def add_driver(self, config: ClientConfig) -> Driver:
        """Add a client; it begins to connect when it is told to."""
        driver = Driver(self, config)
        self.clients.append(driver)  # type: ignore[arg-type]
        return driver

    def _start(self, client: Any, action: Any) -> None:
        if isinstance(action, HangUpAndSay):
            self._put((client, action.number, "up"), partial(self._say, client, action.number))
        else:
            super()._start(client, action)

    def _say(self, client: Any, number: int) -> None:
        self._hang_up((client, number, "up"))
        self._put((client, number, "down"), partial(client.hung_up, number))

    def _tick_by(self, until: float) -> bool:
        dues = [self.server.next_deadline(), *(each.next_deadline() for each in self.clients)]  # type: ignore[attr-defined]
        due = min((due for due in dues if due is not None), default=None)
        if due is None or due > until:
            return False
        self.clock.now = max(due, self.clock.now)
        self.tick()
        for client in self.clients:
            client.tick()  # type: ignore[attr-defined]
        return True
