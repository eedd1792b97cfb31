"""One request of Sanic, handed to the driver of a server; and the server beside other routes.

Under Sanic's own web server the driver gets the socket of a WebSocket; `asgi.py` has what is served
where an ASGI server runs the application.
"""

from __future__ import annotations

from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.compat import Header
from sanic.constants import HTTP_METHODS
from sanic_routing.exceptions import RouteExists

from sio_core import Response
from sio_server import AsyncServer
from sio_server.serving.async_server_end import AsyncServerEnd
from sio_server.serving.proxies import NO_PROXIES
from sio_server.serving.routes import endpoint_of
from sio_server.serving.websockets import open_websocket

from .asgi import check_adapter, is_asgi, serve_asgi
from .connections import give_away
from .requests import SanicRequest
from .workers import check_workers


async def serve(server: Any, request: Request) -> HTTPResponse | None:
    """Serve one request, whatever its path. Returns what a handler of Sanic has to return.

    That is None where the request has been answered already. `server` is an `AsyncServer`, or
    anything with a `driver` like its own.
    """
    if is_asgi(request):
        return await serve_asgi(server, request)
    http = SanicRequest(request, getattr(server, "proxies", NO_PROXIES))
    asked = http.request()
    if asked.websocket:
        connection = await open_websocket(server.driver, asked, http, request.version)
        if not isinstance(connection, Response):
            await give_away(request, asked, connection)
            return None
        response = connection
    else:
        with http.without_time_limit():
            response = await server.driver.http(asked, http)
    http.close_where_unread(response)
    return HTTPResponse(response.body, response.status, Header(list(response.headers)))


def attach(server: AsyncServer, app: Sanic[Any, Any], socketio_path: str) -> None:
    """Serve `server` at the path of the endpoint, and end its clients when `app` stops.

    Raises `ValueError` for what is no application, and for one that has started or that serves the
    path already.
    """
    if not isinstance(app, Sanic):
        raise ValueError(f"attach takes an application of Sanic, not {type(app).__name__}")
    if app.state.is_started:
        raise ValueError("attach takes an application of Sanic that has not started yet")
    end = AsyncServerEnd(server)

    async def endpoint(request: Request, below: str = "") -> HTTPResponse | None:
        end.watch()
        response: HTTPResponse | None = await server.handle_request(request)
        return response

    path = endpoint_of(socketio_path).rstrip("/")
    name = "socketio" + "".join(c if c.isalnum() else "_" for c in path)
    try:
        for uri, suffix in ((path or "/", ""), (f"{path}/<below:path>", "_below")):
            app.add_route(
                endpoint, uri, HTTP_METHODS, strict_slashes=False, name=name + suffix, stream=True
            )
    except RouteExists:
        served = path or "/"
        raise ValueError(f"attach got an application that serves {served!r} already") from None
    server.bind("sanic", serve)

    def main_process_start(_: Sanic[Any, Any]) -> None:
        check_workers(server, app)

    async def before_server_start(_: Sanic[Any, Any]) -> None:
        if app.asgi:
            check_adapter()
        end.begin()

    async def before_server_stop(_: Sanic[Any, Any]) -> None:
        await end.end()

    for listener in (main_process_start, before_server_start, before_server_stop):
        app.register_listener(listener, listener.__name__)
