"""A server in memory with a clock that stands still, and what a driver would do with it.

`World` feeds inputs, keeps the events, and after every input holds the server to what is true of
any moment: the next deadline is exact, nobody who is finished has a deadline, and no session is
known to the server after its end.
"""

import json
import re
from typing import Any

from sio_core.engineio import (
    Closed,
    Config,
    Event,
    Exchange,
    Link,
    LinkState,
    Message,
    Opened,
    ReadBody,
    Server,
    Session,
    SessionState,
    Suspend,
    UpgradeToWebSocket,
)
from sio_core.engineio.older_link import OlderLink
from sio_core.prepared import Prepared
from sio_core.values import Frame, Headers, Request, Response

POLLING = "EIO=4&transport=polling"
WEBSOCKET = "EIO=4&transport=websocket"


class World:
    """One server with `settings`; `now` is the time of every input, `eio` is what clients speak."""

    def __init__(self, eio: str = "4", **settings: Any) -> None:
        self.polling_query = f"EIO={eio}&transport=polling"
        self.websocket_query = f"EIO={eio}&transport=websocket"
        self.server = Server(Config(**settings), new_sid=self.new_sid)
        self.now = 0.0
        self.ids = 0
        self.events: list[Event] = []
        self.sessions: list[Session] = []
        self.links: list[Link] = []
        self.exchanges: list[Exchange] = []
        self.sent: dict[Link, list[Frame]] = {}

    def new_sid(self) -> str:
        self.ids += 1
        return f"sid{self.ids}"

    # What a driver does ---------------------------------------------------

    def note(self, events: list[Event]) -> list[Event]:
        """Keep the events of one input, hand on what it made ready, and check the server."""
        for event in events:
            if isinstance(event, Opened):
                self.sessions.append(event.session)
        self.events += events
        self.check()
        return events

    def drain(self) -> None:
        """Act on `take_ready` like a driver that can always write at once."""
        while ready := self.server.take_ready():
            for sink in ready:
                if isinstance(sink, Exchange):
                    self.note(sink.resume(self.now))
                else:
                    self.sent[sink] += sink.take_frames()
        for session in self.sessions:
            # No wake-up is lost: what waits, waits for the client's next request.
            if session.state is not SessionState.CLOSED and session.outbox:
                assert session.link is None or waits(session.link)
                assert session.poll is None

    def check(self) -> None:
        """What is true after every input."""
        server = self.server
        watches = [session._slow_client for session in self.sessions if session._slow_client]
        owners = [*self.sessions, *self.links, *self.exchanges, *watches, server.last_polls]
        beating = [session for session in self.sessions if session.beat_due is not None]
        ticks = [session.tick.time for session in beating if session.tick is not None]
        assert len(ticks) == len(beating) == len(server.heartbeats)
        for session in beating:
            assert session.tick is not None
            assert session.beat_due is not None
            assert 0 <= session.tick.time - session.beat_due < server.config.tick
        exact = [owner._due or 0.0 for owner in owners if owner._armed is not None]
        assert server.next_deadline() == min([*exact, *ticks], default=None)
        assert len(server.timers) == len(exact)
        for session in self.sessions:
            if session.state is SessionState.CLOSED:
                assert session.due is None
                assert server.sessions.get(session.sid) is not session
                assert session.probe is None
            else:
                assert session.due is not None
                assert server.sessions[session.sid] is session
        for link in self.links:
            too_many = link.state is LinkState.HANDSHAKE and link.due is not None
            assert (link.due is not None) == (link.pending or too_many or waits(link))
            assert link.resumes or not too_many
        for exchange in self.exchanges:
            if not isinstance(exchange.step, Suspend | ReadBody):
                assert exchange.due is None
        assert len(server.sessions) <= len(self.sessions)

    def pass_time(self, seconds: float) -> list[Event]:
        """Move the clock, stopping at every deadline on the way."""
        end, events = self.now + seconds, []
        while (due := self.server.next_deadline()) is not None and due <= end:
            self.now = max(self.now, due)
            events += self.note(self.server.handle_timeout(self.now))
            self.drain()
        self.now = end
        events += self.note(self.server.handle_timeout(end))
        self.drain()
        return events

    # Requests -------------------------------------------------------------

    def start(
        self,
        query: str | None = None,
        method: str = "GET",
        *,
        websocket: bool = False,
        headers: Headers = (),
        host: str = "example.com",
    ) -> Exchange:
        """A request, up to its first step."""
        query = self.polling_query if query is None else query
        request = Request(method, query, headers, "http", host, websocket)
        exchange = self.server.exchange(request)
        self.exchanges.append(exchange)
        events = exchange.start(self.now)
        if isinstance(exchange.step, UpgradeToWebSocket):
            self.adopt(exchange.step.link)
        self.note(events)
        return exchange

    def adopt(self, link: Link) -> None:
        """Know a link that a step named."""
        self.links.append(link)
        self.sent[link] = []

    def get(self, session: Session, extra: str = "", headers: Headers = ()) -> Exchange:
        """A poll of `session`, up to its first step."""
        return self.start(f"{self.polling_query}&sid={session.sid}{extra}", headers=headers)

    def post(self, session: Session, body: str | bytes, extra: str = "") -> Exchange:
        """A whole POST request of `session`."""
        exchange = self.begin_post(session, extra)
        self.note(exchange.receive_body(body.encode() if isinstance(body, str) else body, self.now))
        self.drain()
        return exchange

    def begin_post(self, session: Session, extra: str = "") -> Exchange:
        """A POST request of `session` whose body is still to come."""
        exchange = self.start(f"{self.polling_query}&sid={session.sid}{extra}", "POST")
        assert isinstance(exchange.step, ReadBody)
        return exchange

    # Sessions -------------------------------------------------------------

    def poller(self, extra: str = "") -> Session:
        """A new session on polling."""
        exchange = self.start(f"{self.polling_query}{extra}")
        assert exchange.session is not None, exchange.step
        return exchange.session

    def waiting_poller(self) -> tuple[Session, Exchange]:
        """A new session on polling with a poll that waits."""
        session = self.poller()
        poll = self.get(session)
        assert isinstance(poll.step, Suspend)
        return session, poll

    def websocket(self, extra: str = "") -> Link:
        """A new session on a WebSocket, whose open packet was sent."""
        link = handshake_link(self.start(f"{self.websocket_query}{extra}", websocket=True))
        self.note(link.opened(self.now))
        self.drain()
        if link.due is not None:  # that of an older client, whose open packet waits for a moment
            self.pass_time(link.due - self.now)
        return link

    def candidate(self, session: Session) -> Link:
        """A WebSocket for a session on polling, before any frame."""
        link = handshake_link(
            self.start(f"{self.websocket_query}&sid={session.sid}", websocket=True)
        )
        self.note(link.opened(self.now))
        self.drain()
        assert link.state is LinkState.CANDIDATE
        return link

    def receive(self, link: Link, *frames: Frame) -> list[Event]:
        """Frames of the client on `link`."""
        events: list[Event] = []
        for frame in frames:
            events += self.note(link.receive(frame, self.now))
            self.drain()
        return events

    def lose(self, what: Link | Exchange) -> list[Event]:
        """The client hangs up."""
        events = self.note(what.lost(self.now))
        self.drain()
        return events

    def send(self, session: Session, *frames: Frame, **flags: bool) -> None:
        """One message to `session`."""
        session.send(Prepared(frames, **flags))
        self.check()
        self.drain()

    def close(self, session: Session, detail: str = "") -> list[Event]:
        """The server closes `session`."""
        events = self.note(self.server.close(session, self.now, detail))
        self.drain()
        return events

    @property
    def messages(self) -> list[Frame]:
        """What clients sent so far."""
        return [event.data for event in self.events if isinstance(event, Message)]

    @property
    def reasons(self) -> list[str]:
        """Why sessions closed so far, in the words for the log."""
        return [event.reason.describe() for event in self.events if isinstance(event, Closed)]


def waits(link: object) -> bool:
    """Whether the first output of `link`, that of an older client, waits for a moment."""
    return isinstance(link, OlderLink) and link._waits and link.state is LinkState.ACTIVE


def handshake_link(exchange: Exchange) -> Link:
    """The link of a request that is to become a WebSocket."""
    assert isinstance(exchange.step, UpgradeToWebSocket), exchange.step
    return exchange.step.link


def response(exchange: Exchange) -> Response:
    """The answer of a finished request."""
    assert isinstance(exchange.step, Response), exchange.step
    return exchange.step


def body(exchange: Exchange) -> str:
    """The text of a finished request's answer, which is an ordinary one."""
    answer = response(exchange)
    assert answer.status == 200, answer
    return answer.body.decode()


def refusal(exchange: Exchange) -> tuple[int, int]:
    """The status and the error code of a refused request."""
    answer = response(exchange)
    assert exchange.refusal is not None
    if not exchange.request.websocket:
        assert json.loads(answer.body)["code"] == exchange.refusal.code
    return answer.status, int(exchange.refusal.code)


def header(answer: Response, name: str) -> str | None:
    """A header of `answer` that may stand there once at most."""
    values = [value for key, value in answer.headers if key == name]
    assert len(values) <= 1
    return values[0] if values else None


def open_data(text: str) -> dict[str, Any]:
    """What an open packet says."""
    match = re.fullmatch(r"0(\{.*\})", text)
    assert match is not None, text
    data: dict[str, Any] = json.loads(match[1])
    return data
