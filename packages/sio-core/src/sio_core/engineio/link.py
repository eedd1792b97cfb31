"""One WebSocket: the transport of its session, or a candidate that is probed.

Engine.IO protocol 4, "Upgrade": the client opens a WebSocket with the id of a
polling session, sends `2probe`, is answered `3probe`, and sends `5` once its
polling requests have ended. Whatever else comes on a candidate closes the
candidate alone; the session stays on polling.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Protocol

from ..prepared import Prepared
from ..reasons import TRANSPORT_CLOSE, TRANSPORT_ERROR, Reason
from ..timers import Timed
from ..values import Frame
from .packets import (
    PONG,
    PROBE_PING,
    PROBE_REPLY,
    UPGRADE,
)
from .session import Abandoned, Event, Message, Session, Upgraded, UpgradeFailed
from .session import Home as SessionHome
from .state import LINK, Heartbeat, LinkInput, LinkState

# A member of an enum is found in 0.1 µs before Python 3.12, a name of a module in a tenth of that.
HANDSHAKE = LinkState.HANDSHAKE
CANDIDATE = LinkState.CANDIDATE
PROBED = LinkState.PROBED
ACTIVE = LinkState.ACTIVE
CLOSING = LinkState.CLOSING
CLOSED = LinkState.CLOSED
WAITING = Heartbeat.WAITING
NOTHING: list[Event] = []
"""The empty list of events that inputs share: do not append to it."""

NORMAL_CLOSURE = 1000
MESSAGE_TOO_BIG = 1009


class Home(SessionHome, Protocol):
    """The `Server` of a link, as the link sees it."""

    accepting: bool
    sessions: dict[str, Session]

    def full(self) -> bool: ...
    def full_for(self, address: str) -> bool: ...
    def open(self, session: Session, now: float) -> list[Event]: ...


class Link(Timed):
    """A `Link` is one WebSocket of `session`, or one too many, which is closed once it is open.

    Frames come in by `receive` and out by `take_frames`. When `closing` is true the driver
    sends what `take_frames` still gives, closes the WebSocket with `close_code`, and calls
    `lost` as after any other end. The driver sets `blocked` to true while the socket takes
    nothing more. `driver` belongs to the driver.
    """

    transport: ClassVar[Literal["websocket"]] = "websocket"
    """The name of the transport that this is."""

    __slots__ = (
        "_outbox",
        "_server",
        "blocked",
        "close_code",
        "driver",
        "resumes",
        "session",
        "state",
    )

    def __init__(self, server: Home, session: Session, *, resumes: bool) -> None:
        super().__init__()
        self.session = session
        self.state = HANDSHAKE
        self.resumes = resumes
        self.close_code = NORMAL_CLOSURE
        self.driver: Any = None
        self.blocked = False
        self._outbox: list[Prepared] | None = None
        self._server = server

    def __repr__(self) -> str:
        return f"<Link {self.state.value}>"

    @property
    def pending(self) -> bool:
        """True while this is a candidate and another transport carries the session."""
        return self.state in (CANDIDATE, PROBED)

    @property
    def closing(self) -> bool:
        """True once the driver is to close the WebSocket."""
        return self.state is CLOSING

    # Input ----------------------------------------------------------------

    def opened(self, now: float) -> list[Event]:
        """Note that the web server accepted the WebSocket. Returns `Opened` for a new session."""
        if self.state is not HANDSHAKE:
            return NOTHING
        if self.resumes and self.session.probe is not self:
            # "Upgrade": a session has one WebSocket at a time, and goes on with the one it has. The
            # end of this one is not to overtake what is said there (`Config.moment`).
            self._server.timers.set(self, now + self._server.config.moment)
            return NOTHING
        if self.resumes:
            self._move(LinkInput.OPENED_WITH_SID)
            self._server.timers.set(self, now + self._server.config.upgrade_timeout)
            return NOTHING
        server, session = self._server, self.session
        if (
            session.sid in server.sessions
            or not server.accepting
            or server.full()
            or server.full_for(session.address)
        ):
            # While the handshake was under way another one took the id or the last place, or the
            # server began to turn new clients away.
            self.close()
            return NOTHING
        self._move(LinkInput.OPENED)
        session.attach(self)
        return server.open(session, now)

    def receive(self, frame: Frame, now: float) -> list[Event]:
        """Take one WebSocket message, `frame`. Returns what it caused; never raises."""
        if self.state is ACTIVE:
            session = self.session
            # A character is at most four bytes: most frames need no second look.
            if len(frame) * 4 > self._server.config.max_payload and self._too_large(frame):
                reason = Reason(TRANSPORT_ERROR, "payload too large")
                return session.end(now, reason, code=MESSAGE_TOO_BIG)
            if session.beat is WAITING:
                if isinstance(frame, str) and frame == PONG:
                    session.pong(now)
                    return NOTHING
                session.heard(now)
            if isinstance(frame, str):
                if frame[:1] == "4":
                    return [Message(session, frame[1:])]
                return self._control(frame, now)
            return [Message(session, frame)]
        if self.state is CANDIDATE or self.state is PROBED:
            return self._candidate(frame, now)
        return NOTHING

    def lost(self, now: float, *, error: str = "") -> list[Event]:
        """Note that the WebSocket is gone; `error` says what broke it, "" after a clean end."""
        state, session, pending = self.state, self.session, self.pending
        if state is CLOSED:
            return NOTHING
        self._move(LinkInput.LOST)
        self._server.timers.cancel(self)
        if not self.resumes and session.link is not self:
            return [Abandoned(session)]
        reason = Reason(TRANSPORT_ERROR if error else TRANSPORT_CLOSE, error)
        events = session.link_lost(self, now, reason)
        if pending:
            return [UpgradeFailed(session, error or "the WebSocket was lost")]
        return events

    def _move(self, what: LinkInput) -> None:
        self.state = LINK[self.state][what]

    def _too_large(self, frame: Frame) -> bool:
        limit = self._server.config.max_payload
        if isinstance(frame, bytes) or frame.isascii():
            return len(frame) > limit
        return len(frame.encode("utf-8", "surrogatepass")) > limit

    def _control(self, frame: str, now: float) -> list[Event]:
        reason = self.session.receive_control(frame[:1], now)
        return NOTHING if reason is None else self.session.end(now, reason)

    def _candidate(self, frame: Frame, now: float) -> list[Event]:
        if frame == PROBE_PING and self.state is CANDIDATE:
            self._move(LinkInput.PROBE)
            self._outbox = [PROBE_REPLY]
            self._server.ready.append(self)
            # "Upgrade": the waiting poll is answered so that the client can pause.
            self.session.probed(now)
            return NOTHING
        if frame == UPGRADE:
            return self._upgrade()
        self.close()
        return [UpgradeFailed(self.session, "the client sent something else on its WebSocket")]

    def _upgrade(self) -> list[Event]:
        session = self.session
        self._move(LinkInput.UPGRADE)
        self._server.timers.cancel(self)
        session.attach(self)
        self._server.ready.append(self)
        return [Upgraded(session)]

    # Output ---------------------------------------------------------------

    def take(self) -> Sequence[Prepared]:
        """Return the messages to send now, in order, and forget them."""
        session = self.session
        if self._outbox is not None:
            own, self._outbox = self._outbox, None
            return [*own, *session.take()] if session.link is self else own
        if session.link is not self:
            return ()
        # `Session.take`, without the call.
        outbox = session.outbox
        if outbox:
            session.outbox = []
            session.queued_bytes = 0
        return outbox

    def take_frames(self) -> Sequence[Frame]:
        """Return the frames to send now, text and bytes, in order, and forget them."""
        session = self.session
        outbox = session.outbox
        # One message is what nearly always waits: take it without a new outbox. Its bytes
        # are not counted, those of the next ones are. Then a driver asks once more.
        if len(outbox) == 1 and self._outbox is None and session.link is self:
            frames = outbox[0].frames
            outbox.clear()
            return frames
        messages = self.take()
        if len(messages) == 1:
            return messages[0].frames
        return [frame for message in messages for frame in message.frames]

    def close(self, code: int = NORMAL_CLOSURE) -> None:
        """Have the WebSocket closed with `code` once its output is taken.

        Take `take_ready` next.
        """
        if self.state in (CLOSING, CLOSED):
            return
        self._move(LinkInput.CLOSE)
        self.close_code = code
        self._server.timers.cancel(self)
        self.session.drop_probe(self)
        self._server.ready.append(self)

    def deadline_passed(self, now: float) -> list[Event]:
        """Close a candidate whose upgrade took too long, or one too many; the session goes on."""
        superfluous = self.state is HANDSHAKE
        self.close()
        if superfluous:
            return NOTHING
        return [UpgradeFailed(self.session, "it took longer than upgrade_timeout")]
