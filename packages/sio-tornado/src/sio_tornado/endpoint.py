"""`get_tornado_handler`: the handler class that serves a server, for an application's routes."""

from __future__ import annotations

from typing import Any

from sio_server import AsyncServer
from sio_server.serving.application_arguments import ALONE, WSGI, check_server
from sio_server.serving.async_server_end import AsyncServerEnd

from .handler import SocketIOHandler


async def serve(server: Any, handler: SocketIOHandler) -> None:
    """Answer the request of `handler` by `server`, whatever its path."""
    await handler.serve_socketio(server)


def get_tornado_handler(socketio_server: Any, *, drain: float = 5.0) -> type[SocketIOHandler]:
    """Return the handler class that serves `socketio_server` in a Tornado application.

    For example::

        sio = AsyncServer()
        app = tornado.web.Application([(r"/socket.io/", get_tornado_handler(sio))])

    * `socketio_server`: an `AsyncServer`, or an object with a `driver` like its own.
    * `drain`: seconds, 5 by default, in which open polls and WebSockets are ended once the process
      is told to stop, where it handles that signal.

    Raises `TypeError` for a `socketio_server` that is no server for asyncio.
    """
    check_server(
        "get_tornado_handler", socketio_server, ALONE, own=AsyncServer, foreign="Server", home=WSGI
    )
    bind = getattr(socketio_server, "bind", None)
    if bind is not None:
        bind("tornado", serve)
    end = AsyncServerEnd(socketio_server, drain)
    attributes = {"socketio_server": socketio_server, "socketio_end": end}
    return type("Handler", (SocketIOHandler,), attributes)
