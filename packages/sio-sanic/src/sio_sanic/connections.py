"""Sanic's web server lets go of a connection that becomes a WebSocket of the driver.

Without a transport, which is how it is after an abort too, Sanic's protocol neither writes nor
closes, and its timer and its task end.
"""

from __future__ import annotations

from typing import Any

from sanic import HTTPResponse
from sanic import Request as Asked
from sanic.compat import Header

from sio_core import Request
from sio_server.drivers.asyncio.websockets.own_socket import OwnSocketConnection
from sio_server.serving.websockets import take_over


class Switched(HTTPResponse):
    """The response that opens a WebSocket: middlewares see it, and Sanic has nothing to send."""

    __slots__ = ()

    def __init__(self, headers: Any = ()) -> None:
        super().__init__(status=101, headers=Header(list(headers)))

    async def send(self, *_: Any, **__: Any) -> None:
        """Send nothing: the opening is written when the connection is given away."""


async def give_away(asked: Asked, request: Request, connection: OwnSocketConnection) -> None:
    """Open the WebSocket of `request`, and leave the socket to `connection`.

    A middleware may put another response in the place of the opening, which Sanic then sends.
    """
    # Not `asked.protocol`: the request, which is part of the environment, would keep it for ever.
    protocol: Any = asked.transport.get_protocol()
    try:
        opening = await asked.respond(Switched(connection.headers))
        if not isinstance(opening, Switched):
            connection.lost()
            return
        connection.headers = tuple((name, str(value)) for name, value in opening.headers.items())
        # Returns once there is room in the buffer, which earlier responses may have filled: only
        # Sanic's protocol is told of that.
        await protocol.send(b"")
    except BaseException:
        connection.lost()
        raise
    if protocol.access_log:
        protocol.http.log_response()
    transport, early = protocol.transport, bytes(protocol.recv_buffer)
    protocol.recv_buffer.clear()
    protocol.transport = None
    protocol.connections.discard(protocol)
    transport.resume_reading()  # it is paused where much came behind the request
    take_over(connection, request, transport, early=early)
