"""The first packet of a server, as a client reads it (Engine.IO protocol 4, "Handshake")."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ...protocol_errors import DecodeError

MAX_LENGTH = 10_000
"""Characters of an open packet; real ones have about 120."""
MAX_NUMBER = 2**53


@dataclass(frozen=True, slots=True)
class Handshake:
    """A `Handshake` holds what a server announces; times in seconds, sizes in bytes.

    `longest_silence` is how long a client waits for the next ping. `max_payload` is
    the most bytes of one request's body, None when the server names no limit.
    """

    sid: str = field(repr=False)
    upgrades: tuple[str, ...]
    ping_interval: float
    ping_timeout: float
    max_payload: int | None

    @property
    def longest_silence(self) -> float:
        """Seconds without a ping after which the server counts as gone."""
        return self.ping_interval + self.ping_timeout


def read_open_packet(text: str) -> Handshake:
    """Read the payload of an open packet. Raises `DecodeError` for anything else."""
    if len(text) > MAX_LENGTH:
        raise DecodeError("invalid open packet")
    try:
        offer = json.loads(text)
    except (ValueError, RecursionError):
        offer = None
    if not isinstance(offer, dict):
        raise DecodeError("invalid open packet")
    sid, upgrades = offer.get("sid"), offer.get("upgrades", [])
    if not isinstance(sid, str) or not sid or not isinstance(upgrades, list):
        raise DecodeError("invalid open packet")
    try:
        sid.encode()
    except UnicodeEncodeError:  # half a character fits into no query
        raise DecodeError("invalid open packet") from None
    limit = offer.get("maxPayload")
    return Handshake(
        sid,
        tuple(name for name in upgrades if isinstance(name, str)),
        _number(offer.get("pingInterval")) / 1000,
        _number(offer.get("pingTimeout")) / 1000,
        # Revisions before socket.io 4.6 do not send it.
        None if limit is None else int(_number(limit)),
    )


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DecodeError("invalid open packet")
    if not 0 < value <= MAX_NUMBER:  # false for NaN as well
        raise DecodeError("invalid open packet")
    return value
