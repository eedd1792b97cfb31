"""The socket of a request, as each web server hides it in the WSGI environment.

Reading is left to the socket that the web server made, which waits in the way of
its kind: a thread, or a greenlet of gevent or eventlet. Writing never waits; that
goes to the file descriptor, past gevent and eventlet, and is the same for all.
"""

from __future__ import annotations

import _socket
import select
import socket
from collections.abc import Callable, Iterable
from typing import Any

from sio_core.websocket import frame_close

from .environs import Environ

READ_SIZE = 65536
DONT_WAIT = getattr(socket, "MSG_DONTWAIT", 0)
"""Zero where the system has no such flag."""


class Taken:
    """The socket of one request, until it is taken over for a WebSocket.

    `opened` is true where the web server has answered the opening handshake.
    """

    def __init__(self, sock: Any, wire: Callable[[Any], Wire], *, opened: bool = False) -> None:
        self.sock = sock
        self.opened = opened
        self._wire = wire

    def take(self) -> Wire:
        """The socket as the driver uses it."""
        sock = self.sock
        sock.settimeout(None)
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._wire(sock)

    def refuse(self, code: int) -> None:
        """End a WebSocket that the web server has opened."""
        self.take().write(frame_close(code))
        self.shut()

    def shut(self) -> None:
        """End both directions; never raises."""
        shut(self.sock)

    def leave(self, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """What the application returns after a WebSocket."""
        # Whatever the web server writes now meets a socket that is shut. It takes
        # that for a client that hung up, logs the 101 and closes the connection.
        start_response("101 Switching Protocols", [])
        return []


class TakenFromEventlet(Taken):
    """A socket of eventlet's web server, which logs an error where it cannot write."""

    def leave(self, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """What the application returns after a WebSocket."""
        from eventlet.wsgi import WSGI_LOCAL

        WSGI_LOCAL.already_handled = True
        return []


class TakenFromGeventWebSocket(Taken):
    """A socket of gevent-websocket's handler, which has answered the opening handshake."""

    def __init__(self, websocket: Any) -> None:
        super().__init__(websocket.handler.socket, GeventWire, opened=True)
        self._websocket = websocket

    def shut(self) -> None:
        """End both directions; never raises."""
        super().shut()
        self._websocket.stream = None  # closed, as the handler understands it


class Wire:
    """A plain socket of a thread: reads wait, writes do not."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._fd = sock.fileno()
        # The same file descriptor without anything that gevent or eventlet add to it.
        self._raw = _socket.socket(fileno=self._fd)
        self._recv = sock.recv
        self._send = self._raw.send

    def __del__(self) -> None:
        self._raw.detach()  # it belongs to the web server

    def send_first(self, data: bytes) -> None:
        """Write the opening handshake, which may wait. Raises OSError."""
        self._sock.sendall(data)

    def read(self) -> bytes:
        """The bytes that came, as soon as there are some; empty at the end. Raises OSError."""
        data: bytes = self._recv(READ_SIZE)
        return data

    def write(self, data: bytes | memoryview) -> int:
        """Write what can be written without waiting; returns how many bytes. Raises OSError."""
        try:
            return self._send(data, DONT_WAIT)
        except BlockingIOError:
            return 0

    def wait_writable(self, seconds: float) -> None:
        """Return when there is room for more bytes, or after `seconds`. Raises OSError."""
        _wait(self._fd, seconds, writing=True)

    def shut(self) -> None:
        """End both directions, so that a read in progress returns; never raises."""
        shut(self._sock)


class GeventWire(Wire):
    """A socket of gevent."""

    def wait_writable(self, seconds: float) -> None:
        """Return when there is room for more bytes, or after `seconds`. Raises OSError."""
        from gevent.socket import wait_write

        try:
            wait_write(self._fd, timeout=seconds)
        except TimeoutError:
            return


class EventletWire(Wire):
    """A socket of eventlet."""

    def wait_writable(self, seconds: float) -> None:
        """Return when there is room for more bytes, or after `seconds`. Raises OSError."""
        from eventlet.hubs import trampoline

        try:
            trampoline(self._fd, write=True, timeout=seconds, timeout_exc=TimeoutError)
        except TimeoutError:
            return


def find_socket(environ: Environ) -> Taken | None:
    """The socket of a request, or None where the web server keeps it to itself."""
    websocket = environ.get("wsgi.websocket")
    if websocket is not None and hasattr(websocket, "handler"):
        return TakenFromGeventWebSocket(websocket)
    if "eventlet.input" in environ:
        return TakenFromEventlet(environ["eventlet.input"].get_socket(), EventletWire)
    for name in ("werkzeug.socket", "gunicorn.socket", "gunicorn.sock"):
        if environ.get(name) is not None:
            return Taken(environ[name], _wire_of(environ[name]))
    stream = environ.get("wsgi.input")
    if type(stream).__module__ == "gevent.pywsgi":
        raw = getattr(getattr(stream, "rfile", None), "raw", None)
        sock = getattr(raw, "_sock", None)
        return None if sock is None else Taken(sock, GeventWire)
    return None


def _wire_of(sock: Any) -> Callable[[Any], Wire]:
    """How to write to a socket of gunicorn or werkzeug: its class says whose it is."""
    kind = type(sock).__module__
    if kind.startswith("gevent."):
        return GeventWire
    if kind.startswith("eventlet."):
        return EventletWire
    return Wire


def is_gone(taken: Taken) -> bool:
    """True if the client has closed its side of the connection; never waits."""
    raw = _socket.socket(fileno=taken.sock.fileno())
    try:
        return raw.recv(1, socket.MSG_PEEK | DONT_WAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        raw.detach()


def shut(sock: Any) -> None:
    """End both directions of a socket; never raises."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except (OSError, ValueError):
        return


def _wait(fd: int, seconds: float, *, writing: bool) -> None:
    if not hasattr(select, "poll"):
        select.select([] if writing else [fd], [fd] if writing else [], [], seconds)
        return
    poll = select.poll()
    poll.register(fd, select.POLLOUT if writing else select.POLLIN)
    poll.poll(seconds * 1000)


