"""One pipe of the blocking driver: a socket that never waits, with TLS in memory.

What any thread may call, it calls with the driver's lock held; sockets are opened, read,
watched and closed by the driver's thread alone.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from functools import partial
from typing import Protocol

from ...handlers.inbound_limit import InboundLimit
from ...user_agent.orders import OpenPipe
from ..line import FULL_BYTES, Line
from ..pipe_life import PipeLife
from ..pipe_state import PipeInput, PipeState
from ..tls_layer import TLSLayers
from .dialling import Connecting
from .io_thread import IOThread

READ_SIZE = 65536

_NOT_NOW = (BlockingIOError, InterruptedError)
_READ = frozenset((PipeState.SECURING, PipeState.OPEN))


class PipeDriver(Protocol):
    """A `PipeDriver` is what a pipe needs of the driver."""

    now: Callable[[], float]

    @property
    def thread(self) -> IOThread: ...
    @property
    def inbound(self) -> InboundLimit: ...
    def attend(self, pipe: SocketPipe) -> None:
        """Have the driver's thread call `attended` soon."""
        ...

    def latest_close(self, now: float) -> float:
        """When a pipe that is to be closed now has to be."""
        ...


class SocketPipe(PipeLife):
    """A `SocketPipe` is one pipe of a line.

    `deadline` is when the driver's thread is to call `attended`.
    """

    def __init__(self, order: OpenPipe, line: Line[SocketPipe], driver: PipeDriver) -> None:
        super().__init__(order, line)
        self._driver = driver
        self._thread = thread = driver.thread
        self._connecting = Connecting(order, line.addresses, thread, self._connected, self._lose)
        self._cut_off_at: float | None = None
        self._sock: socket.socket | None = None
        self._tls: TLSLayers | None = None
        self._out = bytearray()
        self._interest = 0
        self._stale = False
        self._broken: Exception | None = None

    @property
    def deadline(self) -> float | None:
        """When something is due: the next address, or the end of a pipe that closes."""
        if self.state is PipeState.CONNECTING:
            return self._connecting.deadline
        return self._cut_off_at

    # From any thread ----------------------------------------------------------

    def begin(self) -> None:
        """Have the driver's thread begin to connect."""
        self._driver.attend(self)

    def write(self, data: bytes, reused: bool = False) -> None:
        """Send now what the socket takes, and leave the rest to the driver's thread.

        With `reused` nothing is sent on a socket that its peer has closed: it is `stale`.
        """
        if self.state is not PipeState.OPEN:
            return
        if reused and self._has_news():
            self._stale = True
            self._thread.post(partial(self._lose, None))
            return
        self._send(data if self._tls is None else self._tls.encrypt(data))

    def _has_news(self) -> bool:
        """Whether the peer has sent something unasked: that is the end of the connection."""
        assert self._sock is not None
        try:
            self._sock.recv(1, socket.MSG_PEEK)
        except _NOT_NOW:
            return False
        except OSError:
            return True
        return True

    def begin_tls(self, server_name: str) -> None:
        """Begin TLS in memory."""
        self.move(PipeInput.SECURE)
        tls = self._tls = self._tls or TLSLayers()
        try:
            tls.begin(self.line.settings.tls, server_name)
        except (OSError, ValueError) as error:
            self._thread.post(partial(self._lose, error))
            return
        self._send(tls.encrypt(b""))

    def finish(self, stood: bool) -> None:
        """Have a pipe closed that `stood` once everything is sent, the others at once."""
        if stood and self._broken is None and self._tls is not None:
            self._tls.say_goodbye()
            self._send(self._tls.encrypt(b""))
        self._cut_off_at = self._driver.latest_close(self._driver.now())
        self._driver.attend(self)

    def _send(self, data: bytes) -> None:
        if self._broken is not None or self._sock is None:
            return
        sent = 0
        if not self._out:
            try:
                sent = self._sock.send(data) if data else 0
            except _NOT_NOW:
                sent = 0
            except OSError as error:
                # The reading side reports the error, after what the peer has still sent.
                self._broken = error
                return
        if sent < len(data):
            if not self._out:
                self._driver.attend(self)
            self._out += data[sent:] if sent else data
            if not self.outbound_full and len(self._out) > FULL_BYTES:
                self.note_output(full=True)

    # The driver's thread ------------------------------------------------------

    def attended(self, now: float) -> None:
        """Do what is to be done by now. Call it with the lock held."""
        if self.state is PipeState.CLOSING:
            late = self._cut_off_at is None or now >= self._cut_off_at
            if self._sock is None or not self._out or self._broken or late:
                self.abort()
                return
        elif self.state is PipeState.CONNECTING:
            self._connecting.go_on(now)
        self.watch()

    def _connected(self, sock: socket.socket) -> None:
        if self.state is not PipeState.CONNECTING:
            sock.close()  # the pipe was told to close in the same moment
            return
        self._sock = sock
        if self.order.server_name is None:
            self.stands()
        else:
            self.begin_tls(self.order.server_name)
        self.watch()

    def watch(self) -> None:
        """Watch the socket for what is wanted of it. Call it in the driver's thread."""
        sock = self._sock
        if sock is None:
            return
        wanted = selectors.EVENT_WRITE if self._out else 0
        if self.state in _READ and not self._driver.inbound.full:
            wanted |= selectors.EVENT_READ
        if wanted == self._interest:
            return
        if not self._interest:
            self._thread.selector.register(sock, wanted, self.ready)
        elif wanted:
            self._thread.selector.modify(sock, wanted, self.ready)
        else:
            self._thread.selector.unregister(sock)
        self._interest = wanted

    def ready(self, mask: int) -> None:
        """The socket can be read or written. Call it with the lock held."""
        if self._stale:
            self._lose(None)
            return
        if mask & selectors.EVENT_WRITE:
            self._send_rest()
        if mask & selectors.EVENT_READ and self.state in _READ:
            self._receive()

    def _send_rest(self) -> None:
        if self._out and self._sock is not None:
            try:
                del self._out[: self._sock.send(self._out)]
            except _NOT_NOW:
                return
            except OSError as error:
                self._broken = error
                self._out.clear()
        if self.outbound_full and len(self._out) <= FULL_BYTES // 4:
            self.note_output(full=False)
        if not self._out:
            self.attended(self._driver.now())

    def _receive(self) -> None:
        assert self._sock is not None
        try:
            data = self._sock.recv(READ_SIZE)
        except _NOT_NOW:
            return
        except OSError as error:
            self._lose(error)
            return
        if self._tls is not None:
            self._decrypt(self._tls, data)
        elif data:
            self.line.received(self, data)
        else:
            self._lose(self._broken)

    def _decrypt(self, tls: TLSLayers, data: bytes) -> None:
        try:
            data, ended = tls.decrypt(data, ended=not data)
            self._send(tls.encrypt(b""))
        except (OSError, ValueError) as error:
            self._lose(error)
            return
        if self.state is PipeState.SECURING and tls.established:
            self.stands()
        if data and self.state in _READ:
            self.line.received(self, data)
        if ended:
            self._lose(self._broken)

    def _lose(self, error: Exception | None) -> None:
        reported = not self.ended
        self.abort()
        if reported:
            if self._stale:
                self.line.stale(self)
            else:
                self.line.lost(self, error)

    def cut_off(self, before: PipeState) -> None:
        """Close whatever is open."""
        self._connecting.give_up()
        if self._sock is not None:
            if self._interest:
                self._thread.selector.unregister(self._sock)
            self._sock.close()
            self._sock = None
        self._out.clear()
        self._cut_off_at = None
        self.line.closed(self)
