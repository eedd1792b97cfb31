"""Which requests are Socket.IO's where an application serves others beside it."""

from __future__ import annotations

from typing import Any

from sio_core import Response

NOT_FOUND = Response(404, (("content-type", "text/plain"),), b"Not Found")
"""The answer to a request for a path that is not served."""


def endpoint_of(socketio_path: Any) -> str:
    """Return the path of the endpoint, with one slash before and none behind.

    None or an empty path is that of every request: "/". Raises `TypeError` for what is no text.
    """
    if not isinstance(socketio_path, str | None):
        kind = type(socketio_path).__name__
        raise TypeError(f'socketio_path is a text such as "socket.io", or None, not {kind}')
    path: str = socketio_path or ""
    return "/" + path.strip("/")


def below(endpoint: str) -> str:
    """Return what the paths below the endpoint begin with; "" where every path is one."""
    return "" if endpoint == "/" else endpoint + "/"
