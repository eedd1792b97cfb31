"""The opening handshake of a WebSocket that may be compressed, by wsproto."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, RejectConnection, RejectData, Request
from wsproto.utilities import RemoteProtocolError

from sio_core.websocket import KEY, check_keys

from .deflate import BoundedDeflate, DeflateCodec

if TYPE_CHECKING:
    from wsproto.typing import Headers


_KEY_LINE = f"\n{KEY}:".encode()


class Handshake:
    """One upgrade request and its answer."""

    def __init__(self, max_size: int) -> None:
        self._connection = WSConnection(ConnectionType.SERVER)
        self._extensions = [BoundedDeflate(max_size)]
        self._head = b""
        self.complete = False
        self.target = ""
        self.headers: Headers = []
        self.subprotocols: list[str] = []

    def receive(self, data: bytes) -> bytes | None:
        """Take bytes of the request. Returns the answer to one that is no handshake."""
        connection = self._connection
        self._head += data
        try:
            connection.receive_data(data)
        except RemoteProtocolError as error:
            return connection.send(error.event_hint or RejectConnection())
        except UnicodeError:  # wsproto decodes the name of the host as it stands
            return connection.send(RejectConnection())
        for event in connection.events():
            if isinstance(event, Request):
                if problem := check_keys(_keys(self._head)):
                    return self.reject(400, [(b"content-type", b"text/plain")], problem.encode())
                self._head = b""
                self.complete = True
                self.target = event.target
                self.headers = _headers(event)
                self.subprotocols = list(event.subprotocols)
        return None

    def accept(self, subprotocol: str | None, headers: Headers) -> bytes:
        """Return the response that opens the WebSocket.

        Raises `LocalProtocolError` of wsproto for a subprotocol that was not offered.
        """
        return self._connection.send(
            AcceptConnection(
                subprotocol=subprotocol, extensions=list(self._extensions), extra_headers=headers
            )
        )

    def reject(self, status: int, headers: Headers, body: bytes) -> bytes:
        """Return a response that refuses the WebSocket and ends the connection."""
        if not any(name.lower() == b"content-length" for name, _ in headers):
            headers = [*headers, (b"content-length", str(len(body)).encode())]
        headers = [*headers, (b"connection", b"close")]
        connection = self._connection
        head = connection.send(RejectConnection(status_code=status, headers=headers, has_body=True))
        return head + connection.send(RejectData(data=body, body_finished=True))

    def codec(self, max_fragments: int) -> DeflateCodec | None:
        """Return a codec for the accepted WebSocket; None where no extension was agreed on."""
        for extension in self._extensions:
            if extension.enabled():
                return DeflateCodec(self._connection, extension, max_fragments)
        return None


def _keys(head: bytes) -> list[str]:
    """The keys of a request that was found to be one: wsproto keeps the last of them."""
    keys: list[str] = []
    lower, at = head.lower(), 0
    while (at := lower.find(_KEY_LINE, at)) >= 0:
        at += len(_KEY_LINE)
        keys.append(head[at : head.find(b"\n", at)].decode("latin-1"))
    return keys


def _headers(request: Request) -> Headers:
    """All headers of the request again: wsproto takes some of them out."""
    headers: Headers = [(b"host", request.host.encode("latin-1"))]
    headers += [(name.lower(), value) for name, value in request.extra_headers]
    if request.subprotocols:
        headers.append((b"sec-websocket-protocol", ", ".join(request.subprotocols).encode()))
    if request.extensions:
        offers = [offer if isinstance(offer, str) else offer.name for offer in request.extensions]
        headers.append((b"sec-websocket-extensions", ", ".join(offers).encode()))
    return headers
