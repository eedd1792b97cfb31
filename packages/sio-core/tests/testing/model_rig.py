"""The smallest driver: nothing waits, so each input is acted on before it returns.

It can be given flaws, each a way in which drivers go wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sio_core import Frame, Reason, Request, Response, engineio
from sio_core.engineio import Authorize, Exchange, Link, ReadBody, UpgradeToWebSocket
from sio_core.testing import WatchedServer


class Visitor:
    """One request or WebSocket."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.link: Link | None = None
        self.response: Response | None = None
        self.over = False
        self.frames: list[Frame] = []
        self.code: int | None = None
        self.clogged = False
        self.spoilt = False


class ModelRig:
    """A driver that is its own rig; `flaws` are names of what it does wrong."""

    def __init__(self, *flaws: str) -> None:
        self.flaws = flaws
        self.server: WatchedServer
        self.visitors: list[Visitor] = []
        self.down = False
        self.stopping: float | None = None
        self.armed: float | None = None
        self.inputs = 0

    def start(self, server: WatchedServer) -> None:
        self.server = server

    # The choke points -------------------------------------------------------

    def input(self, method: Callable[..., list[engineio.Event]], *args: Any) -> None:
        now = self.server.clock.now
        if "wrong time" in self.flaws:
            now += 1.0
        self.inputs += 1
        events = self.server.process(method(*args, now=now), now)
        if "events before output" in self.flaws:
            self.report(events)
            events = []
        self.settle()
        self.report(events)

    def report(self, events: Sequence[engineio.Event]) -> None:
        for event in events:
            if "forgets ends" in self.flaws and isinstance(event, engineio.Closed):
                continue
            if isinstance(event, engineio.Message):
                if "forgets messages" in self.flaws and event.data == "7":
                    continue
                if "mixes messages" in self.flaws and event.data == "7":
                    continue
                if "mixes messages" in self.flaws and event.data == "8":
                    self.server.dispatch(engineio.Message(event.session, "7"))
                if "forgets the last" in self.flaws and event.data != "last":
                    self.server.dispatch(engineio.Message(event.session, event.data))
                    continue
            self.server.dispatch(event)
            if "hands on twice" in self.flaws and isinstance(event, engineio.Upgraded):
                self.server.dispatch(event)

    def settle(self) -> None:
        if "leaves output" not in self.flaws or self.inputs % 2:
            while ready := self.server.take_ready():
                for sink in ready:
                    if not self.serve(sink):
                        break
        if "arms once" not in self.flaws or self.armed is None:
            self.armed = self.server.next_deadline()

    def serve(self, sink: engineio.Sink) -> bool:
        """Hand out the output of one. Returns false where the flawed one stops."""
        if isinstance(sink, Link):
            visitor = next((each for each in self.visitors if each.link is sink), None)
            return visitor is None or self.write(visitor, sink)
        if "keeps polls" not in self.flaws:
            self.input(sink.resume)
            self.go_on(next(each for each in self.visitors if each.exchange is sink))
        return True

    def write(self, visitor: Visitor, link: Link) -> bool:
        if visitor.clogged and self.stopping is None:
            if "drops for slow clients" in self.flaws:
                link.take_frames()
            return True
        frames = link.take_frames()
        if frames and visitor.spoilt:
            self.lose(visitor)
            return "stops at a failure" not in self.flaws
        if "writes twice" in self.flaws:
            frames = [*frames, *frames[1:]]
        visitor.frames += frames
        if link.closing and visitor.code is None and "never closes" not in self.flaws:
            visitor.code = link.close_code
            self.lose(visitor)
        return True

    # The rig ------------------------------------------------------------------

    def request(self, request: Request, body: bytes | None = b"") -> Visitor:
        visitor = Visitor(self.server.exchange(request))
        self.visitors.append(visitor)
        self.input(visitor.exchange.start)
        if isinstance(visitor.exchange.step, Authorize):
            self.input(visitor.exchange.allow)
        if isinstance(visitor.exchange.step, ReadBody) and body is not None:
            if "loses bodies" not in self.flaws:
                self.input(visitor.exchange.receive_body, body)
            if "answers bodies badly" in self.flaws:
                visitor.exchange.step = Response(200, (), b"well")
        self.go_on(visitor)
        return visitor

    def go_on(self, visitor: Visitor) -> None:
        step = visitor.exchange.step
        if isinstance(step, Response):
            if "never refuses" in self.flaws and step.status != 200:
                step = Response(200)
            if "answers emptily" in self.flaws and step.body[:2] in (b"41", b"4o", b"4t", b"2"):
                step = Response(200, (), b"6")
            visitor.response = step
            visitor.over = True

    def response(self, handle: Visitor) -> Response | None:
        return handle.response

    def is_over(self, handle: Visitor) -> bool:
        return handle.over

    def open(self, request: Request) -> Visitor:
        visitor = self.request(request)
        step = visitor.exchange.step
        if isinstance(step, UpgradeToWebSocket):
            visitor.link = step.link
            self.input(step.link.opened)
        return visitor

    def send(self, handle: Visitor, frame: Frame) -> None:
        assert handle.link is not None
        self.input(handle.link.receive, frame)

    def frames(self, handle: Visitor) -> Sequence[Frame]:
        return handle.frames

    def close_code(self, handle: Visitor) -> int | None:
        return handle.code

    def clog(self, handle: Visitor, clogged: bool) -> None:
        handle.clogged = clogged
        assert handle.link is not None
        self.write(handle, handle.link)

    def spoil(self, handle: Visitor) -> None:
        handle.spoilt = True

    def hang_up(self, handle: Visitor) -> None:
        if "forgets the gone" not in self.flaws:
            self.lose(handle)

    def cancel(self, handle: Visitor) -> None:
        if "keeps the gone" in self.flaws:
            handle.over = True
        elif "ends twice" in self.flaws and handle.link is not None:
            self.lose(handle)
            session = handle.link.session
            self.server.dispatch(engineio.Closed(session, Reason("transport close")))
            if handle.link.resumes:
                self.server.dispatch(engineio.Closed(session, Reason("transport close")))
        else:
            self.lose(handle)

    def lose(self, visitor: Visitor) -> None:
        if not visitor.over or visitor.link is not None:
            visitor.over = "holds on" not in self.flaws
            lost = visitor.exchange.lost if visitor.link is None else visitor.link.lost
            self.input(lost)

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        self.inputs += 1
        self.settle()
        return result

    def moved(self) -> None:
        now = self.server.clock.now
        if self.stopping is not None:
            self.stop(now)
            if "ticks on" not in self.flaws:
                return
            self.server.handle_timeout(now)
        if self.armed is not None and self.armed <= now:
            self.armed = None
            if "no timer" not in self.flaws:
                events = self.server.handle_timeout(now)
                self.settle()
                self.report(events)
                for visitor in self.visitors:
                    if isinstance(visitor.exchange.step, Response):
                        self.go_on(visitor)

    def until(self, condition: Callable[[], bool]) -> bool:
        return condition()

    def shut_down(self, seconds: float) -> None:
        self.stopping = self.server.clock.now + seconds
        for session in list(self.server.sessions.values()):
            self.input(lambda session=session, *, now: self.server.close(session, now))

    def stop(self, now: float) -> None:
        assert self.stopping is not None
        if now < self.stopping or "never ends" in self.flaws:
            return
        if "keeps sessions" not in self.flaws:
            for session in list(self.server.sessions.values()):
                self.input(lambda session=session, *, now: session.end(now, Reason("forced close")))
        for visitor in self.visitors:
            if not visitor.over:
                self.lose(visitor)
        self.down = True

    def is_down(self) -> bool:
        return self.down
