"""What a Socket.IO server may be told: frozen values with safe defaults."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..protocol_errors import LocalProtocolError


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A `Config` holds the settings of one Socket.IO server; times in seconds.

    `connect_timeout` is how long a connection may stay without a namespace,
    `accept_timeout` how long a connect request may wait for its answer (None: for ever),
    `attachment_timeout` how long a packet may wait for its attachments.
    `max_namespaces` bounds the namespaces of one connection, `max_pending_acks`
    the acknowledgements that one socket owes: past it the oldest is given up as
    timed out. `max_held` bounds what is held back while a connect handler runs.
    """

    connect_timeout: float = 10.0
    accept_timeout: float | None = 60.0
    attachment_timeout: float = 30.0
    max_namespaces: int = 100
    max_pending_acks: int = 1024
    max_held: int = 10_000

    def __post_init__(self) -> None:
        for name in ("connect_timeout", "accept_timeout", "attachment_timeout"):
            seconds = getattr(self, name)
            if name == "accept_timeout" and seconds is None:
                continue
            if not 0 < seconds < math.inf:
                raise LocalProtocolError(f"{name} must be a number of seconds above 0")
        for name in ("max_namespaces", "max_pending_acks", "max_held"):
            if getattr(self, name) < 1:
                raise LocalProtocolError(f"{name} must be at least 1")
