"""The socket of a request, as each web server hides it in the WSGI environment.

WSGI itself knows of no sockets, so each server is asked in its own way.
"""

from __future__ import annotations

import _socket
import contextlib
import os
import socket
from collections.abc import Callable, Iterable
from typing import Any

from sio_core import Headers
from sio_core.websocket import frame_close

from .environs import Environ
from .own_sockets import PlainSocket, is_gone, own_socket, stop_reading

# The names in `socket` are members of enums, which cost more than the calls.
IPPROTO_TCP: int = _socket.IPPROTO_TCP
TCP_NODELAY: int = _socket.TCP_NODELAY
CORK: int | None = getattr(socket, "TCP_CORK", None)
"""The option that holds short segments back (Linux); None where the system has no such option."""


class RequestSocket:
    """The socket of one request, which may be taken over for a WebSocket.

    `opened` is true where the web server has answered the opening handshake, `stopped` once
    nothing is read any more. `reads_rest` is true where the web server reads what is left of a body
    in one go, once its request is answered.
    """

    reads_rest = False
    writes_twice = False
    """True where the web server writes the head of an answer, then its body, and calls `close` of
    what it was given right after that: werkzeug waits 10 ms."""

    def __init__(self, sock: Any, *, opened: bool = False) -> None:
        self.sock = sock
        self.opened = opened
        self.stopped = False
        self._corked = False

    def take(self) -> PlainSocket:
        """The socket as the driver uses it. Raises OSError."""
        self.sock.settimeout(None)
        self._send_at_once()
        return own_socket(self.sock)

    def _send_at_once(self) -> None:
        """Have a short segment leave although an earlier one is not acknowledged yet."""
        if self.sock.family in (socket.AF_INET, socket.AF_INET6):
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _set(self, option: int, value: int) -> bool:
        """Set an option of TCP; false where the socket is of another kind, or gone."""
        try:
            self.sock.setsockopt(IPPROTO_TCP, option, value)
        except (OSError, ValueError):
            return False
        return True

    def prepare(self, environ: Environ) -> Headers:
        """Do what the web server leaves out; returns headers for the answer.

        Call `answered` once the answer is written.
        """
        # Head and body leave together: a segment less, some 3 % of a poll.
        self._corked = self.writes_twice and CORK is not None and self._set(CORK, 1)
        return ()

    def answered(self) -> None:
        """Hear that the web server has written the answer, all of which may leave; never raises."""
        if self._corked and CORK is not None:
            self._corked = False
            self._set(CORK, 0)

    def stop_reading(self) -> None:
        """End what is read, and what is being read; the answer can still be sent. Never raises."""
        self.stopped = True
        stop_reading(self.sock)

    def refuse(self, code: int) -> None:
        """End a WebSocket that the web server has opened."""
        with contextlib.suppress(OSError):
            self.take().write(frame_close(code))
        self.shut()

    def gone(self) -> bool:
        """True if the client has closed its side of the connection; never waits."""
        return is_gone(self.sock)

    def shut(self) -> None:
        """End both directions; never raises."""
        with contextlib.suppress(OSError, ValueError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def leave(self, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """What the application returns after a WebSocket."""
        # Whatever the web server writes now meets a socket that is shut. It takes
        # that for a client that hung up, logs the 101 and closes the connection.
        start_response("101 Switching Protocols", [])
        return []


class EventletRequestSocket(RequestSocket):
    """A socket of eventlet's web server, which logs an error where it cannot write."""

    def leave(self, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """What the application returns after a WebSocket."""
        from eventlet.wsgi import WSGI_LOCAL

        WSGI_LOCAL.already_handled = True
        return []


class PywsgiRequestSocket(RequestSocket):
    """A socket of gevent's web server."""

    reads_rest = True
    writes_twice = True

    def prepare(self, environ: Environ) -> Headers:
        """Do what the web server leaves out; returns headers for the answer."""
        super().prepare(environ)
        # What leaves is not to wait for the client to acknowledge what left before it: 40 ms.
        self._set(TCP_NODELAY, 1)
        # It closes a connection of HTTP/1.1 when it was asked to, and does not say so. A client
        # that keeps connections would send its next request into it. After a refused WebSocket
        # the connection is of no use, as with the reference server.
        wish = environ.get("HTTP_CONNECTION", "").lower()
        if self.stopped or wish == "close" or "upgrade" in wish:
            return (("connection", "close"),)
        return ()


class GunicornRequestSocket(RequestSocket):
    """A socket of gunicorn's own workers, which has it send short segments at once."""

    writes_twice = True


class GeventWebSocketRequestSocket(RequestSocket):
    """A socket of gevent-websocket's handler, which has answered the opening handshake."""

    def __init__(self, websocket: Any) -> None:
        super().__init__(websocket.handler.socket, opened=True)
        self._websocket = websocket

    def shut(self) -> None:
        """End both directions; never raises."""
        super().shut()
        self._websocket.stream = None  # closed, as the handler understands it


class UWSGIRequestSocket(RequestSocket):
    """A connection of uWSGI's gevent loop, by its file descriptor.

    uWSGI's own functions for WebSockets do not tell text from binary messages.
    """

    def __init__(self) -> None:
        import uwsgi

        super().__init__(None)
        # Only the greenlet of the request may ask.
        self._fd: int = uwsgi.connection_fd()

    def take(self) -> PlainSocket:
        """The socket as the driver uses it. Raises OSError."""
        import gevent.socket

        self.sock = gevent.socket.socket(fileno=os.dup(self._fd))
        return super().take()

    def gone(self) -> bool:
        """True if the client has closed its side of the connection; never waits."""
        return is_gone(self._fd)

    def stop_reading(self) -> None:
        """End what is read, and what is being read; the answer can still be sent. Never raises."""
        self.stopped = True
        stop_reading(self._fd)

    def shut(self) -> None:
        """End both directions; never raises."""
        if self.sock is not None:
            super().shut()

    def leave(self, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """What the application returns after a WebSocket."""
        import uwsgi

        if self.sock is not None:
            # uWSGI sends this head in any case, and complains where it cannot. The connection
            # itself is in `sock`.
            with open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), uwsgi.connection_fd(), inheritable=False)
            self.sock.close()
        start_response("101 Switching Protocols", [])
        return []


def find_socket(environ: Environ) -> RequestSocket | None:
    """The socket of a request, or None where the web server keeps it to itself."""
    websocket = environ.get("wsgi.websocket")
    if websocket is not None and hasattr(websocket, "handler"):
        return GeventWebSocketRequestSocket(websocket)
    if "eventlet.input" in environ:
        return EventletRequestSocket(environ["eventlet.input"].get_socket())
    # gevent's own server, also as gunicorn's worker: the socket is in the input, or for the request
    # of an upgrade in the file below the input.
    stream = environ.get("wsgi.input")
    raw = getattr(getattr(stream, "rfile", stream), "raw", None)
    sock = getattr(raw, "_sock", None)
    if sock is not None and type(sock).__module__.startswith("gevent."):
        return PywsgiRequestSocket(sock)
    if environ.get("werkzeug.socket") is not None:
        return RequestSocket(environ["werkzeug.socket"])
    for name in ("gunicorn.socket", "gunicorn.sock"):
        if environ.get(name) is not None:
            return GunicornRequestSocket(environ[name])
    if "uwsgi.version" in environ:
        return UWSGIRequestSocket()
    return None
