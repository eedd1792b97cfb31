"""What an Engine.IO server may be told: frozen values with safe defaults."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..http.cookies import Cookie
from ..http.cors import Policy
from ..protocol_errors import LocalProtocolError
from ..websocket.reader import MAX_FRAGMENTS

TRANSPORTS = ("polling", "websocket")
TIMES = (
    "ping_interval",
    "ping_timeout",
    "upgrade_timeout",
    "noop_interval",
    "close_timeout",
    "slow_client_timeout",
    "body_timeout",
)
COUNTS = (
    "max_payload",
    "max_payload_packets",
    "max_queue_messages",
    "max_queue_bytes",
    "max_body_chunks",
    "max_sessions",
    "max_header_bytes",
    "max_fragments",
)

LONGEST_TICK = 0.25
"""Seconds within which heartbeats are gathered at most."""
SHORTEST_TICK = 2.0**-20
TICKS = 50
"""A heartbeat has at least as many ticks."""


def tick_of(time: float) -> float:
    """Return the tick of heartbeats that take `time`: a power of two, so that sums are exact."""
    tick = math.ldexp(1.0, math.frexp(time / TICKS)[1] - 1)
    return max(min(tick, LONGEST_TICK), SHORTEST_TICK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A `Config` holds the settings of one server; times in seconds, sizes in bytes.

    With `allow_eio3` clients of Engine.IO protocol 3 are served as well.
    `ping_grace` is added to the ping interval that clients are told, so that a
    late ping is not taken for a dead server. `authorize` makes every handshake
    stop at an `Authorize` step. `close_timeout` is how long a polling session
    that the server closed waits for the request that tells the client so.
    `noop_interval` is how long a poll may stay open while its session is being
    upgraded. `body_timeout` is how long the body of one request may take in all, and
    `max_body_chunks` in how many pieces it may come. `max_fragments` bounds the frames of
    one WebSocket message, for drivers that read frames themselves. `max_queue_messages` and
    `max_queue_bytes` bound what waits for one slow client: past either, its session is closed.
    A client that is just not there to fetch has `slow_client_timeout` to come, and as long has one
    for which somebody waits. `max_sessions` bounds the sessions of the server,
    `max_sessions_per_address` those of one client address (None: no limit), and `max_header_bytes`
    the headers and the query of a request that begins one, which are kept with it. `tick` is made
    of the others: how much later than its time a ping, or the end for a missing pong, may be.
    """

    ping_interval: float = 25.0
    ping_grace: float = 0.0
    ping_timeout: float = 20.0
    max_payload: int = 1_000_000
    max_payload_packets: int = 10_000
    max_fragments: int = MAX_FRAGMENTS
    max_queue_messages: int = 10_000
    max_queue_bytes: int = 16_000_000
    transports: tuple[str, ...] = TRANSPORTS
    allow_upgrades: bool = True
    upgrade_timeout: float = 10.0
    noop_interval: float = 0.1
    close_timeout: float = 30.0
    slow_client_timeout: float = 30.0
    body_timeout: float = 30.0
    max_body_chunks: int = 10_000
    max_sessions: int = 50_000
    max_sessions_per_address: int | None = None
    max_header_bytes: int = 16_384
    compression: bool = True
    compression_threshold: int = 1024
    cookie: Cookie | None = None
    cors: Policy = field(default_factory=Policy)
    jsonp: bool = False
    allow_eio3: bool = False
    authorize: bool = False
    tick: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name in TIMES:
            value = getattr(self, name)
            if not (isinstance(value, int | float) and 0 < value < math.inf):
                raise LocalProtocolError(f"{name} must be a number of seconds above 0")
        for name in COUNTS:
            if getattr(self, name) < 1:
                raise LocalProtocolError(f"{name} must be at least 1")
        if self.max_sessions_per_address is not None and self.max_sessions_per_address < 1:
            raise LocalProtocolError("max_sessions_per_address must be at least 1, or None")
        if not 0 <= self.ping_grace < math.inf:
            raise LocalProtocolError("the grace period of ping_interval cannot be negative")
        if not self.transports or not set(self.transports) <= set(TRANSPORTS):
            raise LocalProtocolError(
                f"transports must name some of {', '.join(TRANSPORTS)}, not {self.transports!r}"
            )
        object.__setattr__(self, "tick", tick_of(min(self.ping_interval, self.ping_timeout)))

    @property
    def moment(self) -> float:
        """Seconds that what a client sent on its WebSocket may come after its requests.

        Of two connections the server may read the later one first, and clients deflate and inflate
        WebSocket messages in the background.
        """
        return self.noop_interval / 4

    @property
    def advertised_interval(self) -> float:
        """The ping interval that the open packet announces, in seconds."""
        return self.ping_interval + self.ping_grace
