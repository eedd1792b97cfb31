"""The opening handshake of a WebSocket, as a server answers it (RFC 6455, section 4.2).

For drivers whose web server has read the request and leaves the socket to them.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha1

from .values import Headers, Request, Response

VERSION = "13"

# Section 1.3: the same for every server.
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def wants_websocket(request: Request) -> bool:
    """True if the request asks for a WebSocket, whether properly or not."""
    return "websocket" in _tokens(request, "upgrade") and "upgrade" in _tokens(
        request, "connection"
    )


def refuse_opening(request: Request) -> Response | None:
    """The response to a request that asks for a WebSocket in a wrong way, or None."""
    plain = ("content-type", "text/plain")
    if request.method != "GET":
        return Response(405, (plain, ("allow", "GET")), b"Method Not Allowed")
    if request.header("sec-websocket-version") != VERSION:
        # Section 4.4: the versions that the server does understand.
        return Response(426, (plain, ("sec-websocket-version", VERSION)), b"Upgrade Required")
    try:
        key = b64decode(request.header("sec-websocket-key"), validate=True)
    except ValueError:
        key = b""
    if len(key) != 16:
        return Response(400, (plain,), b"Invalid Sec-WebSocket-Key")
    return None


def accept_opening(request: Request, headers: Headers) -> bytes:
    """The response that opens the WebSocket, with `headers` among its own."""
    key = request.header("sec-websocket-key") + _GUID
    accept = b64encode(sha1(key.encode("latin-1")).digest()).decode()
    own = (("upgrade", "websocket"), ("connection", "Upgrade"), ("sec-websocket-accept", accept))
    lines = [f"{name}: {value}\r\n" for name, value in (*own, *headers)]
    return ("HTTP/1.1 101 Switching Protocols\r\n" + "".join(lines) + "\r\n").encode("latin-1")


def _tokens(request: Request, name: str) -> list[str]:
    return [token.strip() for token in request.header(name).lower().split(",")]
