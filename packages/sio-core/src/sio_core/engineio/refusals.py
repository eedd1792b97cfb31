"""How a request is refused: code, message, HTTP status and a context for the log.

The numbers and messages are those that JavaScript clients show their users
(Engine.IO protocol 4, "Handshake"; bodies as the reference server sends them).
"""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass

from ..values import Headers, Response


class Code(enum.IntEnum):
    """A `Code` is the number of an error, by which a client is told why it was refused."""

    UNKNOWN_TRANSPORT = 0
    UNKNOWN_SID = 1
    BAD_HANDSHAKE_METHOD = 2
    BAD_REQUEST = 3
    FORBIDDEN = 4
    UNSUPPORTED_PROTOCOL_VERSION = 5


MESSAGES = {
    Code.UNKNOWN_TRANSPORT: "Transport unknown",
    Code.UNKNOWN_SID: "Session ID unknown",
    Code.BAD_HANDSHAKE_METHOD: "Bad handshake method",
    Code.BAD_REQUEST: "Bad request",
    Code.FORBIDDEN: "Forbidden",
    Code.UNSUPPORTED_PROTOCOL_VERSION: "Unsupported protocol version",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A `Refusal` says why a request was refused.

    `context` is fixed text for the server's log, by which lines that are alike can be counted.
    `detail` says more there, or is empty: it may quote the request, cut and escaped.
    """

    code: Code
    message: str
    context: str
    detail: str = ""

    @property
    def explanation(self) -> str:
        """The context and, in parentheses, the detail: for logs."""
        return f"{self.context} ({self.detail})" if self.detail else self.context

    def response(self, headers: Headers, *, websocket: bool) -> Response:
        """Return the HTTP response: JSON for a request, the bare message for a WebSocket."""
        status = 403 if self.code is Code.FORBIDDEN else 400
        if websocket:
            kind, body = "text/html; charset=UTF-8", self.message
        else:
            kind = "application/json"
            body = json.dumps({"code": int(self.code), "message": self.message})
        return Response(status, (("content-type", kind), *headers), body.encode())
