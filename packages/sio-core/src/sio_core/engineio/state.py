"""The state machines of an Engine.IO session, each an enum and one table.

A table maps a state to the inputs it accepts and the state that follows. An
input that is missing from a state's row cannot happen there: the code never
feeds it, and `sio_core.transitions.advance` asserts so. The diagrams in the documentation are drawn
from these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..transitions import Symbol


class SessionState(Symbol):
    """A `SessionState` says how far a session is from its end."""

    OPEN = "open"
    CLOSING = "closing"
    """Closed by this side; what is queued and the close packet still go out."""
    CLOSED = "closed"


class SessionInput(Symbol):
    """What moves a session on."""

    CLOSE = "server closes"
    END = "client closes, is lost, silent or in error"
    LAST_OUTPUT_TAKEN = "last output taken"


SESSION: Final[Mapping[SessionState, Mapping[SessionInput, SessionState]]] = {
    SessionState.OPEN: {
        SessionInput.CLOSE: SessionState.CLOSING,
        SessionInput.END: SessionState.CLOSED,
    },
    SessionState.CLOSING: {
        SessionInput.END: SessionState.CLOSED,
        SessionInput.LAST_OUTPUT_TAKEN: SessionState.CLOSED,
    },
    SessionState.CLOSED: {},
}


class LinkState(Symbol):
    """A `LinkState` says how far one WebSocket is from its end."""

    HANDSHAKE = "handshake"
    """The web server is still answering the upgrade request."""
    CANDIDATE = "candidate"
    """Belongs to a polling session and has not been probed."""
    PROBED = "probed"
    """The probe was answered; the client may now upgrade."""
    ACTIVE = "active"
    """The transport of its session."""
    CLOSING = "closing"
    """To be closed once its output is taken."""
    CLOSED = "closed"


class LinkInput(Symbol):
    """What moves a link on."""

    OPENED = "handshake done, new session"
    OPENED_WITH_SID = "handshake done, session id given"
    PROBE = "probe"
    UPGRADE = "upgrade"
    CLOSE = "close, error or timeout"
    LOST = "connection lost"


LINK: Final[Mapping[LinkState, Mapping[LinkInput, LinkState]]] = {
    LinkState.HANDSHAKE: {
        LinkInput.OPENED: LinkState.ACTIVE,
        LinkInput.OPENED_WITH_SID: LinkState.CANDIDATE,
        LinkInput.CLOSE: LinkState.CLOSING,
        LinkInput.LOST: LinkState.CLOSED,
    },
    LinkState.CANDIDATE: {
        LinkInput.PROBE: LinkState.PROBED,
        LinkInput.UPGRADE: LinkState.ACTIVE,
        LinkInput.CLOSE: LinkState.CLOSING,
        LinkInput.LOST: LinkState.CLOSED,
    },
    LinkState.PROBED: {
        LinkInput.UPGRADE: LinkState.ACTIVE,
        LinkInput.CLOSE: LinkState.CLOSING,
        LinkInput.LOST: LinkState.CLOSED,
    },
    LinkState.ACTIVE: {
        LinkInput.CLOSE: LinkState.CLOSING,
        LinkInput.LOST: LinkState.CLOSED,
    },
    LinkState.CLOSING: {
        LinkInput.LOST: LinkState.CLOSED,
    },
    LinkState.CLOSED: {},
}


class Heartbeat(Symbol):
    """A `Heartbeat` says who is expected to speak next."""

    QUIET = "quiet"
    WAITING = "waiting for pong"
    HEARD = "waiting for pong, and heard of"
    """Another packet came meanwhile: the client is there, and has its time once more."""
    DEAD = "dead"


class HeartbeatInput(Symbol):
    """What moves the heartbeat on."""

    DEADLINE = "deadline passed"
    UNREAD = "deadline passed, and the pong may be among what was not read"
    PACKET = "another packet"
    PONG = "pong"
    PING = "ping of the client"


HEARTBEAT: Final[Mapping[Heartbeat, Mapping[HeartbeatInput, Heartbeat]]] = {
    Heartbeat.QUIET: {HeartbeatInput.DEADLINE: Heartbeat.WAITING},
    Heartbeat.WAITING: {
        HeartbeatInput.PONG: Heartbeat.QUIET,
        HeartbeatInput.PACKET: Heartbeat.HEARD,
        HeartbeatInput.UNREAD: Heartbeat.WAITING,
        HeartbeatInput.DEADLINE: Heartbeat.DEAD,
    },
    Heartbeat.HEARD: {
        HeartbeatInput.PONG: Heartbeat.QUIET,
        HeartbeatInput.UNREAD: Heartbeat.WAITING,
        HeartbeatInput.DEADLINE: Heartbeat.DEAD,
    },
    Heartbeat.DEAD: {},
}

OLDER_HEARTBEAT: Final[Mapping[Heartbeat, Mapping[HeartbeatInput, Heartbeat]]] = {
    Heartbeat.QUIET: {
        HeartbeatInput.PING: Heartbeat.QUIET,
        HeartbeatInput.UNREAD: Heartbeat.QUIET,
        HeartbeatInput.DEADLINE: Heartbeat.DEAD,
    },
    Heartbeat.DEAD: {},
}
"""Of protocol 3, in which clients ping: a deadline is that of the next ping."""
