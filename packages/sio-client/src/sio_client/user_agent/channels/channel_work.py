"""What channels are used for: the requests and WebSockets that an agent was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..routes.endpoint import Endpoint
from ..websocket import WebSocketCodec


@dataclass(slots=True, eq=False)
class HTTPRequest:
    """An `HTTPRequest` is a request that is sent on the channel of number `channel`.

    `endpoint` is where it was sent.
    `again` is whether it was sent a second time.
    """

    id: int
    endpoint: Endpoint
    method: str
    query: str = field(repr=False)
    headers: Sequence[tuple[str, str]] = field(repr=False)
    body: bytes = field(repr=False)
    channel: int = -1
    again: bool = False


@dataclass(slots=True, eq=False)
class WebSocketOpening:
    """A `WebSocketOpening` is a WebSocket that is opened or stands.

    `nonce` are the random bytes of its handshake.
    `codec` is there once it stands.
    """

    id: int
    endpoint: Endpoint
    query: str = field(repr=False)
    nonce: bytes = field(repr=False)
    channel: int = -1
    codec: WebSocketCodec | None = None
