"""How an accepted WebSocket reads from its socket and writes to it.

Reading waits in the way of the socket's kind: a thread, or a greenlet of gevent
or eventlet. Writing never waits: without TLS it goes to the file descriptor,
past gevent and eventlet, and is the same for all.
"""

from __future__ import annotations

import _socket
import contextlib
import select
import socket
import threading
from ssl import SSLWantReadError, SSLWantWriteError
from typing import Any

READ_SIZE = 65536
DONT_WAIT = getattr(socket, "MSG_DONTWAIT", 0)
"""Zero where the system has no such flag."""
PEEK = socket.MSG_PEEK | DONT_WAIT


class PlainSocket:
    """A plain socket of a thread: reads wait, writes do not."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._fd = sock.fileno()
        # The same file descriptor without anything that gevent or eventlet add to it.
        self._raw = _socket.socket(fileno=self._fd)
        self._recv = sock.recv
        self._send = self._raw.send

    def __del__(self) -> None:
        self._raw.detach()  # the web server closes the socket

    def send_first(self, data: bytes) -> None:
        """Write the opening handshake, which may wait. Raises OSError."""
        self._sock.sendall(data)

    def read(self) -> bytes:
        """Wait for bytes and return them; none are the end of the connection. Raises OSError."""
        data: bytes = self._recv(READ_SIZE)
        return data

    def write(self, data: bytes | memoryview) -> int:
        """Write what can be written without waiting; returns how many bytes. Raises OSError."""
        try:
            return self._send(data, DONT_WAIT)
        except BlockingIOError:
            return 0

    def wait_writable(self, seconds: float) -> None:
        """Return when more bytes can be written, or after `seconds`. Raises OSError."""
        _wait(self._fd, seconds, writing=True)

    def shut(self) -> None:
        """End both directions, so that a read in progress returns; never raises."""
        with contextlib.suppress(OSError):
            self._raw.shutdown(socket.SHUT_RDWR)


class GeventSocket(PlainSocket):
    """A socket of gevent."""

    def wait_writable(self, seconds: float) -> None:
        """Return when more bytes can be written, or after `seconds`. Raises OSError."""
        from gevent.socket import wait_write

        try:
            wait_write(self._fd, timeout=seconds)
        except TimeoutError:
            return


class EventletSocket(PlainSocket):
    """A socket of eventlet."""

    def wait_writable(self, seconds: float) -> None:
        """Return when more bytes can be written, or after `seconds`. Raises OSError."""
        from eventlet.hubs import trampoline

        try:
            trampoline(self._fd, write=True, timeout=seconds, timeout_exc=TimeoutError)
        except TimeoutError:
            return


class NonBlockingSocket(PlainSocket):
    """A socket of a thread that can only be read and written in turn.

    For TLS, and for systems where a single write cannot be told not to wait.
    """

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        sock.settimeout(0.0)
        self._turn = threading.Lock()

    def send_first(self, data: bytes) -> None:
        """Write the opening handshake, which may wait. Raises OSError."""
        while data:
            data = data[self.write(data) :]
            if data:
                self.wait_writable(1.0)

    def read(self) -> bytes:
        """Wait for bytes and return them; none are the end of the connection. Raises OSError."""
        while True:
            writing = False
            try:
                with self._turn:
                    data: bytes = self._recv(READ_SIZE)
                    return data
            except (BlockingIOError, SSLWantReadError):
                pass
            except SSLWantWriteError:
                writing = True
            _wait(self._fd, None, writing=writing)

    def write(self, data: bytes | memoryview) -> int:
        """Write what can be written without waiting; returns how many bytes. Raises OSError."""
        try:
            with self._turn:
                written: int = self._sock.send(data)
                return written
        except (BlockingIOError, SSLWantReadError, SSLWantWriteError):
            return 0


class GeventTLSSocket(GeventSocket):
    """A TLS socket of gevent."""

    def write(self, data: bytes | memoryview) -> int:
        """Write what can be written without waiting; returns how many bytes. Raises OSError."""
        self._sock.settimeout(0.0)
        try:
            written: int = self._sock.send(data)
            return written
        except BlockingIOError:
            return 0
        finally:
            self._sock.settimeout(None)


class EventletTLSSocket(EventletSocket):
    """A TLS socket of eventlet."""

    def write(self, data: bytes | memoryview) -> int:
        """Write what can be written without waiting; returns how many bytes. Raises OSError."""
        before, self._sock.act_non_blocking = self._sock.act_non_blocking, True
        try:
            written: int = self._sock.send(data)
            return written
        except (BlockingIOError, SSLWantReadError, SSLWantWriteError):
            return 0
        finally:
            self._sock.act_non_blocking = before


def own_socket(sock: Any) -> PlainSocket:
    """The way to use a socket; its class says whose it is."""
    kind = type(sock).__module__
    secure = hasattr(sock, "do_handshake")
    if kind.startswith("gevent."):
        return GeventTLSSocket(sock) if secure else GeventSocket(sock)
    if kind.startswith("eventlet."):
        return EventletTLSSocket(sock) if secure else EventletSocket(sock)
    return NonBlockingSocket(sock) if secure or not DONT_WAIT else PlainSocket(sock)


def is_gone(sock: Any) -> bool:
    """True if the other side of a socket, or file descriptor, has closed it; never waits."""
    try:
        # With a kind, whichever it is, the system is not asked for its own: two calls less.
        fd = sock if isinstance(sock, int) else sock.fileno()
        raw = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM, 0, fd)
    except (OSError, ValueError):
        return True
    try:
        return raw.recv(1, PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        raw.detach()


def stop_reading(sock: Any) -> None:
    """Have a read from a socket, or file descriptor, find its end; never raises."""
    with contextlib.suppress(OSError, ValueError):
        raw = _socket.socket(fileno=sock if isinstance(sock, int) else sock.fileno())
        try:
            raw.shutdown(socket.SHUT_RD)
        finally:
            raw.detach()


def _wait(fd: int, seconds: float | None, *, writing: bool) -> None:
    if not hasattr(select, "poll"):
        select.select([] if writing else [fd], [fd] if writing else [], [], seconds)
        return
    poll = select.poll()
    poll.register(fd, select.POLLOUT if writing else select.POLLIN)
    poll.poll(None if seconds is None else seconds * 1000)
