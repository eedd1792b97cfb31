"""Sessions whose messages are shown to somebody before they are sent: see `Server.relay_by`.

A session becomes a relayed one, and an ordinary one again, while it lives: the two differ in
nothing but in where `send` puts a message. A detached session has no transport at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..prepared import Deferred, Prepared
from ..reasons import Reason
from .older_session import OlderSession, OlderTextSession
from .packets import MESSAGE
from .session import OPEN, Event, Session


def is_message(message: Prepared) -> bool:
    """Return whether `message` is one of the protocol above, and not of Engine.IO's own."""
    if type(message) is Deferred:  # whose frames are not to be made yet
        return True
    first = message.frames[0]
    return isinstance(first, bytes) or first.startswith(MESSAGE)


class RelayedSession(Session):
    """A `RelayedSession` hands its messages to `Server.relay`, which may give them to `pass_on`."""

    __slots__ = ()

    def send(self, message: Prepared) -> None:
        """Hand on a message; what belongs to Engine.IO itself is queued: see `Session.send`."""
        relay = self._server.relay
        if relay is None or self.state is not OPEN or not is_message(message):
            self.pass_on(message)
        else:
            relay(self, message)

    def send_last(self, message: Prepared) -> None:
        """Queue a message without handing it on: when it came back the session would be closed."""
        self.pass_on(message)

    def pass_on(self, message: Prepared) -> None:
        """Queue a message, whoever it was handed to: see `Session.send`."""
        super().send(message)


class RelayedOlderSession(RelayedSession, OlderSession):
    """A `RelayedOlderSession` is a relayed session of Engine.IO protocol 3."""

    __slots__ = ()


class RelayedOlderTextSession(RelayedSession, OlderTextSession):
    """A `RelayedOlderTextSession` is a relayed session of protocol 3 that takes text alone."""

    __slots__ = ()


class DetachedSession(RelayedSession):
    """A `DetachedSession` has no transport: what is sent is for `Server.relay`, or for nobody.

    Its messages are handed to the protocol above by whoever opened it. It has no heartbeat, and
    ends when it is closed.
    """

    __slots__ = ()

    hurries = False

    def send_last(self, message: Prepared) -> None:
        """Hand on a message, which goes nowhere else."""
        self.send(message)

    def pass_on(self, message: Prepared) -> None:
        """Drop a message: nothing carries it."""

    def close(self, now: float, reason: Reason) -> list[Event]:
        """End the session at once: nothing is left to be sent."""
        return self.end(now, reason)


RELAYED: Final[Mapping[type[Session], type[Session]]] = {
    Session: RelayedSession,
    OlderSession: RelayedOlderSession,
    OlderTextSession: RelayedOlderTextSession,
}
"""The relayed kind of each ordinary one."""
ORDINARY: Final[Mapping[type[Session], type[Session]]] = {
    relayed: ordinary for ordinary, relayed in RELAYED.items()
}
"""The ordinary kind of each relayed one."""


def relay(session: Session, on: bool) -> None:
    """Make `session` a relayed one, or with `on` false an ordinary one."""
    kind = (RELAYED if on else ORDINARY).get(type(session))
    if kind is not None:
        session.__class__ = kind
