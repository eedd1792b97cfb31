"""One HTTP request as steps: the whole HTTP surface of Engine.IO, without a socket.

A driver makes an exchange from a request, calls `start`, and then does what
`step` says until it is a `Response`. Each input returns the events it caused.
The checks come in the order of the reference server, so that clients see the
errors that they expect (Engine.IO protocol 4, "Handshake" and "HTTP
long-polling").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ..http.cookies import Cookie
from ..http.cors import Decision
from ..prepared import Prepared
from ..protocol_errors import DecodeError
from ..reasons import PARSE_ERROR, PING_TIMEOUT, TRANSPORT_CLOSE, TRANSPORT_ERROR, Reason
from ..timers import Timed
from ..values import Frame, Headers, Request, Response, parse_query
from . import jsonp
from .addresses import address_key
from .generations import GENERATIONS, LINKS, Generation, is_of_older, older_generation
from .last_polls import LastPolls
from .link import Home as LinkHome
from .link import Link
from .observed_link import OBSERVED
from .packets import CLOSE, MESSAGE, NOOP_MESSAGE
from .payload_limit import PAYLOAD_LIMIT
from .poll_response import answer_poll
from .refusals import MESSAGES, Code, Refusal
from .revision import REVISIONS
from .session import Event, Message, Session
from .state import Heartbeat, LinkState, SessionState
from .steps import (
    Authorize,
    AwaitCapacity,
    ReadBody,
    Step,
    Suspend,
    SuspendBeside,
    UpgradeToWebSocket,
)

Continuation = Callable[[float], list[Event]]

# A member of an enum is found in 0.1 µs before Python 3.12, a name of a module in a tenth of that.
OPEN = SessionState.OPEN
CLOSED = SessionState.CLOSED
WAITING = Heartbeat.WAITING
ASK = Decision.ASK
REFUSE = Decision.REFUSE

WEBSOCKET = "websocket"
WRONG_TRANSPORT = "transport does not fit the request"
NO_WEBSOCKET = (
    "no WebSocket came: it takes a web server with WebSockets, and a proxy that passes Upgrade on"
)

POST_TAKEN = Response(200, (("content-type", "text/html"),), b"ok")
"""The answer to packets."""
MAX_CONTROL = 1000
"""Packets of a body that are no messages, behind which others have their turn: they take 1 ms."""
CLOSING_GRACE = 1.0
"""Seconds that a body may still take once the server has closed its session."""


class Home(LinkHome, Protocol):
    """The `Server` of an exchange, as the exchange sees it."""

    new_sid: Callable[[], str]
    last_polls: LastPolls


class Exchange(Timed):
    """An `Exchange` is one HTTP request; its `step` says what the driver has to do next.

    `refusal` says for the log why the request was refused, or is None. `body_late` is true once
    the session has ended because the body did not come in time. `driver` belongs to the driver.
    """

    __slots__ = (
        "_address",
        "_cookie",
        "_headers",
        "_named",
        "_rest",
        "_server",
        "_sid",
        "_then",
        "body_late",
        "driver",
        "query",
        "refusal",
        "request",
        "session",
        "step",
    )

    step: Step

    def __init__(
        self,
        server: Home,
        request: Request,
        named: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.request = request
        self.query = parse_query(request.query) if query is None else query
        self.session: Session | None = None
        self.refusal: Refusal | None = None
        self.body_late = False
        self.driver: Any = None
        self._server = server
        self._address = ""
        self._headers: Headers = ()
        # By name, of a repeated one the first: each is asked for without a call.
        self._named = dict(reversed(request.headers)) if named is None else named
        # The packets of a body that are still to be handed on, the next one last.
        self._rest: list[Frame] = []
        self._sid = ""
        self._then: Continuation | None = None
        self._cookie: tuple[Cookie, str] | None = None
        cookie = server.config.cookie
        if cookie is not None and request.method == "GET" and not self.query.get("sid"):
            # The functions of the cookie are the application's, and may call the server: call them
            # here, where a driver holds no lock.
            self._cookie = cookie, cookie.attributes()

    def __repr__(self) -> str:
        return f"<Exchange {self.request.method}>"

    # Inputs ---------------------------------------------------------------

    def start(self, now: float) -> list[Event]:
        """Check the origin, then the request. Do what `step` says next."""
        origin = self._named.get("origin")
        if origin:
            decision = self._server.config.cors.decide(origin, self.request)
            if decision is ASK:
                return self._ask(Authorize(origin, handshake=False), self._check)
            if decision is REFUSE:
                return self._refuse(
                    Code.BAD_REQUEST,
                    "origin is not allowed: see cors_allowed_origins",
                    detail=self._server.config.cors.explain(origin, self.request),
                )
        return self._check(now)

    def allow(self, now: float, sid: str = "") -> list[Event]:
        """Answer `Authorize`: go on. `sid` is the new session's id, "" for one of `new_sid`."""
        then, self._then = self._then, None
        assert then is not None, "allow answers an Authorize step, once"
        self._sid = sid
        return then(now)

    def deny(self, now: float, message: str = "", response: Response | None = None) -> list[Event]:
        """Answer `Authorize`: refuse, with `message` or with a `response` of your own.

        Without `response` the status is 403, or 400 where an origin was asked about.
        """
        step = self.step
        assert isinstance(step, Authorize), "deny answers an Authorize step, once"
        self._then = None
        if step.origin is None:
            self._refuse(Code.FORBIDDEN, "refused by the application", message)
        else:
            detail = self._server.config.cors.explain(step.origin, self.request)
            self._refuse(Code.BAD_REQUEST, "refused by the application", message, detail)
        if response is not None:
            # A page of another origin is to read it, too.
            headers = (*response.headers, *self._headers)
            self.step = Response(response.status, headers, response.body)
        return []

    def receive_body(self, body: bytes, now: float, capacity: int | None = None) -> list[Event]:
        """Answer `ReadBody`: take the packets in the `body` of a POST request.

        At most `capacity` messages are taken, and a thousand packets of other types. What is left
        then waits for `hand_on`. None: there is capacity for all.
        """
        session = self.session
        assert session is not None
        if session.post is not self:
            return []  # too late: the request is answered
        if len(body) > self._server.config.max_payload:
            return self.body_too_large(now)
        self._server.timers.cancel(self)
        size = len(body)
        try:
            if "j" in self.query:
                body = jsonp.decode_body(body)
            most = PAYLOAD_LIMIT.packets or self._server.config.max_payload_packets
            frames = session.revision.decode_payload(body, most)
        except DecodeError as error:
            self._refuse(Code.BAD_REQUEST, str(error))
            return session.end(now, Reason(PARSE_ERROR, str(error)))
        if self._server.received is not None:
            self._server.received(session, len(frames), size)
        if session.beat is WAITING:
            session.heard(now)
        frames.reverse()
        self._rest = frames
        return self.hand_on(now, capacity)

    def hand_on(self, now: float, capacity: int | None = None) -> list[Event]:
        """Answer `AwaitCapacity`: do as `receive_body` with what is left and a new `capacity`."""
        session, rest = self.session, self._rest
        assert session is not None
        events: list[Event] = []
        left = -1 if capacity is None else max(capacity, 0)
        others = MAX_CONTROL
        while rest and session.state is OPEN:
            frame = rest[-1]
            if isinstance(frame, str) and frame[:1] != MESSAGE:
                if others == 0 and capacity is not None:
                    return events + self._await_capacity(session, now)
                rest.pop()
                events += self._control(session, frame[:1], now)
                others -= 1
            elif left == 0:
                return events + self._await_capacity(session, now)
            else:
                rest.pop()
                events.append(Message(session, frame if isinstance(frame, bytes) else frame[1:]))
                left -= 1
        if rest and rest[-1] == CLOSE:
            session.last_output_taken()  # the client closes too: it fetches nothing more
        self._end_post(session, now)
        if self.refusal is None:
            self.step = POST_TAKEN
            if self._headers:
                self.step = Response(200, (*POST_TAKEN.headers, *self._headers), POST_TAKEN.body)
        return events

    def body_too_large(self, now: float) -> list[Event]:
        """Answer `ReadBody` when more bytes or chunks came than allowed. The session ends."""
        detail = "see max_http_buffer_size and max_body_chunks"
        return self._refuse_body(413, "Payload too large", "payload too large", detail, now)

    def resume(self, now: float) -> list[Event]:
        """Answer `Suspend`: make the response to the poll; called early, an empty one."""
        session = self.session
        if not isinstance(self.step, Suspend) or session is None:
            return []
        self._server.timers.cancel(self)
        session.answered(self)
        if session.transport == WEBSOCKET:
            self._resume_after_upgrade()
        else:
            self._respond(session.take_for_poll() or [NOOP_MESSAGE])
        return []

    def lost(self, now: float) -> list[Event]:
        """Note that the client hung up before its answer; a session on polling ends with that."""
        session = self.session
        if session is None or isinstance(self.step, Response):
            return []
        self._server.timers.cancel(self)
        if session.poll is self:
            session.answered(self)
        elif session.post is self:
            self._end_post(session, now)
        else:
            return []
        if session.link is not None:
            return []
        return session.end(now, Reason(TRANSPORT_ERROR, "polling connection closed prematurely"))

    def deadline_passed(self, now: float) -> list[Event]:
        """Answer the poll of a session that is being upgraded, or refuse a body that is late."""
        self._server.ready.append(self)
        if isinstance(self.step, ReadBody):
            context, detail = "request body took too long", "see body_timeout"
            events = self._refuse_body(408, "Request timeout", context, detail, now)
            self.body_late = bool(events)  # not if this side had closed the session
            return events
        return []

    # For the session ------------------------------------------------------

    def session_probed(self, now: float) -> None:
        """Go on: the client waits for the answer with its upgrade.

        A poll that came beside the candidate gives the client a moment to upgrade without that.
        """
        if isinstance(self.step, SuspendBeside):
            self._server.timers.set(self, now + self._server.config.moment)
        else:
            self._server.ready.append(self)

    def session_upgraded(self) -> None:
        """Go on, at the deadline if there is one: a WebSocket carries the messages from now on."""
        if self.due is None:
            self._server.ready.append(self)

    def session_closing(self, now: float) -> None:
        """Give a body that is on its way little time more: the server closes the session."""
        if self.due is not None:
            self._server.timers.set(self, min(self.due, now + CLOSING_GRACE))

    def session_ended(self) -> None:
        """Refuse a body that is on its way: the session is over."""
        if self.due is not None:
            self._server.timers.cancel(self)
            self._server.ready.append(self)
            self._refuse(Code.UNKNOWN_SID, "session ended during the request")

    # Checks ---------------------------------------------------------------

    def _check(self, now: float) -> list[Event]:
        config, request, query, named = self._server.config, self.request, self.query, self._named
        origin = named.get("origin")
        if origin:
            wanted = named.get("access-control-request-headers", "")
            self._headers = config.cors.headers(origin, request.method, wanted, allowed=True)
        agent = named.get("user-agent", "")
        if "MSIE" in agent or "Trident/" in agent:
            # Internet Explorer takes payloads for injected scripts otherwise.
            self._headers = (*self._headers, ("x-xss-protection", "0"))
        if request.method == "OPTIONS" and not request.websocket:
            return self._finish(204)
        transport = query.get("transport", "")
        if transport not in config.transports:
            return self._refuse(
                Code.UNKNOWN_TRANSPORT,
                "transport is not one of the allowed",
                detail="see transports",
            )
        if "j" in query:
            if not (config.jsonp and jsonp.valid_index(query["j"])):
                return self._refuse(Code.BAD_REQUEST, "JSONP is off or its index is not a number")
            if not config.cors.allows_script(named.get("sec-fetch-site", "")):
                return self._refuse(Code.BAD_REQUEST, "JSONP is for pages of the same origin")
        wrong_transport = request.websocket is not (transport == "websocket")
        sid = query.get("sid")
        if not sid:
            return self._check_handshake(now, wrong_transport)
        session = self._server.sessions.get(sid)
        if session is None:
            return self._check_last_poll(sid)
        if wrong_transport:
            return self._refuse_wrong_transport()
        if REVISIONS.get(query.get("EIO", "")) is not session.revision and not is_of_older(
            query, session.revision
        ):
            return self._refuse(Code.BAD_REQUEST, "session speaks another Engine.IO revision")
        self.session = session
        if request.websocket:
            return self._upgrade(session)
        if session.link is not None:
            if request.method == "GET" and session.link.resumes:
                return self._poll_after_upgrade(session, now)
            return self._refuse_after_upgrade()
        if request.method == "GET":
            return self._poll(session, now)
        if request.method == "POST":
            return self._post(session, now)
        return self._finish(405, ("allow", "GET, POST, OPTIONS"))

    def _check_handshake(self, now: float, wrong_transport: bool) -> list[Event]:
        if self.request.method != "GET":
            return self._refuse(Code.BAD_HANDSHAKE_METHOD, "a handshake is a GET request")
        if wrong_transport:
            return self._refuse_wrong_transport()
        if self._server.config.authorize and self._server.accepting:
            refused = self._refuse_if_full()  # without asking the application
            if refused is not None:
                return refused
            return self._ask(Authorize(None, handshake=True), self._handshake)
        return self._handshake(now)

    def _check_last_poll(self, sid: str) -> list[Event]:
        session = None
        if self.request.method == "GET" and not self.request.websocket:
            session = self._server.last_polls.take(sid)
        if session is None:
            return self._refuse_unknown_session()
        # The close packet was read first; the answer is the same as if the poll had been.
        self.session = session
        self._respond([NOOP_MESSAGE])
        return []

    def _refuse_after_upgrade(self) -> list[Event]:
        return self._refuse(Code.BAD_REQUEST, "session is no longer on polling")

    def _refuse_unknown_session(self) -> list[Event]:
        detail = "it is over, or another process has it"
        return self._refuse(Code.UNKNOWN_SID, "unknown session", detail=detail)

    def _refuse_wrong_transport(self) -> list[Event]:
        detail = "" if self.request.websocket else NO_WEBSOCKET
        return self._refuse(Code.BAD_REQUEST, WRONG_TRANSPORT, detail=detail)

    def _refuse_if_full(self) -> list[Event] | None:
        """Turn a client away whose session would be one too many, or too large."""
        server, request = self._server, self.request
        if request.header_bytes > server.config.max_header_bytes:
            return self._turn_away(431, "headers are too large: see max_header_bytes")
        if server.full():
            return self._turn_away(503, "there are too many sessions: see max_sessions")
        self._address = address_key(request.address)
        if server.full_for(self._address):
            return self._turn_away(
                429, "one address has too many sessions: see max_sessions_per_address"
            )
        return None

    def _handshake(self, now: float) -> list[Event]:
        if not self._server.accepting:
            return self._finish(503)
        generation = GENERATIONS.get(self.query.get("EIO", ""))
        if generation is None:
            if not self._server.config.allow_eio3:
                return self._refuse(
                    Code.UNSUPPORTED_PROTOCOL_VERSION,
                    "client speaks another Engine.IO revision: see allow_eio3",
                )
            generation = older_generation(self.query)
        refused = self._refuse_if_full()  # again: the application may have taken its time
        if refused is not None:
            return refused
        sid = self._sid or self._server.new_sid()
        if sid in self._server.sessions:
            return self._refuse(Code.BAD_REQUEST, "session id is taken")
        return self._make_session(sid, generation, now)

    def _make_session(self, sid: str, generation: Generation, now: float) -> list[Event]:
        session = generation.session(self._server, sid, generation.revision, self._address)
        self.session = session
        if self._cookie is not None:
            cookie, attributes = self._cookie
            self._headers = (*self._headers, ("set-cookie", cookie.header(sid, attributes)))
        if self.request.websocket:
            link = self._link_class(generation.link)(self._server, session, resumes=False)
            self.step = UpgradeToWebSocket(link, self._headers)
            return []
        events = self._server.open(session, now)
        self._respond(session.take())
        return events

    def _upgrade(self, session: Session) -> list[Event]:
        if session.state is not OPEN:
            return self._refuse(Code.BAD_REQUEST, "session is closing")
        kind = self._link_class(LINKS[session.revision.number])
        link = kind(self._server, session, resumes=True)
        if session.link is None and session.probe is None:
            if not self._server.config.allow_upgrades:
                return self._refuse(Code.BAD_REQUEST, "upgrades are off")
            session.probe_by(link)
        # A WebSocket beside another one is accepted, and closed when it is open.
        self.step = UpgradeToWebSocket(link, self._headers)
        return []

    def _link_class(self, plain: type[Link]) -> type[Link]:
        server = self._server
        return plain if server.received is None and server.sent is None else OBSERVED[plain]

    # Polling --------------------------------------------------------------

    def _poll(self, session: Session, now: float) -> list[Event]:
        due = session.beat_due
        if due is None:
            due = session.due
        if due is not None and due <= now:
            return self._poll_late(session, now)
        if session.poll is not None:
            # "HTTP long-polling": at most one GET may be outstanding.
            self._refuse(Code.BAD_REQUEST, "overlapping poll")
            return session.end(now, Reason(TRANSPORT_ERROR, "overlapping poll"))
        if not session.wait(self):
            self._respond(session.take_for_poll())
            return []
        self.step = Suspend(session)
        if session.probe is not None:
            self.step = SuspendBeside(session)
            if session.probe.state is LinkState.PROBED:
                self._server.timers.set(self, now + self._server.config.noop_interval)
        return []

    def _poll_late(self, session: Session, now: float) -> list[Event]:
        """Do what is overdue: the driver has come to this request before it came to that."""
        events = session.catch_up(now)
        if session.state is CLOSED:
            return events + self._refuse_unknown_session()
        return events + self._poll(session, now)

    def _resume_after_upgrade(self) -> None:
        if isinstance(self.step, SuspendBeside):
            # The answer is the same whichever of the two connections was read first.
            self._refuse_after_upgrade()
        else:
            # "Upgrade": the queue now belongs to the WebSocket.
            self._respond([NOOP_MESSAGE])

    def _poll_after_upgrade(self, session: Session, now: float) -> list[Event]:
        """Have a poll refused in a moment, when the client has what the WebSocket carries."""
        self.step = SuspendBeside(session)
        self._server.timers.set(self, now + self._server.config.moment)
        return []

    def _post(self, session: Session, now: float) -> list[Event]:
        if session.post is not None:
            # "HTTP long-polling": at most one POST may be outstanding.
            self._refuse(Code.BAD_REQUEST, "overlapping post")
            return session.end(now, Reason(TRANSPORT_ERROR, "overlapping post"))
        kind = self._named.get("content-type", "").partition(";")[0].strip().lower()
        if kind in session.revision.refused_bodies:
            self._refuse(Code.BAD_REQUEST, "binary payloads belong to an older revision")
            return []
        config = self._server.config
        session.receive_from(self)
        self.step = ReadBody(config.max_payload, config.max_body_chunks)
        self._server.timers.set(self, now + config.body_timeout)
        return []

    def _await_capacity(self, session: Session, now: float) -> list[Event]:
        if isinstance(self.step, AwaitCapacity):
            return []
        self.step = AwaitCapacity(session)
        return session.pause(now)

    def _end_post(self, session: Session, now: float) -> None:
        """Forget the body: its packets were handed on, or its client has hung up."""
        self._rest.clear()
        session.answered(self)
        if isinstance(self.step, AwaitCapacity):
            session.resume(now)

    def _control(self, session: Session, kind: str, now: float) -> list[Event]:
        reason = session.receive_control(kind, now)
        if reason is None:
            return []
        if reason == TRANSPORT_CLOSE:
            if session.poll is None and session.link is None:
                self._server.last_polls.expect(session, now)
            return session.end(now, reason, farewell=NOOP_MESSAGE)
        if reason == PING_TIMEOUT:
            self._refuse_unknown_session()
        else:
            self._refuse(Code.BAD_REQUEST, reason.detail)
        return session.end(now, reason)

    # Answers --------------------------------------------------------------

    def _ask(self, step: Authorize, then: Continuation) -> list[Event]:
        self.step = step
        self._then = then
        return []

    def _refuse(self, code: Code, context: str, message: str = "", detail: str = "") -> list[Event]:
        self.refusal = Refusal(code, message or MESSAGES[code], context, detail)
        self.step = self.refusal.response(self._headers, websocket=self.request.websocket)
        return []

    def _refuse_body(
        self, status: int, message: str, context: str, detail: str, now: float
    ) -> list[Event]:
        session = self.session
        assert session is not None
        self._server.timers.cancel(self)
        self._turn_away(status, context, message, detail)
        if session.post is not self:
            return []  # the session ended in the meantime
        session.answered(self)
        if session.state is not OPEN:
            return []  # closed by the server: the client still fetches the end
        return session.end(now, Reason(TRANSPORT_ERROR, context))

    def _turn_away(
        self, status: int, context: str, message: str = "", detail: str = ""
    ) -> list[Event]:
        """Refuse with a status of HTTP's own and an empty body."""
        self.refusal = Refusal(Code.BAD_REQUEST, message, context, detail)
        self.step = Response(status, (("content-type", "text/plain"), *self._headers), b"")
        return []

    def _finish(self, status: int, *headers: tuple[str, str], body: bytes = b"") -> list[Event]:
        self.step = Response(status, (*headers, *self._headers), body)
        return []

    def _respond(self, messages: list[Prepared]) -> None:
        session = self.session
        assert session is not None
        if self._server.sent is not None:
            session.tell_sent(messages)
        self.step = answer_poll(
            messages,
            session.revision,
            self._server.config,
            self.request,
            self.query.get("j"),
            self._headers,
        )
