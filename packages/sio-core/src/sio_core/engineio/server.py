"""The Engine.IO server: sessions by id, deadlines, and whose output is ready."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from typing import TypeAlias

from ..prepared import Prepared
from ..reasons import FORCED_CLOSE, Reason
from ..timers import Timers
from ..values import Request
from .addresses import Addresses
from .config import Config
from .exchange import Exchange
from .heartbeats import Heartbeats
from .last_polls import LastPolls
from .link import Link
from .relayed_session import DetachedSession, relay
from .revision import REVISIONS
from .session import Event, Opened, Relay, Session, Traffic

Sink: TypeAlias = Link | Exchange
"""What carries a session's output: its WebSocket, or the poll that waits."""


BEATS_AT_ONCE = 500
"""Heartbeats after which others have their turn, as after as many writes: some milliseconds."""


class Server:
    """A `Server` holds all sessions of one Engine.IO server: make one for each process.

    `config` may be replaced while sessions live; new deadlines follow the new one. Set
    `accepting` to false to turn new clients away. `new_sid` returns a fresh session id that
    nobody can guess. `ready` is filled by sessions, links and exchanges, and emptied by
    `take_ready`. `any_outbound_full` becomes true when a session has more than half of what it
    may queue, and after many deliveries of the protocol above: a driver that goes on sending sets
    it back to false and lets output be taken first.
    `received` and `sent` may be set to be called with each session that packets came from or are
    written to, their number and their bytes: over polling, and WebSockets that are opened then.
    """

    def __init__(self, config: Config | None = None, *, new_sid: Callable[[], str]) -> None:
        self.config = Config() if config is None else config
        self.new_sid = new_sid
        self.accepting = True
        self.sessions: dict[str, Session] = {}
        self.addresses = Addresses()
        self.timers: Timers[Event] = Timers()
        self.heartbeats: Heartbeats[Session] = Heartbeats(self.timers.moves)
        self.last_polls = LastPolls(self.timers)
        self.ready: list[Sink] = []
        self.any_outbound_full = False
        self.relay: Relay | None = None
        self.received: Traffic | None = None
        self.sent: Traffic | None = None

    def exchange(
        self,
        request: Request,
        named: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Exchange:
        """Make an exchange for one HTTP `request`; set its `driver`, and call its `start` next.

        `named` has the headers of `request` by name, the first of each, and `query` its parameters,
        where they are known from one that was like it.

        Where a session may begin this calls the functions of `Config.cookie`, and raises what they
        raise. It looks at no session, so a driver needs no lock for it.
        """
        return Exchange(self, request, named, query)

    def full(self) -> bool:
        """Return whether there are as many sessions as there may be."""
        return len(self.sessions) >= self.config.max_sessions

    def full_for(self, address: str) -> bool:
        """Return whether `address`, by its `address_key`, has as many sessions as it may have."""
        limit = self.config.max_sessions_per_address
        return limit is not None and self.addresses.count(address) >= limit

    def open(self, session: Session, now: float) -> list[Event]:
        """Register the new `session` and queue its open packet. For `Exchange` and `Link`."""
        self.sessions[session.sid] = session
        self.addresses.add(session.address)
        packet = session.revision.open_packet(session.sid, self._upgrades(session), self.config)
        session.send(Prepared((packet,)))
        session.start(now)
        if self.relay is not None:
            relay(session, on=True)
        return [Opened(session)]

    def open_detached(self, sid: str) -> list[Event]:
        """Open a session `sid` that has no transport: see `DetachedSession`.

        Returns its `Opened` event. What its client sends is handed to the protocol above as
        `Message` events. The session ends by `close` or `Session.end`.
        """
        session = self.sessions[sid] = DetachedSession(self, sid, REVISIONS["4"])
        return [Opened(session)]

    def relay_by(self, relay_to: Relay | None) -> None:
        """Have the messages of all sessions handed to `relay_to` in place of being queued.

        It is called with each session and message, must not call this server, and may give the
        message to `pass_on` of the session later. None: messages are queued again.
        """
        self.relay = relay_to
        for session in list(self.sessions.values()):
            relay(session, on=relay_to is not None)

    def forget(self, session: Session) -> None:
        """Forget `session`, which has ended. For `Session`."""
        del self.sessions[session.sid]
        self.addresses.remove(session.address)

    def close(self, session: Session, now: float, detail: str = "") -> list[Event]:
        """Close one `session` from this side.

        Returns its `Closed` event, whose reason has `detail`. What is queued is still sent, so take
        `take_ready` next.
        """
        return session.close(now, Reason(FORCED_CLOSE, detail))

    def close_all(
        self, now: float, *, within: float | None = None, detail: str = ""
    ) -> list[Event]:
        """Turn new clients away and close every session: the end of the server begins.

        Returns their `Closed` events, whose reason has `detail`. What is queued is still sent.
        `within` is after how many seconds a client is forgotten that has not fetched its end until
        then, by default `Config.close_timeout`: `sessions` is empty at that deadline. Take
        `take_ready` next.
        """
        self.accepting = False
        events: list[Event] = []
        for session in list(self.sessions.values()):
            events += self.close(session, now, detail)
            due = session.due
            if within is not None and due is not None and due > now + within:
                self.timers.set(session, now + within)
        return events

    @property
    def decodes_itself(self) -> bool:
        """Return whether nothing of the application is called to decode a message."""
        return True

    def decode(self, events: Iterable[Event]) -> list[Event]:
        """Return `events` as they are. A protocol on top decodes the messages among them."""
        return list(events)

    def decode_in_slices(self, events: Iterable[Event]) -> Generator[None, None, list[Event]]:
        """Do what `decode` does with `events`: nothing."""
        yield from ()
        return list(events)

    def process(self, events: Iterable[Event], now: float) -> list[Event]:
        """Return `events` as they are: with nothing on top of this server, the driver gets them."""
        return list(events)

    def next_deadline(self) -> float | None:
        """Return when to call `handle_timeout`, in seconds of the driver's clock, or None."""
        own, beat = self.timers.next, self.heartbeats.next
        if own is None or beat is None:
            return beat if own is None else own
        return min(own, beat)

    def handle_timeout(self, now: float) -> list[Event]:
        """Act on every deadline up to `now`; an early or extra call does nothing.

        Of heartbeats it is `BEATS_AT_ONCE` in a call: `next_deadline` has still passed after it, if
        there are more.
        """
        events: list[Event] = []
        left = BEATS_AT_ONCE
        while left and (due := self.heartbeats.take_due(now, left)):
            left -= len(due)
            for session in due:
                events += session.heartbeat_due(now)
        timers = self.timers
        while (owner := timers.pop_due(now)) is not None:
            events += owner.deadline_passed(now)
        return events

    def take_ready(self) -> list[Sink]:
        """Return the links and waiting polls that have something to send or to end.

        Each has the `driver` that was set on it, or None. One may be named twice; taking from it
        twice does no harm.
        """
        ready = self.ready
        if ready:
            self.ready = []
        return ready

    def _upgrades(self, session: Session) -> tuple[str, ...]:
        config = self.config
        if session.link is None and config.allow_upgrades and "websocket" in config.transports:
            return ("websocket",)
        return ()
