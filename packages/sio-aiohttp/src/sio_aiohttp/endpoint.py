"""One request of aiohttp, handed to the driver of a server; and how a server is attached."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sio_server.serving.async_server_end import AsyncServerEnd
from sio_server.serving.proxies import NO_PROXIES
from sio_server.serving.routes import endpoint_of

from .requests import AiohttpRequest, make_response
from .websockets import serve_websocket

DRAIN = 5.0
"""Seconds in which open polls and WebSockets are ended once the process is told to stop."""


async def serve(server: Any, request: web.BaseRequest) -> web.StreamResponse:
    """Serve one request, whatever its path; `server` has a `driver`, as an `AsyncServer` does."""
    http = AiohttpRequest(request, getattr(server, "proxies", NO_PROXIES))
    asked = http.request()
    if asked.websocket:
        return await serve_websocket(server.driver, request, asked, http)
    response = make_response(await server.driver.http(asked, http))
    if http.cut:
        response.force_close()
    return response


def attach(server: Any, app: web.Application, socketio_path: str) -> None:
    """Have `app` serve `server` at `socketio_path` and below it, and end its clients with `app`.

    Raises `ValueError` where that cannot be.
    """
    if not isinstance(app, web.Application):
        raise ValueError(f"attach takes an application of aiohttp, not {type(app).__name__}")
    endpoint = endpoint_of(socketio_path)
    if app.pre_frozen or app.on_startup.frozen:
        raise ValueError(
            "attach got an application that has started or that is part of another: "
            "attach the server before add_subapp, and before the application runs"
        )
    if any(resource.canonical == endpoint for resource in app.router.resources()):
        raise ValueError(f"attach got an application that serves {endpoint!r} already")
    end = AsyncServerEnd(server, DRAIN)

    async def handle(request: web.Request) -> web.StreamResponse:
        end.watch()
        answer: web.StreamResponse = await server.handle_request(request)
        return answer

    async def begin(_: web.Application) -> None:
        end.begin()

    for path in {endpoint, endpoint.rstrip("/") + "/{rest:.*}"}:
        app.router.add_route("*", path, handle)
    app.on_startup.append(begin)
    app.on_shutdown.append(lambda _: end.end())
    server.bind("aiohttp", serve)
