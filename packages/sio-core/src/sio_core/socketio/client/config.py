"""What a Socket.IO client may be told: frozen values with safe defaults."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ... import engineio
from ...protocol_errors import LocalProtocolError

TIMES = ("reconnection_delay", "reconnection_delay_max", "randomization_factor")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """A `ClientConfig` holds the settings of one Socket.IO client; times in seconds.

    With `reconnection` a connection that breaks is made again, after delays as
    `sio_core.timers.Backoff` has them; `reconnection_attempts` bounds how often that
    is tried in a row, 0 for ever. `max_pending_acks` bounds the
    acknowledgements that the server owes for one namespace: past it the oldest
    is given up as timed out. `max_held` bounds the events that are held back
    because they came before the server's answer to the connect request.
    `protocol` is that of Engine.IO: 4 is what today's servers speak, 3 those of Socket.IO 2 and
    before, None is whichever the server does.
    """

    engine: engineio.ClientConfig = field(default_factory=engineio.ClientConfig)
    reconnection: bool = True
    reconnection_attempts: int = 0
    reconnection_delay: float = 1.0
    reconnection_delay_max: float = 5.0
    randomization_factor: float = 0.5
    max_pending_acks: int = 100_000
    max_held: int = 10_000
    protocol: int | None = None

    def __post_init__(self) -> None:
        for name in TIMES:
            value = getattr(self, name)
            if not (isinstance(value, int | float) and 0 <= value < math.inf):
                raise LocalProtocolError(f"{name} must be a number, 0 or more")
        attempts = self.reconnection_attempts
        if not isinstance(attempts, int) or attempts < 0:
            raise LocalProtocolError(
                f"reconnection_attempts must be a whole number, 0 (no limit) or more, "
                f"not {attempts!r}"
            )
        if self.protocol not in (3, 4, None):
            raise LocalProtocolError(f"protocol must be 3, 4 or None, not {self.protocol!r}")
        for name in ("max_pending_acks", "max_held"):
            if getattr(self, name) < 1:
                raise LocalProtocolError(f"{name} must be at least 1")
