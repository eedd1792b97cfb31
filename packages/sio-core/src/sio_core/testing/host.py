"""The server's side of the network in memory: what a driver does, without anything that waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .. import engineio, socketio
from ..engineio.exchange import Exchange
from ..engineio.link import Link
from ..engineio.server import BEATS_AT_ONCE
from ..engineio.steps import Authorize, ReadBody, Suspend, UpgradeToWebSocket
from ..values import Frame, Request, Response
from .clock import FakeClock, Ids

Answer = Callable[[Response], None]


class Pipe:
    """A `Pipe` is one WebSocket on the server: frames go to `deliver`, its end to `ended`."""

    __slots__ = ("deliver", "ended", "link")

    def __init__(
        self, link: Link, deliver: Callable[[Sequence[Frame]], None], ended: Callable[[], None]
    ) -> None:
        self.link = link
        self.deliver = deliver
        self.ended = ended


class Host:
    """A `Host` is a server core with its engine, clock and ids; `events` is what it reported.

    Every input ends in `settle`, which hands out what became ready. `on_event`
    may be set to be told of each event as it happens.
    """

    def __init__(
        self,
        *,
        engine_config: engineio.Config | None = None,
        config: socketio.Config | None = None,
        parser: socketio.Parser | None = None,
        accepts: Callable[[str], bool] = lambda namespace: namespace != "/unknown",
    ) -> None:
        self.clock = FakeClock()
        self.engine = engineio.Server(engine_config, new_sid=Ids("session"))
        self.server = socketio.Server(
            self.engine, config, new_id=Ids("socket"), parser=parser, accepts=accepts
        )
        self.events: list[Any] = []  # Any: tests look inside
        self.on_event: Callable[[socketio.Event], None] | None = None
        self.polls: dict[Exchange, Answer] = {}
        self.pipes: dict[Link, Pipe] = {}

    def accept_all(self, event: socketio.Event) -> None:
        """Grant the connect request of `event`, or release its socket that left: for `on_event`."""
        if isinstance(event, socketio.ConnectRequested):
            self.server.accept(event.socket)
        elif isinstance(event, socketio.Disconnected):
            self.server.release(event.socket)

    # Requests -------------------------------------------------------------

    def request(self, request: Request, body: bytes, answer: Answer) -> Exchange:
        """Serve the HTTP request `request` with `body`.

        `answer` is called with the response, now, or later for a poll that waits.
        """
        exchange = self.engine.exchange(request)
        self._feed(exchange.start(self.clock.now))
        if isinstance(exchange.step, Authorize):
            self._feed(exchange.allow(self.clock.now))
        if isinstance(exchange.step, ReadBody):
            self._feed(exchange.receive_body(body, self.clock.now))
        if isinstance(exchange.step, Suspend):
            self.polls[exchange] = answer
        elif isinstance(exchange.step, Response):
            answer(exchange.step)
        self.settle()
        return exchange

    def hang_up(self, exchange: Exchange) -> None:
        """Report that the client of `exchange` has hung up."""
        self.polls.pop(exchange, None)
        self._feed(exchange.lost(self.clock.now))
        self.settle()

    def open_pipe(
        self,
        request: Request,
        deliver: Callable[[Sequence[Frame]], None],
        ended: Callable[[], None],
    ) -> Pipe | None:
        """Serve `request` for a WebSocket. Returns None when it is refused.

        `deliver` is called with frames for the client, `ended` when the server closes the
        WebSocket.
        """
        exchange = self.request(request, b"", lambda response: None)
        if not isinstance(exchange.step, UpgradeToWebSocket):
            return None
        link = exchange.step.link
        pipe = self.pipes[link] = Pipe(link, deliver, ended)
        self._feed(link.opened(self.clock.now))
        self.settle()
        return pipe

    def receive(self, pipe: Pipe, frame: Frame) -> None:
        """Hand `frame`, which came through the WebSocket `pipe`, to the server."""
        self._feed(pipe.link.receive(frame, self.clock.now))
        self.settle()

    def lost(self, pipe: Pipe) -> None:
        """Report that the WebSocket `pipe` has ended."""
        self.pipes.pop(pipe.link, None)
        self._feed(pipe.link.lost(self.clock.now))
        self.settle()

    # Time and output ------------------------------------------------------

    def tick(self) -> None:
        """Act on the deadlines that have passed."""
        now = self.clock.now
        calls = 1 + len(self.engine.sessions) // BEATS_AT_ONCE  # each sends that many pings
        for _ in range(calls):
            self._report(self.server.handle_timeout(now))
        due = self.server.next_deadline()
        assert due is None or due > now, "handle_timeout left a deadline behind"
        self.settle()

    def settle(self) -> None:
        """Hand out what became ready, until nothing is."""
        while ready := self.server.take_ready():
            for sink in ready:
                if isinstance(sink, Link):
                    self._take_output(sink)
                elif sink in self.polls:
                    answer = self.polls.pop(sink)
                    self._feed(sink.resume(self.clock.now))
                    assert isinstance(sink.step, Response)
                    answer(sink.step)

    def _take_output(self, link: Link) -> None:
        pipe = self.pipes.get(link)
        if pipe is None:
            return
        if frames := link.take_frames():
            pipe.deliver(frames)
        if link.closing:
            pipe.ended()
            self.lost(pipe)

    def _feed(self, events: Iterable[engineio.Event]) -> None:
        self._report(self.server.process(events, self.clock.now))

    def _report(self, events: Iterable[socketio.Event]) -> None:
        for event in events:
            self.events.append(event)
            if self.on_event is not None:
                self.on_event(event)
