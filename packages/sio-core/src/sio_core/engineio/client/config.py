"""What an Engine.IO client may be told: frozen values with safe defaults."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...protocol_errors import LocalProtocolError
from ..config import TRANSPORTS

TIMES = ("handshake_timeout", "upgrade_timeout", "close_timeout")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """A `ClientConfig` holds the settings of one client; times in seconds, sizes in bytes.

    The first of `transports` carries the handshake; when that is polling and
    `websocket` is named too, the client upgrades. `handshake_timeout` is how
    long the open packet may take, `upgrade_timeout` how long the way from
    polling to WebSocket may, `close_timeout` how long what is queued and the
    goodbye may. `max_post_packets` bounds the packets of one POST: some servers
    read no more than 16 and drop the others. `max_queue_bytes` bounds what
    waits for a slow server over polling: past it the connection is closed.
    `max_payload_packets` bounds the packets of one answer. With `timestamps`
    every request has a query argument `t` of its own, so that no cache answers it.
    """

    transports: tuple[str, ...] = TRANSPORTS
    handshake_timeout: float = 5.0
    upgrade_timeout: float = 10.0
    close_timeout: float = 1.5
    max_post_packets: int = 16
    max_queue_bytes: int = 64_000_000
    max_payload_packets: int = 1_000_000
    timestamps: bool = True

    def __post_init__(self) -> None:
        for name in TIMES:
            value = getattr(self, name)
            if not (isinstance(value, int | float) and 0 < value < math.inf):
                raise LocalProtocolError(f"{name} must be a number of seconds above 0")
        for name in ("max_post_packets", "max_queue_bytes", "max_payload_packets"):
            if getattr(self, name) < 1:
                raise LocalProtocolError(f"{name} must be at least 1")
        known = set(self.transports) <= set(TRANSPORTS)
        if not self.transports or not known or len(set(self.transports)) < len(self.transports):
            raise LocalProtocolError(
                f"transports must name some of {', '.join(TRANSPORTS)}, not {self.transports!r}"
            )
