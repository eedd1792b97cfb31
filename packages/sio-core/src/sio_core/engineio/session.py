"""One Engine.IO client: its outbox, its heartbeat, the transport it is on, and what befalls it.

A session outlives its transports: polling requests come and go, and one
WebSocket may replace them. What is sent waits in the outbox until the object
that can carry it, the session's `sink`, is taken from `Server.take_ready`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal, Protocol, TypeAlias

from ..prepared import Prepared
from ..reasons import (
    FORCED_CLOSE,
    PARSE_ERROR,
    PING_TIMEOUT,
    TRANSPORT_CLOSE,
    TRANSPORT_ERROR,
    Reason,
)
from ..timers import Timed, Timers
from ..transitions import advance
from ..values import Frame
from .config import Config
from .heartbeats import Heartbeats, Tick
from .packets import CLOSE_MESSAGE, PING_MESSAGE
from .revision import Control, Revision
from .slow_client import SlowClientWatch, past_limits
from .state import (
    SESSION,
    Heartbeat,
    HeartbeatInput,
    LinkState,
    SessionInput,
    SessionState,
)

# A member of an enum is found in 0.1 µs before Python 3.12, a name of a module in a tenth of that.
OPEN = SessionState.OPEN
CLOSING = SessionState.CLOSING
CLOSED = SessionState.CLOSED
QUIET = Heartbeat.QUIET
DEAD = Heartbeat.DEAD
PONG_CAME = HeartbeatInput.PONG
AWAITING = (Heartbeat.WAITING, Heartbeat.HEARD)
GOODBYE: Final = Reason(TRANSPORT_CLOSE)
"""The reason of a session whose client said goodbye: this very object, for those who ask."""
MAKE_UP = 0.1
"""The part of `ping_timeout` by which a pong may be due earlier, since its ping was sent late."""


Relay: TypeAlias = Callable[["Session", Prepared], None]
"""Is handed a message that a session would send."""
Traffic: TypeAlias = Callable[["Session", int, int], None]
"""Hears of a session how many packets came in or go out, and of how many bytes."""


class Ready(Protocol):
    """The list of those who can go on."""

    def append(self, sink: Any, /) -> None: ...


class Home(Protocol):
    """The `Server` of a session, as the session sees it."""

    config: Config
    timers: Timers[Event]
    heartbeats: Heartbeats[Session]
    any_outbound_full: bool
    relay: Relay | None
    received: Traffic | None
    sent: Traffic | None

    @property
    def ready(self) -> Ready: ...
    def forget(self, session: Session) -> None: ...


class Sink(Protocol):
    """A `Sink` may carry the output of a session: it is a link or an exchange."""

    driver: Any

    def lost(self, now: float) -> list[Event]: ...


class Carrier(Sink, Protocol):
    """A WebSocket of a session: its `Link`."""

    transport: ClassVar[Literal["websocket"]]
    state: LinkState
    resumes: bool
    blocked: bool

    def close(self, code: int = 1000) -> None: ...


class Asker(Sink, Protocol):
    """A request of a session: its `Exchange`."""

    def session_probed(self, now: float) -> None: ...
    def session_upgraded(self) -> None: ...
    def session_closing(self, now: float) -> None: ...
    def session_ended(self) -> None: ...


class Session(Timed):
    """A `Session` is one client, from its open packet to its `Closed` event.

    `sid` is a secret: whoever knows it can speak for the client. `address` is the key by which
    sessions of the client's address are counted. `owner` belongs to the protocol above, `driver`
    to the driver; the core reads neither. `beat` says whether a pong is due, `beat_due` and `tick`
    when something is done about that. `polled` is true
    once the client has polled after its handshake: before that, no request would fetch what is
    sent. `transport` is the transport that carries messages, or carried the last ones.

    All fields but `owner` and `driver` are for reading: links and exchanges change their session
    by the methods from `probe_by` to `answered`.
    """

    __slots__ = (
        "_failure",
        "_pauses",
        "_ping_at",
        "_server",
        "_slow_client",
        "address",
        "beat",
        "beat_due",
        "driver",
        "link",
        "outbox",
        "owner",
        "poll",
        "polled",
        "post",
        "probe",
        "queued_bytes",
        "revision",
        "sid",
        "state",
        "tick",
        "transport",
    )

    hurries: ClassVar[bool] = True
    """Whether the protocol above has limits in time for its client, and for answers to it."""

    def __init__(self, server: Home, sid: str, revision: Revision, address: str = "") -> None:
        super().__init__()
        self.sid = sid
        self.address = address
        self.revision = revision
        self.state = OPEN
        self.owner: Any = None
        self.driver: Any = None
        self.transport: Literal["polling", "websocket"] = "polling"
        self.link: Carrier | None = None
        self.probe: Carrier | None = None
        self.poll: Asker | None = None
        self.polled = False
        self.post: Asker | None = None
        self.outbox: list[Prepared] = []
        self.queued_bytes = 0
        self.beat = QUIET
        self.beat_due: float | None = None
        self.tick: Tick | None = None
        self._failure: Reason | None = None
        self._slow_client: SlowClientWatch[Event] | None = None
        self._pauses = 0
        # Where in the outbox the last ping was put.
        self._ping_at = 0
        self._server = server

    def __repr__(self) -> str:
        return f"<Session {self.transport} {self.state.value}>"

    @property
    def due(self) -> float | None:
        """The deadline in seconds of the driver's clock, that of the heartbeat perhaps, or None."""
        return self.beat_due if self._armed is None else self._due

    @property
    def queued(self) -> int:
        """How many messages wait to be taken."""
        return len(self.outbox)

    @property
    def outbound_full(self) -> bool:
        """True while more than half of what an open session may queue is queued."""
        config = self._server.config
        return self.state is OPEN and (
            len(self.outbox) * 2 > config.max_queue_messages
            or self.queued_bytes * 2 > config.max_queue_bytes
        )

    @property
    def backed_up(self) -> bool:
        """True while no transport takes output; the session drops volatile messages then."""
        return self.poll is None if self.link is None else self.link.blocked

    # Output ---------------------------------------------------------------

    def send(self, message: Prepared) -> None:
        """Queue `message`; a session that is not open drops it.

        Call `Server.take_ready` next. A message that passes `max_queue_bytes` closes the session at
        the next `handle_timeout`, which is due at once. Past `max_queue_messages` a client still
        has `slow_client_timeout` seconds to fetch, until ten times as many are queued.
        """
        if self.state is not OPEN or (message.volatile and self.backed_up):
            return
        outbox = self.outbox
        if outbox:
            if not self._fits(message):
                return
        else:
            sink = self.link or self.poll
            if sink is not None:
                self._server.ready.append(sink)
        outbox.append(message)

    def send_last(self, message: Prepared) -> None:
        """Do `send` of `message`, which `close` follows."""
        self.send(message)

    def take(self) -> list[Prepared]:
        """Return everything that is queued, in order; the caller now owns it."""
        outbox = self.outbox
        self.outbox = []
        self.queued_bytes = 0
        return outbox

    def take_for_poll(self) -> list[Prepared]:
        """Take what the answer to a poll carries: everything queued, else the close packet."""
        messages = self.take()
        # JavaScript clients act on a close packet before the messages that share its payload:
        # it gets the next poll for itself.
        if self.state is CLOSING and not messages:
            messages.append(CLOSE_MESSAGE)
            self.last_output_taken()
        return messages

    def tell_sent(self, messages: Sequence[Prepared]) -> None:
        """Tell who observes what is sent of `messages`, which are about to be written."""
        packets = size = 0
        for message in messages:
            packets += len(message.frames)
            size += message.size
        assert self._server.sent is not None, "nobody observes it"
        self._server.sent(self, packets, size)

    def expect_output_taken(self, now: float) -> list[Event]:
        """Note that a sender waits until the session is not `outbound_full`.

        The session is closed if its client takes nothing for `slow_client_timeout` seconds.
        """
        if self.outbound_full:
            self._watch().begin(now)
        return []

    def _fits(self, message: Prepared) -> bool:
        config = self._server.config
        count = len(self.outbox)
        self.queued_bytes += message.size
        # With this message the outbox is still not `outbound_full`.
        if (count + 1) * 2 <= config.max_queue_messages and (
            self.queued_bytes * 2 <= config.max_queue_bytes
        ):
            return True
        self._server.any_outbound_full = True
        full = self.link is not None and self.link.blocked
        reason = past_limits(config, count, self.queued_bytes, full=full)
        if reason is not None:
            self.fail(reason)
            return False
        if count >= config.max_queue_messages:
            self._watch().begin()
        return True

    def _watch(self) -> SlowClientWatch[Event]:
        if self._slow_client is None:
            self._slow_client = SlowClientWatch(self._server, self)
        return self._slow_client

    def fail(self, reason: Reason) -> None:
        """Have the session closed with `reason` by the next `handle_timeout`."""
        if self._failure is None:
            self._failure = reason
            self._server.timers.set(self, -math.inf)

    # Transports: for `Link` and `Exchange` -----------------------------------

    def probe_by(self, link: Carrier) -> None:
        """Make `link` the candidate of this session, until it is attached or dropped."""
        self.probe = link

    def drop_probe(self, link: Carrier) -> None:
        """Forget `link` as the candidate of this session, if it is that."""
        if self.probe is link:
            self.probe = None

    def attach(self, link: Carrier) -> None:
        """Let `link` carry the messages from now on, until it is lost.

        A poll that waits gets no messages any more.
        """
        self.drop_probe(link)
        self.link = link
        self.transport = link.transport
        if self.poll is not None:
            self.poll.session_upgraded()

    def link_lost(self, link: Carrier, now: float, reason: Reason) -> list[Event]:
        """End the session with `reason` if `link`, which is gone, carried its messages."""
        self.drop_probe(link)
        if self.link is not link:
            return []
        self.last_output_taken()
        events = self.end(now, reason)
        self.link = None  # no reference cycle is left
        return events

    def wait(self, exchange: Asker) -> bool:
        """Note the poll `exchange`. Returns true if it has to wait, since nothing is queued."""
        self.polled = True
        if self.outbox or self.state is CLOSING:
            return False
        self.poll = exchange
        return True

    def probed(self, now: float) -> None:
        """Have a poll that waits answered, so that the client can go on with its upgrade."""
        if self.poll is not None:
            self.poll.session_probed(now)

    def wake_poll(self) -> None:
        """Name the poll that waits, if one does, among what is ready."""
        if self.poll is not None:
            self._server.ready.append(self.poll)

    def receive_from(self, exchange: Asker) -> None:
        """Note the POST request `exchange`, whose body is still to come."""
        self.post = exchange

    def answered(self, exchange: Asker) -> None:
        """Forget `exchange`, a poll or a POST request: it is answered, or its client hung up."""
        if self.poll is exchange:
            self.poll = None
        elif self.post is exchange:
            self.post = None

    # Life -----------------------------------------------------------------

    def receive_control(self, kind: str, now: float) -> Reason | None:
        """Act on a packet of type `kind` that is no message.

        Returns the reason for which the packet ends the session, or None: call `end` next.
        """
        control = self.revision.control.get(kind)
        if control is Control.PONG:
            self.pong(now)
        elif control is Control.CLOSE:
            return GOODBYE
        elif control is Control.WRONG_WAY:
            return Reason(TRANSPORT_ERROR, "invalid heartbeat direction")
        elif control is None:
            return Reason(PARSE_ERROR, "unknown packet type")
        return None

    def start(self, now: float) -> None:
        """Arm the first ping: one interval after the session opened."""
        config = self._server.config
        self._server.heartbeats.set(self, now + config.ping_interval, config.tick)

    def pong(self, now: float) -> None:
        """Note that the client answered a ping.

        A pong counts for nothing while no ping waits for one, and before a transport has taken
        the ping: then it does not show that the client reads.
        """
        if self._awaits_pong and self._failure is None:
            # `advance`, without the call, for it is done for each beat.
            self.beat = self.revision.heartbeat[self.beat][PONG_CAME]
            self.start(now)

    def heard(self, now: float) -> None:
        """Give the client `ping_timeout` once more, since it sent a packet while a pong is due.

        This is done once for each ping, so a client that sends and never answers is noticed.
        """
        if self._awaits_pong and self._failure is None:
            self.beat = advance(self.revision.heartbeat, self.beat, HeartbeatInput.PACKET)
            self._expect_pong(now)

    def pause(self, now: float) -> list[Event]:
        """Note that the driver reads nothing from the client for now, and cannot see a pong.

        No pong is missed until `resume` was called as often. Pings still go out, for clients take
        a server for dead that sends none.
        """
        self._pauses += 1
        return []

    def resume(self, now: float) -> list[Event]:
        """Note that the driver reads again: a pong that is due has `ping_timeout` from now on."""
        self._pauses -= 1
        if not self._pauses and self.state is OPEN and self._failure is None and self._awaits_pong:
            self._expect_pong(now)
        return []

    def _expect_pong(self, since: float) -> None:
        config = self._server.config
        self._server.heartbeats.set(self, since + config.ping_timeout, config.tick)

    @property
    def _ping_waits(self) -> bool:
        """True while the last ping is in the outbox, which is always taken as a whole."""
        outbox, at = self.outbox, self._ping_at
        return at < len(outbox) and outbox[at] is PING_MESSAGE

    @property
    def _awaits_pong(self) -> bool:
        return self.beat in AWAITING and not self._ping_waits

    def _deadline(self) -> HeartbeatInput:
        # A ping that was not even taken is missed whether this side reads or not.
        if self._pauses and self._awaits_pong:
            return HeartbeatInput.UNREAD
        return HeartbeatInput.DEADLINE

    def heartbeat_due(self, now: float) -> list[Event]:
        """Send the ping that is due, or end the session whose time is over.

        The pong is due `ping_timeout` after the ping was, however late this was called. A client
        keeps nine tenths of that time to answer.
        """
        if self._failure is not None:
            return []
        self.beat = self.revision.heartbeat[self.beat][self._deadline()]
        if self.beat is DEAD:
            return self.end(now, Reason(PING_TIMEOUT))
        due = self.beat_due
        assert due is not None, "its heartbeat is due"
        self._ping_at = len(self.outbox)
        self.send(PING_MESSAGE)
        if self._failure is None:
            self._expect_pong(max(due, now - self._server.config.ping_timeout * MAKE_UP))
        return []

    def deadline_passed(self, now: float) -> list[Event]:
        """End the session, which failed, or whose client has not fetched its end."""
        if self.state is CLOSING:
            return self.end(now, Reason(FORCED_CLOSE, "client did not fetch the close packet"))
        assert self._failure is not None, "an open session has no other deadline"
        return self.end(now, self._failure)

    def catch_up(self, now: float) -> list[Event]:
        """Do what is overdue, now that a request has come before the driver came to that."""
        if self._armed is not None:
            self._server.timers.cancel(self)
            return self.deadline_passed(now)
        due = self.beat_due
        self._server.heartbeats.cancel(self)
        self.beat_due = due
        return self.heartbeat_due(now)

    def close(self, now: float, reason: Reason) -> list[Event]:
        """Close the session from this side for `reason`.

        What is queued still goes out, then the close packet.
        """
        if self.state is not OPEN:
            return []
        self.state = advance(SESSION, self.state, SessionInput.CLOSE)
        self._server.heartbeats.cancel(self)
        self._server.timers.set(self, now + self._server.config.close_timeout)
        self._stop_watching()
        if self.post is not None:
            self.post.session_closing(now)
        self._close_probe()
        if self.link is not None:
            self.link.close()
        else:
            self.wake_poll()
        return [Closed(self, reason)]

    def end(
        self,
        now: float,
        reason: Reason,
        *,
        farewell: Prepared = CLOSE_MESSAGE,
        code: int = 1000,
    ) -> list[Event]:
        """End the session at once for `reason`, and drop what is queued.

        A poll that waits is answered with `farewell`, a WebSocket is closed with `code`.
        """
        if self.state is CLOSED:
            return []
        reported = self.state is CLOSING
        self.state = advance(SESSION, self.state, SessionInput.END)
        self._forget()
        self._close_probe()
        self.outbox = []
        if self.link is not None:
            self.link.close(code)
        elif self.poll is not None:
            self.outbox.append(farewell)
            self.wake_poll()
        return [] if reported else [Closed(self, reason)]

    def last_output_taken(self) -> None:
        """Note that the last output of a session that this side closed was taken."""
        if self.state is CLOSING:
            self.state = advance(SESSION, self.state, SessionInput.LAST_OUTPUT_TAKEN)
            self._forget()

    def _stop_watching(self) -> None:
        watch, self._slow_client = self._slow_client, None
        if watch is not None:
            watch.stop()

    def _forget(self) -> None:
        self._server.heartbeats.cancel(self)
        self._server.timers.cancel(self)
        self._stop_watching()
        self._server.forget(self)
        post, self.post = self.post, None
        if post is not None:
            post.session_ended()

    def _close_probe(self) -> None:
        if self.probe is not None:
            self.probe.close()


# What a server reports, in the order in which it happened ----------------------

# Not frozen at run time: creating a frozen dataclass costs four times as much
# (500 ns against 130 ns), and one event is made per message.


@dataclass(slots=True)
class Opened:
    """A client has a new session, whose open packet waits to be sent."""

    session: Session


@dataclass(slots=True)
class Message:
    """A client sent a message."""

    session: Session
    data: Frame = field(repr=False)


@dataclass(slots=True)
class Upgraded:
    """A session went from polling to WebSocket."""

    session: Session


@dataclass(slots=True)
class UpgradeFailed:
    """The upgrade of a session to WebSocket failed: the session stays on polling.

    `detail` is fixed text for the log.
    """

    session: Session
    detail: str


@dataclass(slots=True)
class Closed:
    """A session is over, for `reason`; this is the last event of it."""

    session: Session
    reason: Reason


@dataclass(slots=True)
class Abandoned:
    """A client was let in, and was gone before its WebSocket was open: `session` never began."""

    session: Session


Event: TypeAlias = Opened | Message | Upgraded | UpgradeFailed | Closed | Abandoned
