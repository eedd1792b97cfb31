"""The opening handshake of a WebSocket, as a client: RFC 6455, section 4.1."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha1

from .errors import WebSocketFailed
from .http1 import Head

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def handshake_headers(nonce: bytes) -> list[tuple[str, str]]:
    """The headers that ask for a WebSocket; `nonce` are 16 random bytes."""
    return [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", b64encode(nonce).decode("ascii")),
        ("Sec-WebSocket-Version", "13"),
    ]


def check_acceptance(head: Head, nonce: bytes, subprotocols: tuple[str, ...]) -> None:
    """Raises `WebSocketFailed` if a 101 is not the answer to our request."""
    expected = b64encode(sha1(b64encode(nonce) + _GUID).digest()).decode("ascii")
    if head.first(b"upgrade").lower() != "websocket":
        raise WebSocketFailed("the server switched to something that is not a WebSocket")
    tokens = [token.strip().lower() for token in head.all(b"connection").split(",")]
    if "upgrade" not in tokens:
        raise WebSocketFailed("the server's WebSocket handshake has no 'Connection: Upgrade'")
    if head.all(b"sec-websocket-accept") != expected:
        raise WebSocketFailed("the server's WebSocket handshake is not an answer to ours")
    if head.all(b"sec-websocket-extensions"):
        raise WebSocketFailed("the server uses a WebSocket extension that was not asked for")
    chosen = head.all(b"sec-websocket-protocol")
    if chosen and chosen not in subprotocols:
        raise WebSocketFailed("the server uses a WebSocket subprotocol that was not asked for")
