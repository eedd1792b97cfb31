"""One client of Engine.IO protocol 3, whose messages have an older form, and which pings itself."""

from __future__ import annotations

from ..prepared import Prepared
from ..reasons import PING_TIMEOUT, Reason
from ..transitions import advance
from .older import ascii_form, older_form, text_form
from .packets import PONG_MESSAGE
from .revision import Control, Revision
from .session import OPEN, Event, Home, Session
from .state import Heartbeat, HeartbeatInput


class OlderSession(Session):
    """An `OlderSession` is one client of protocol 3.

    Engine.IO protocol 3, "Heartbeat": the client sends a ping after each `pingInterval`, and the
    server answers with a pong. The session ends when none came for `pingInterval` and `pingTimeout`
    together.
    """

    __slots__ = ()

    def send(self, message: Prepared) -> None:
        """Queue `message` in its older form: see `Session.send`."""
        super().send(older_form(message))

    def receive_control(self, kind: str, now: float) -> Reason | None:
        """Act on a packet of type `kind` that is no message: see `Session.receive_control`."""
        if self.revision.control.get(kind) is not Control.PING:
            return super().receive_control(kind, now)
        if self.state is not OPEN or self._failure is not None:
            return None
        if self.link is None and not self._pauses and self._ping_due <= now:
            # The driver has come to this request before it came to the deadline.
            return Reason(PING_TIMEOUT)
        self.beat = advance(self.revision.heartbeat, self.beat, HeartbeatInput.PING)
        self.start(now)
        self.send(PONG_MESSAGE)
        return None

    def start(self, now: float) -> None:
        """Arm the time in which the first ping has to come."""
        config = self._server.config
        self._server.timers.set(self, now + config.advertised_interval + config.ping_timeout)

    def resume(self, now: float) -> list[Event]:
        """Note that the driver reads again: a ping has `ping_timeout` from now on, or longer."""
        events = super().resume(now)
        if not self._pauses and self.state is OPEN and self._failure is None:
            soonest = now + self._server.config.ping_timeout
            self._server.timers.set(self, max(self._ping_due, soonest))
        return events

    @property
    def _ping_due(self) -> float:
        assert self.due is not None, "an open session has a deadline"
        return self.due

    def deadline_passed(self, now: float) -> list[Event]:
        """End the session, unless the ping may be among what was not read."""
        if self.state is not OPEN or self._failure is not None:
            return super().deadline_passed(now)
        what = HeartbeatInput.UNREAD if self._pauses else HeartbeatInput.DEADLINE
        self.beat = advance(self.revision.heartbeat, self.beat, what)
        if self.beat is Heartbeat.DEAD:
            return self.end(now, Reason(PING_TIMEOUT))
        self._server.timers.set(self, now + self._server.config.ping_timeout)
        return []


class OlderTextSession(OlderSession):
    """An `OlderTextSession` is one client of protocol 3 that takes text alone.

    `sends_json` is true once all its messages are packets of Socket.IO in JSON: payloads have that
    in ASCII, which clients of Socket.IO 1 read.
    """

    __slots__ = ("sends_json",)

    def __init__(self, server: Home, sid: str, revision: Revision, address: str = "") -> None:
        super().__init__(server, sid, revision, address)
        self.sends_json = False

    def send(self, message: Prepared) -> None:
        """Queue `message` as text: see `Session.send`."""
        super().send(ascii_form(message) if self.sends_json else text_form(message))
