"""What the caller of an agent has asked for and still waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .endpoint import Endpoint


@dataclass(slots=True, eq=False)
class Job:
    """A request; `pipe` is the number of the one that it is on, `endpoint` where it was sent.

    `again` is whether it was sent a second time.
    """

    id: int
    endpoint: Endpoint
    method: str
    query: str = field(repr=False)
    headers: Sequence[tuple[str, str]] = field(repr=False)
    body: bytes = field(repr=False)
    pipe: int = -1
    again: bool = False


@dataclass(slots=True, eq=False)
class Opening:
    """A WebSocket that is opened or stands; `nonce` are the random bytes of its handshake."""

    id: int
    endpoint: Endpoint
    query: str = field(repr=False)
    nonce: bytes = field(repr=False)
    pipe: int = -1
