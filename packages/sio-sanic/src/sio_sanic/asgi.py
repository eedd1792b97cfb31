"""A request of Sanic's where an ASGI server runs the application: the adapter for ASGI serves it.

A WebSocket is then what that adapter makes of it under this web server, its own socket included.
An answer over HTTP goes through Sanic, so that the application's middlewares see it.
"""

from __future__ import annotations

from typing import Any

from sanic import HTTPResponse, Request
from sanic.compat import Header

from sio_server.serving.modes import load_serve

from .connections import Switched


def check_adapter() -> None:
    """Raise `ValueError` with what to install where the adapter for ASGI is missing."""
    load_serve("asgi")


def is_asgi(request: Request) -> bool:
    """Tell whether an ASGI server runs the application."""
    return getattr(request.transport, "scope", None) is not None


async def serve_asgi(server: Any, request: Request) -> HTTPResponse:
    """Serve one request. Returns the response that a handler of Sanic returns."""
    transport: Any = request.transport
    serve, scope = load_serve("asgi"), transport.scope
    if scope["type"] == "websocket":
        # The functions of the web server themselves: by others, it would not give its socket.
        await serve(server, scope, transport._receive, transport._send)
        return Switched()
    sent: list[Any] = []
    # What Sanic has read already: for a route that is not `stream=True`, or for a middleware.
    read = [{"type": "http.request", "body": request.body}] if request.body else []

    async def receive() -> Any:
        return read.pop() if read else await transport.receive()

    async def send(message: Any) -> None:
        sent.append(message)

    await serve(server, scope, receive, send)
    start, *rest = sent
    headers = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
    return HTTPResponse(rest[0]["body"], start["status"], Header(headers))
