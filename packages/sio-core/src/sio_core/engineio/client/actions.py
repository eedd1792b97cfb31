"""What an Engine.IO client asks of its driver, in order.

A request or a WebSocket is named by a number that the client chose and that
its inputs are given back. The driver adds what the core has no word for: the
server's address, headers, cookies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from ...prepared import Prepared

# Not frozen at run time: see sio_core.engineio.events.


@dataclass(slots=True)
class SendHTTP:
    """Send a request with this query; report `http_response` or `http_failed`."""

    id: int
    method: str
    query: str = field(repr=False)
    """It holds the secret session id."""
    content_type: str | None = None
    body: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class CancelHTTP:
    """Nobody waits for this request any more: hang up, and report nothing."""

    id: int


@dataclass(slots=True)
class OpenWebSocket:
    """Open a WebSocket with this query; report `websocket_opened` or `websocket_lost`."""

    id: int
    query: str = field(repr=False)


@dataclass(slots=True)
class WriteWebSocket:
    """Send the frames of a message, back to back."""

    id: int
    message: Prepared = field(repr=False)


@dataclass(slots=True)
class CloseWebSocket:
    """Send what was written, close the WebSocket, and report `websocket_lost` once it is gone."""

    id: int


@dataclass(slots=True)
class AbortWebSocket:
    """Nobody waits for this WebSocket any more: hang up, and report nothing."""

    id: int


Action: TypeAlias = (
    SendHTTP | CancelHTTP | OpenWebSocket | WriteWebSocket | CloseWebSocket | AbortWebSocket
)
