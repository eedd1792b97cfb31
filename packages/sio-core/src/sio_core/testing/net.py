"""A network in memory between client models and a server core: late, lossy, out of order.

Whatever is on its way lies in a lane. A lane keeps its order, as one TCP
connection does; which lane moves next is the caller's choice, and that is all
the delay and reordering there is. Trouble is made on purpose, by the methods
`abort_poll`, `drop_websocket` and `duplicate`, or at random by `run`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from ..engineio.exchange import Exchange
from ..values import Frame, Request, Response
from .actions import Action, Ask, Cancel, Dial, HangUp, Write
from .host import Host, Pipe
from .model import ClientModel

T = TypeVar("T")
Move = Callable[[], object]

PATIENCE = 0.2
"""Seconds: enough for the poll that a probe has to end."""

Key = tuple[ClientModel, int, str]


class Chance(Protocol):
    """A `Chance` draws lots: it is a `random.Random` with a seed."""

    def random(self) -> float:
        """Return a number of at least 0 and below 1."""
        ...

    def randrange(self, stop: int, /) -> int:
        """Return a whole number of at least 0 and below `stop`."""
        ...


@dataclass(frozen=True, slots=True)
class Troubles:
    """`Troubles` say how likely each kind of trouble is in a step of `Net.run`, from 0 to 1."""

    abort: float = 0.0
    drop: float = 0.0
    duplicate: float = 0.0


class Net(Host):
    """A `Net` is a server core, its clients, and what is on its way between them.

    Takes the arguments of `Host`. Use `add_client`, then `step` or `run`;
    `advance` lets time pass while everything on its way stays there.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.clients: list[ClientModel] = []
        self.lanes: dict[Key, deque[Move]] = {}
        self._asked: dict[Key, Exchange] = {}
        self._sent: dict[Key, Ask] = {}
        self._open: dict[Key, Pipe] = {}
        self._copies = 0

    def add_client(self, client: ClientModel) -> ClientModel:
        """Add `client` and begin its handshake. Returns it."""
        self.clients.append(client)
        client.engine.open()
        return client

    # Moving ---------------------------------------------------------------

    @property
    def quiet(self) -> bool:
        """True when nothing is on its way."""
        self._collect()
        return not self.lanes

    def step(self, pick: int = 0) -> bool:
        """Move what is next in one lane, number `pick` of those in use. False if there is none."""
        self._collect()
        return self._move(pick)

    def _move(self, pick: int) -> bool:
        if not self.lanes:
            return False
        key = _pick(list(self.lanes), pick)
        lane = self.lanes[key]
        move = lane.popleft()
        if not lane:
            del self.lanes[key]
        move()
        # Nothing else has reached a client: with a thousand of them it takes a tenth of the time
        # not to ask them all.
        self._collect_from(key[0])
        return True

    def run(self, chance: Chance | None = None, troubles: Troubles | None = None) -> None:
        """Move what is on its way until nothing is: in turn, or with `chance` in any order.

        `troubles` happen meanwhile, if there is chance. Deadlines that are less than `PATIENCE`
        away are waited for.
        """
        trouble = Troubles() if troubles is None else troubles
        self._collect()
        while True:
            if chance is not None:
                self._make_trouble(chance, trouble)
            if self._move(0 if chance is None else chance.randrange(1 << 16)) or not self.quiet:
                continue
            due = self.server.next_deadline()
            if due is None or due > self.clock.now + PATIENCE:
                return
            self.advance(max(due - self.clock.now, 0.0))

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass, deadline by deadline; what is on its way does not move."""
        until = self.clock.now + seconds
        while self._tick_by(until):
            pass
        self.clock.now = until

    def run_for(self, seconds: float) -> None:
        """Let `seconds` pass, deadline by deadline, on a network without any delay."""
        until = self.clock.now + seconds
        self.run()
        while self._tick_by(until):
            self.run()
        self.clock.now = max(until, self.clock.now)

    def _tick_by(self, until: float) -> bool:
        due = self.server.next_deadline()
        if due is None or due > until:
            return False
        self.clock.now = max(due, self.clock.now)
        self.tick()
        return True

    # Trouble --------------------------------------------------------------

    def abort_poll(self, pick: int = 0) -> bool:
        """Break the connection of request number `pick` of those that the server holds back.

        False if there is none.
        """
        held = [key for key, exchange in self._asked.items() if exchange in self.polls]
        if not held:
            return False
        key = _pick(held, pick)
        self.hang_up(self._asked.pop(key))
        key[0].engine.failed(key[1])
        self._collect_from(key[0])
        return True

    def drop_websocket(self, pick: int = 0) -> bool:
        """Break WebSocket number `pick`, with all that is on its way there.

        False if there is none.
        """
        self._collect()
        if not self._open:
            return False
        client, number, _ = key = _pick(list(self._open), pick)
        pipe = self._open.pop(key)
        for direction in ("up", "down"):
            self.lanes.pop((client, number, direction), None)
        self.lost(pipe)
        client.engine.hung_up(number)
        self._collect_from(client)
        return True

    def duplicate(self, pick: int = 0) -> bool:
        """Have request number `pick` of those on their way arrive twice; the second answer is lost.

        The server sees its messages twice. False if there is none, or it was duplicated before.
        """
        self._collect()
        going = [key for key in self._sent if key in self.lanes]
        if not going:
            return False
        key = _pick(going, pick)
        ask = self._sent.pop(key)  # once is enough
        self._copies += 1
        copy = (key[0], key[1], f"copy {self._copies}")
        self._put(copy, partial(self._arrive, ask, lambda response: None))
        return True

    def _make_trouble(self, chance: Chance, troubles: Troubles) -> None:
        for likely, make in (
            (troubles.abort, self.abort_poll),
            (troubles.drop, self.drop_websocket),
            (troubles.duplicate, self.duplicate),
        ):
            if chance.random() < likely:
                make(chance.randrange(1 << 16))

    # Clients to server ----------------------------------------------------

    def _collect(self) -> None:
        for client in self.clients:
            self._collect_from(client)

    def _collect_from(self, client: ClientModel) -> None:
        for action in client.engine.take_actions():
            self._start(client, action)

    def _start(self, client: ClientModel, action: Action) -> None:
        key = (client, action.number, "up")
        if isinstance(action, Ask):
            self._sent[key] = action
            self._put(key, partial(self._ask, key, action))
        elif isinstance(action, Cancel):
            self._put(key, partial(self._cancel, key))
        elif isinstance(action, Dial):
            self._put(key, partial(self._dial, key, action))
        elif isinstance(action, Write):
            self._put(key, partial(self._write, key, action.frame))
        else:
            assert isinstance(action, HangUp)
            self._put(key, partial(self._hang_up, key))

    def _put(self, key: Key, move: Move) -> None:
        self.lanes.setdefault(key, deque()).append(move)

    def _ask(self, key: Key, ask: Ask) -> None:
        client, number, _ = key
        self._sent.pop(key, None)

        def answer(response: Response) -> None:
            self._asked.pop(key, None)
            came = partial(client.engine.responded, number, response.status, response.body)
            self._put((client, number, "down"), came)

        exchange = self._arrive(ask, answer)
        if exchange in self.polls:
            self._asked[key] = exchange

    def _arrive(self, ask: Ask, answer: Callable[[Response], None]) -> Exchange:
        return self.request(Request(ask.method, ask.query), ask.body, answer)

    def _cancel(self, key: Key) -> None:
        exchange = self._asked.pop(key, None)
        if exchange is not None:
            self.hang_up(exchange)

    def _dial(self, key: Key, dial: Dial) -> None:
        client, number, _ = key
        down = (client, number, "down")

        def deliver(frames: Sequence[Frame]) -> None:
            for frame in frames:
                self._put(down, partial(client.engine.frame, number, frame))

        def ended() -> None:
            self._open.pop(key, None)
            self._put(down, partial(client.engine.hung_up, number))

        self._put(down, partial(client.engine.dialled, number))
        pipe = self.open_pipe(Request("GET", dial.query, websocket=True), deliver, ended)
        if pipe is None:
            self.lanes[down].clear()
            ended()
        elif pipe.link in self.pipes:
            self._open[key] = pipe

    def _write(self, key: Key, frame: Frame) -> None:
        pipe = self._open.get(key)
        if pipe is not None:
            self.receive(pipe, frame)

    def _hang_up(self, key: Key) -> None:
        pipe = self._open.pop(key, None)
        if pipe is not None:
            self.lost(pipe)


class Pair(Net):
    """A `Pair` is a server core and one client model, `client`, on a network without trouble.

    Unless `accept` is false, every connect request is granted.
    """

    def __init__(
        self,
        transports: tuple[str, ...] = ("polling", "websocket"),
        *,
        accept: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if accept:
            self.on_event = self.accept_all
        self.client = self.add_client(ClientModel(transports))


def _pick(things: Sequence[T], number: int) -> T:
    return things[number % len(things)]
