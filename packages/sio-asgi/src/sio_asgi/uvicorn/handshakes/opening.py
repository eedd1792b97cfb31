"""The opening handshake of a WebSocket without extensions, checked and answered by this project.

A subclass reads the request. wsproto does the same and finds extensions, too, for three times the
time: 110 µs a connection.
"""

from __future__ import annotations

from typing import TypeAlias

from sio_core import Request, Response
from sio_core.websocket import KEY, accept_key, check_opening

from ..answers import raw_header_lines, response

Headers: TypeAlias = list[tuple[bytes, bytes]]

SUBPROTOCOL = b"sec-websocket-protocol"


class Opening:
    """One upgrade request, and its answer."""

    def __init__(self) -> None:
        self._key = ""
        self.complete = False
        self.target = ""
        self.headers: Headers = []
        self.subprotocols: list[str] = []

    def take(self, method: bytes, target: bytes, headers: Headers) -> bytes | None:
        """Take a request whose header names are in lower case.

        Returns the answer to one that is no handshake.
        """
        request = Request(
            method.decode("ascii"),
            headers=tuple(
                [(name.decode("ascii"), value.decode("latin-1")) for name, value in headers]
            ),
        )
        refusal = check_opening(request)
        if refusal is not None:
            return refusal_of(refusal)
        self._key = request.header(KEY).strip()
        self.complete = True
        self.target = target.decode("ascii")
        self.headers = headers
        self.subprotocols = subprotocols_in(headers)
        return None

    def accept(self, subprotocol: str | None, headers: Headers) -> bytes:
        """Return the response that opens the WebSocket.

        Raises `ValueError` for a subprotocol that was not offered, and for a header that HTTP
        cannot carry.
        """
        own: Headers = [
            (b"Upgrade", b"websocket"),
            (b"Connection", b"Upgrade"),
            (b"Sec-WebSocket-Accept", accept_key(self._key).encode()),
        ]
        if subprotocol is not None:
            if subprotocol not in self.subprotocols:
                raise ValueError(f"the client did not offer the subprotocol {subprotocol!r}")
            own.append((b"Sec-WebSocket-Protocol", subprotocol.encode("ascii")))
        lines = raw_header_lines((*own, *headers))
        return b"".join((b"HTTP/1.1 101 Switching Protocols\r\n", lines, b"\r\n"))

    def reject(self, status: int, headers: Headers, body: bytes) -> bytes:
        """Return a response that refuses the WebSocket and ends the connection."""
        return response(status, headers, body)

    def codec(self, _max_fragments: int) -> None:
        """Return nothing: no extension was negotiated."""


def refusal_of(refusal: Response) -> bytes:
    """Return `refusal`, the answer to a request that is no handshake, as it is written."""
    status = 400 if refusal.status == 405 else refusal.status
    headers = [(name.encode(), value.encode()) for name, value in refusal.headers]
    return response(status, headers, refusal.body)


def subprotocols_in(headers: Headers) -> list[str]:
    """Return the subprotocols that a request offers."""
    if SUBPROTOCOL not in dict(headers):
        return []
    return [
        part.strip()
        for name, value in headers
        if name == SUBPROTOCOL
        for part in value.decode("latin-1").split(",")
        if part.strip()
    ]
