"""The request for a WebSocket that goes to the driver without ASGI, and its answer."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Protocol
from urllib.parse import quote, unquote

from uvicorn.config import Config
from uvicorn.protocols.utils import get_client_addr
from uvicorn.server import ServerState

from sio_core import Response
from sio_core.websocket import KEY, accept_key, check_opening
from sio_server.aio import Driver
from sio_server.drivers.asyncio.transport.codec import PlainCodec
from sio_server.drivers.asyncio.transport.websocket_transport import WebSocketTransport
from sio_server.drivers.asyncio.websockets.own_socket import OwnSocketConnection

from ...endpoint import encode_headers, make_environ, make_request
from ..answers import default_lines, header_lines, response
from ..apps.direct_app import DirectApp, DirectRoute, not_received, not_sent
from ..handshakes.opening import refusal_of, subprotocols_in
from ..websockets.protocol import WebSocketProtocol

SCHEMES = {"http": "ws", "https": "wss"}
SWITCHING = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: "
)
INTERNAL_ERROR = response(500, [], b"Internal Server Error")


class WebServer(Protocol):
    """What an opening asks of the protocol of its connection."""

    scope: Any
    config: Config
    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    logger: logging.Logger
    server_state: ServerState

    @property
    def default_headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers that are in each answer."""
        ...

    def replaced(self) -> None:
        """Hear that the connection has another protocol."""
        ...


class DirectOpening:
    """One request for a WebSocket, which has no protocol of its own, no scope and no task.

    A session that began with it keeps it until it is asked for the environment.
    """

    __slots__ = ("_path", "_request", "_route", "_scope")

    def __init__(
        self, scope: Any, path: bytes, query: bytes, app: DirectApp, route: DirectRoute
    ) -> None:
        scope["type"] = "websocket"
        scope["scheme"] = SCHEMES[scope["scheme"]]
        scope["query_string"] = query
        app.forward(scope)
        self._path = path
        self._route = route
        self._scope = scope
        self._request = make_request(scope, route.endpoint.trusted_proxies)

    def answer(self, driver: Driver[Any], server: WebServer) -> bool:
        """Have the driver answer. Returns false where the application has to be asked."""
        request = self._request
        refusal = check_opening(request)
        if refusal is not None:
            _end_with(server, refusal_of(refusal))
            return True
        answer = driver.own_socket_at_once(request, self)
        if answer is None:
            return False
        if isinstance(answer, Response):
            self._log(server, str(answer.status))
            headers = encode_headers(answer.headers)
            _end_with(server, response(answer.status, headers, answer.body))
        else:
            self._accept(server, answer)
        return True

    def environ(self) -> dict[str, Any]:
        """A new WSGI environment for the request."""
        scope, path = dict(self._scope), self._path
        root: str = scope["root_path"]
        scope["asgi"] = {**scope["asgi"], "spec_version": "2.4"}
        scope["raw_path"] = root.encode("ascii") + path
        scope["path"] = root + unquote(path.decode("ascii"))
        self._route.complete(scope)
        scope["subprotocols"] = subprotocols_in(scope["headers"])
        scope["extensions"] = {"websocket.http.response": {}}
        return make_environ(self._request, scope, not_received, not_sent)

    def _accept(self, server: WebServer, connection: OwnSocketConnection) -> None:
        try:
            head = b"".join(
                (
                    SWITCHING,
                    accept_key(dict(self._request.headers)[KEY].strip()).encode(),
                    b"\r\n",
                    default_lines(tuple(server.default_headers)),
                    header_lines(connection.headers),
                    b"\r\n",
                )
            )
        except BaseException:
            connection.lost()
            raise
        self._log(server, "[accepted]")
        connections: set[Any] = server.server_state.connections
        # The lower one of two limits, of uvicorn's and the driver's.
        max_size = min(server.config.ws_max_size, connection.max_size)
        codec = PlainCodec(max_size, WebSocketProtocol.max_fragments)
        websocket = WebSocketTransport(
            server.transport, codec, connections.discard, loop=server.loop
        )
        connections.discard(server)
        connections.add(websocket)
        websocket.take_over(connection, head=head)
        server.replaced()

    def _log(self, server: WebServer, outcome: str) -> None:
        # Without the query: it may hold the id of a session, which is a secret.
        if server.logger.isEnabledFor(logging.INFO):
            path = self._scope["root_path"] + unquote(self._path.decode("ascii"))
            client = get_client_addr(self._scope)
            server.logger.info('%s - "WebSocket %s" %s', client, quote(path), outcome)


def fail(server: WebServer) -> None:
    """Answer a request whose opening raised, and log that."""
    server.logger.exception("Exception in Socket.IO\n")
    _end_with(server, INTERNAL_ERROR)


def _end_with(server: WebServer, answer: bytes) -> None:
    server.transport.write(answer)
    server.transport.close()
