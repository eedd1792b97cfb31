"""`WSGIApp`: Socket.IO as a WSGI application, alone or in front of another."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sio_server import Server
from sio_server.serving.application_arguments import check_server
from sio_server.serving.routes import NOT_FOUND, below, endpoint_of
from sio_server.serving.server_end import ServerEnd
from sio_server.serving.static_files import Rule, StaticFiles

from .endpoint import STATUS_LINES, Environ, StartResponse, respond, serve


class WSGIApp:
    """A `WSGIApp` serves a Socket.IO server, alone or in front of another WSGI application.

    For example::

        sio = Server()
        app = Flask(__name__)
        app.wsgi_app = WSGIApp(sio, app.wsgi_app)

    * `socketio_app`: a `Server`, or an object with a `driver` like its own.
    * `wsgi_app`: the application for all other paths; None (default): they are not found.
    * `static_files`: files or folders by path; "Deployment" in the documentation has the forms.
    * `socketio_path`: the path of the endpoint, and what is below it, `"socket.io"` by default;
      None or an empty path: every request.
    * `drain`: seconds, 5 by default, in which open polls and WebSockets are ended once the web
      server is told to stop.

    Raises `TypeError` for a `socketio_app` that is no blocking server.
    """

    def __init__(
        self,
        socketio_app: Any,
        wsgi_app: Callable[..., Any] | None = None,
        static_files: Mapping[str, Rule] | None = None,
        socketio_path: str | None = "socket.io",
        *,
        drain: float = 5.0,
    ) -> None:
        check_server(
            "WSGIApp",
            socketio_app,
            wsgi_app,
            own=Server,
            foreign="AsyncServer",
            home="sio_asgi.ASGIApp",
        )
        self.engineio_app = socketio_app
        self.wsgi_app = wsgi_app
        self.static_files = static_files or {}
        self._endpoint = endpoint_of(socketio_path)
        self._below = below(self._endpoint)
        self.engineio_path = self._below or "/"
        self._static = StaticFiles(self.static_files)
        self._end = ServerEnd(socketio_app, drain)
        bind = getattr(socketio_app, "bind", None)
        if bind is not None:
            bind(serve)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        path = _path(environ)
        if path.startswith(self._below) or path == self._endpoint:
            if not self._end.watching:
                self._end.watch()
            handle = getattr(self.engineio_app, "handle_request", None)
            if handle is not None:
                body: Iterable[bytes] = handle(environ, start_response)
                return body
            return serve(self.engineio_app, environ, start_response)
        if file := self._static.answer(path, environ["REQUEST_METHOD"]):
            start_response(STATUS_LINES[file.status], list(file.headers))
            return file
        if self.wsgi_app is not None:
            answer: Iterable[bytes] = self.wsgi_app(environ, start_response)
            return answer
        return self.not_found(start_response)

    def not_found(self, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request that nobody serves with status 404; override it for another answer.

        `start_response` is that of PEP 3333.
        """
        return respond(start_response, NOT_FOUND)


class Middleware(WSGIApp):
    """`Middleware` is the old name of `WSGIApp`, and warns of that."""

    def __init__(
        self,
        socketio_app: Any,
        wsgi_app: Callable[..., Any] | None = None,
        socketio_path: str | None = "socket.io",
    ) -> None:
        warnings.warn("Middleware is now called WSGIApp", DeprecationWarning, stacklevel=2)
        super().__init__(socketio_app, wsgi_app, socketio_path=socketio_path)


def _path(environ: Environ) -> str:
    # PEP 3333: each byte of the path is one character.
    raw: str = environ.get("PATH_INFO", "")
    return raw.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
