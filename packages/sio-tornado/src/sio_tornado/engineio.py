"""`get_tornado_handler` for servers of Engine.IO: with the argument that python-engineio has."""

from __future__ import annotations

from typing import Any

from . import endpoint
from .handler import SocketIOHandler


def get_tornado_handler(engineio_server: Any, *, drain: float = 5.0) -> type[SocketIOHandler]:
    """Return the handler class that serves `engineio_server` in a Tornado application.

    For example `Application([(r"/engine.io/", get_tornado_handler(eio))])`, where `eio` is an
    `AsyncServer` of `sio_server.engineio`; `drain` is as for `sio_tornado.get_tornado_handler`.
    Raises `TypeError` for an `engineio_server` that is no server for asyncio.
    """
    return endpoint.get_tornado_handler(engineio_server, drain=drain)
