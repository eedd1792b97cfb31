"""`WSGIApp`: Socket.IO as a WSGI application, alone or in front of another."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sio_core import Response
from sio_server import AsyncServer, Server
from sio_server.serving.application_arguments import check_server
from sio_server.serving.static_files import Rule, StaticFiles, answer_with

from .endpoint import STATUS_LINES, Environ, StartResponse, respond, serve
from .signals import SignalWatch

NOT_FOUND = Response(404, (("content-type", "text/plain"),), b"Not Found")


class WSGIApp:
    """A WSGI application that serves `socketio_app`, a `Server`.

    A request goes to Socket.IO if its path is `socketio_path` or below it
    (None or an empty path: every request), else to a file of `static_files`,
    else to `wsgi_app`, else it is not found. When the web server is told to
    stop, open polls and WebSockets are ended within `drain` seconds.

    Raises TypeError for a first argument that is no blocking server.
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
            foreign=AsyncServer,
            home="sio_asgi.ASGIApp",
        )
        self.engineio_app = socketio_app
        self.wsgi_app = wsgi_app
        self.static_files = static_files or {}
        self.engineio_path = "/" + (socketio_path or "").strip("/")
        self.drain = drain
        self._static = StaticFiles(self.static_files)
        self._watch = SignalWatch(self._stopping)
        self._watch.start()
        bind = getattr(socketio_app, "bind", None)
        if bind is not None:
            bind(serve)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        path = _path(environ)
        if self._is_ours(path):
            self._watch.start()
            handle = getattr(self.engineio_app, "handle_request", None)
            if handle is not None:
                body: Iterable[bytes] = handle(environ, start_response)
                return body
            return serve(self.engineio_app, environ, start_response)
        if file := self._static.find(path):
            found = answer_with(file, environ["REQUEST_METHOD"])
            start_response(STATUS_LINES[found.status], list(found.headers))
            return found
        if self.wsgi_app is not None:
            answer: Iterable[bytes] = self.wsgi_app(environ, start_response)
            return answer
        return self.not_found(start_response)

    def not_found(self, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request that nobody serves."""
        return respond(start_response, NOT_FOUND)

    def _is_ours(self, path: str) -> bool:
        ours = self.engineio_path
        return ours == "/" or path == ours or path.startswith(ours + "/")

    def _stopping(self) -> None:
        """The process was told to end: clients are ended while the web server winds up."""
        driver = self.engineio_app.driver
        ending = not driver.engine.accepting
        # Web servers go on listening for a moment, and whoever is let in now is cut off in the
        # next. A process that is still there after `drain` seconds was not ended.
        driver.turn_away(self.drain)
        if not ending:
            shutdown = getattr(self.engineio_app, "shutdown", driver.shutdown)
            try:
                driver.concurrency.spawn(shutdown, self.drain)
            except (RuntimeError, MemoryError) as error:
                driver.log.error("no thread can be started that disconnects clients: %s", error)


class Middleware(WSGIApp):
    """The old name of `WSGIApp`."""

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
