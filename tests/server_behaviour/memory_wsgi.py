"""A blocking server without a web server: each request has a pair of sockets and a thread."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping
from typing import Any
from wsgiref.handlers import SimpleHandler
from wsgiref.simple_server import WSGIRequestHandler

from tests.server_behaviour.clients import LIMIT
from tests.server_behaviour.sockets import Sockets

NOBODY = ("192.0.2.1", 50000)


class _Handler(WSGIRequestHandler):
    """Reads a request, and lets the application have the socket as Werkzeug does."""

    def get_environ(self) -> dict[str, Any]:
        environ = super().get_environ()
        environ["werkzeug.socket"] = self.connection
        return environ

    def handle(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            return
        handler = SimpleHandler(
            self.rfile,
            self.wfile,  # type: ignore[arg-type]
            self.get_stderr(),
            self.get_environ(),
        )
        handler.http_version = "1.1"
        handler.run(self.server.application)  # type: ignore[attr-defined]

    def address_string(self) -> str:
        return NOBODY[0]

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Threaded:
    """The network of one WSGI application."""

    base_environ: Mapping[str, str] = {
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SCRIPT_NAME": "",
    }

    def __init__(self, application: Any) -> None:
        self.application = application
        self._open: set[socket.socket] = set()
        self.sockets = Sockets(self._dial)

    def _dial(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        ours.settimeout(LIMIT)
        threading.Thread(target=self._serve, args=(theirs,), name="request", daemon=True).start()
        self._open.add(ours)
        return ours

    def _serve(self, sock: socket.socket) -> None:
        try:
            _Handler(sock, NOBODY, self)  # type: ignore[arg-type]
        except ConnectionError:
            pass  # it hung up
        finally:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def close(self) -> None:
        """Hang up whatever is open."""
        for sock in self._open:
            sock.close()
