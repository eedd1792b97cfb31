"""What an Engine.IO client asks of its driver, in order.

A request or a WebSocket is named by a number that the client chose and that
its inputs are given back. The driver adds what the core has no word for: the
server's address, headers, cookies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from ...prepared import Prepared

# Not frozen at run time: see sio_core.engineio.session.


@dataclass(slots=True)
class SendHTTP:
    """Send an HTTP request with `query`; call `Client.http_response` or `http_failed` next."""

    id: int
    method: str
    query: str = field(repr=False)
    """It holds the secret session id."""
    content_type: str | None = None
    body: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class CancelHTTP:
    """Give up the request `id`: hang up, and report nothing of it."""

    id: int


@dataclass(slots=True)
class OpenWebSocket:
    """Open a WebSocket with `query`; call `Client.websocket_opened` or `websocket_lost` next."""

    id: int
    query: str = field(repr=False)


@dataclass(slots=True)
class WriteWebSocket:
    """Send the frames of `message` over the WebSocket `id`, with nothing between them."""

    id: int
    message: Prepared = field(repr=False)


@dataclass(slots=True)
class CloseWebSocket:
    """Send what was written, close the WebSocket `id`, and call `websocket_lost` at its end."""

    id: int


@dataclass(slots=True)
class AbortWebSocket:
    """Give up the WebSocket `id`: hang up, and report nothing of it."""

    id: int


Action: TypeAlias = (
    SendHTTP | CancelHTTP | OpenWebSocket | WriteWebSocket | CloseWebSocket | AbortWebSocket
)
