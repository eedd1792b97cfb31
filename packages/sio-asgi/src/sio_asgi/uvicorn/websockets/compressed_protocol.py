"""`CompressedWebSocketProtocol`: a module of its own, for it takes wsproto."""

from __future__ import annotations

from .protocol import WebSocketProtocol


class CompressedWebSocketProtocol(WebSocketProtocol):
    """`WebSocketProtocol` that negotiates permessage-deflate (RFC 7692)."""

    per_message_deflate = True
