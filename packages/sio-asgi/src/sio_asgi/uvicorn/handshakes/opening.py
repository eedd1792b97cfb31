"""The opening handshake of a WebSocket without extensions, checked and answered by this project.

A subclass reads the request. wsproto does the same and finds extensions, too, for three times the
time: 110 µs a connection.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from sio_core import Request
from sio_core.websocket import KEY, accept_key, check_opening

from ..answers import raw_header_lines, response

Headers: TypeAlias = list[tuple[bytes, bytes]]

PLAIN = (b"content-type", b"text/plain")


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
        if len([name for name, _ in headers if name == b"host"]) > 1:
            return self.reject(400, [PLAIN], b"Invalid Host")  # RFC 9112, section 3.2
        refusal = check_opening(request)
        if refusal is not None:
            status = 400 if refusal.status == 405 else refusal.status
            more = [(name.encode(), value.encode()) for name, value in refusal.headers]
            return self.reject(status, more, refusal.body)
        self._key = request.header(KEY).strip()
        self.complete = True
        self.target = target.decode("ascii")
        self.headers = headers
        self.subprotocols = list(_listed(headers, b"sec-websocket-protocol"))
        return None

    def accept(self, subprotocol: str | None, headers: Headers) -> bytes:
        """Return the response that opens the WebSocket.

        Raises `ValueError` for a subprotocol that was not offered, and for what is no header.
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
        """Return a response that refuses it."""
        return response(status, headers, body)


def _listed(headers: Headers, wanted: bytes) -> Iterable[str]:
    """The values of all headers of a name, which are lists."""
    for name, value in headers:
        if name == wanted:
            yield from (part.strip() for part in value.decode("latin-1").split(",") if part.strip())
