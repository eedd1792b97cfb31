"""`WSGIApp` for servers of Engine.IO: the same, with the arguments that python-engineio has."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from sio_server.serving.static_files import Rule

from .application import WSGIApp as SocketIOApp


class WSGIApp(SocketIOApp):
    """A `WSGIApp` serves a server of Engine.IO, alone or in front of another WSGI application.

    For example::

        eio = Server()
        app = Flask(__name__)
        app.wsgi_app = WSGIApp(eio, app.wsgi_app)

    * `engineio_app`: a `Server` of `sio_server.engineio`.
    * `engineio_path`: the path of the endpoint, and what is below it, `"engine.io"` by default;
      None or an empty path: every request.
    * `wsgi_app`, `static_files`, `drain`: as for `sio_wsgi.WSGIApp`.

    Raises `TypeError` for an `engineio_app` that is no blocking server.
    """

    def __init__(
        self,
        engineio_app: Any,
        wsgi_app: Callable[..., Any] | None = None,
        static_files: Mapping[str, Rule] | None = None,
        engineio_path: str | None = "engine.io",
        *,
        drain: float = 5.0,
    ) -> None:
        super().__init__(engineio_app, wsgi_app, static_files, engineio_path, drain=drain)


class Middleware(WSGIApp):
    """`Middleware` is the old name of `WSGIApp`, and warns of that."""

    def __init__(
        self,
        engineio_app: Any,
        wsgi_app: Callable[..., Any] | None = None,
        engineio_path: str | None = "engine.io",
    ) -> None:
        warnings.warn("Middleware is now called WSGIApp", DeprecationWarning, stacklevel=2)
        super().__init__(engineio_app, wsgi_app, engineio_path=engineio_path)
