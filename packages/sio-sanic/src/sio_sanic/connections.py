"""Sanic's web server lets go of a connection that has become a WebSocket of ours.

Its protocol has a state of its own for that: without a transport it neither writes nor closes, and
its task ends. In its list of connections stands what it may end at its stop.
"""

from __future__ import annotations

from typing import Any

from sanic import HTTPResponse
from sanic import Request as Asked
from sanic.compat import Header

from sio_core import Request
from sio_server.drivers.asyncio.transport.websocket_transport import WebSocketTransport
from sio_server.drivers.asyncio.websockets.own_socket import OwnSocketConnection
from sio_server.serving.websockets import take_over


class Switched(HTTPResponse):
    """The response that opens a WebSocket: middlewares see it, and Sanic has nothing to send."""

    __slots__ = ()

    def __init__(self, headers: Any = ()) -> None:
        super().__init__(status=101, headers=Header(list(headers)))

    async def send(self, *_: Any, **__: Any) -> None:
        """Send nothing: the opening was written when the connection was given away."""


class _OpenWebSocket:
    """A WebSocket in the list of connections that Sanic's web server ends when it stops."""

    __slots__ = ("_websocket",)

    def __init__(self, websocket: WebSocketTransport) -> None:
        self._websocket = websocket

    def close_if_idle(self) -> bool:
        """Tell the client to come back later: the web server waits for the end."""
        self._websocket.shutdown()
        return False

    def abort(self) -> None:
        """Cut off a client that did not go."""
        self._websocket.transport.abort()


async def give_away(asked: Asked, request: Request, connection: OwnSocketConnection) -> Any:
    """Open the WebSocket of `request`, and leave the socket to `connection`.

    Returns what the handler of `asked` returns: a middleware may have put another response in the
    place of the opening, which Sanic then sends.
    """
    try:
        opening = await asked.respond(Switched(connection.headers))
        if not isinstance(opening, Switched):
            connection.lost()
            return None
        connection.headers = tuple((name, str(value)) for name, value in opening.headers.items())
        protocol: Any = asked.protocol
        # Returns once the buffer is not full of earlier responses: of that a new protocol would
        # not be told.
        await protocol.send(b"")
    except BaseException:
        connection.lost()
        raise
    if protocol.access_log:
        protocol.http.log_response()
    transport, early = protocol.transport, bytes(protocol.recv_buffer)
    protocol.transport = None
    protocol.recv_buffer.clear()
    connections = protocol.connections
    connections.discard(protocol)
    transport.resume_reading()  # it is paused where much came behind the request
    websocket = take_over(
        connection, request, transport, lambda _: connections.discard(open), early
    )
    open = _OpenWebSocket(websocket)
    connections.add(open)
    return None
