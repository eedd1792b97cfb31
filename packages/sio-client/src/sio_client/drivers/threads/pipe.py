"""One pipe of the blocking driver: a socket that never waits, with TLS in memory.

What any thread may call, it calls with the driver's lock held; sockets are opened, read,
watched and closed by the driver's thread alone.
"""

from __future__ import annotations

import selectors
import socket
import ssl
from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from typing import Protocol

from ...user_agent.orders import OpenPipe
from ..address_order import Address, Addresses, resolve
from .dialling import Dialler
from .tls_layer import TLSLayer

READ_SIZE = 65536
LINGER = 1.0
"""Seconds that a pipe gets to send the rest, once it is to be closed."""

_NOT_NOW = (BlockingIOError, InterruptedError)


class Watch(Protocol):
    """What a pipe needs of the driver's thread."""

    @property
    def selector(self) -> selectors.BaseSelector: ...
    @property
    def holding(self) -> bool:
        """True while nothing is to be read."""
        ...

    def now(self) -> float: ...
    def attend(self, pipe: SocketPipe) -> None:
        """Have the thread call `attended` soon."""
        ...

    def post(self, call: Callable[[], None]) -> None:
        """Have the thread make a call."""
        ...

    def latest(self, now: float) -> float:
        """When a pipe that is to be closed now has to be."""
        ...


class Owner(Protocol):
    """Who hears what becomes of a pipe: each call comes from the driver's thread."""

    def opened(self, pipe: SocketPipe) -> None: ...
    def secured(self, pipe: SocketPipe) -> None: ...
    def received(self, pipe: SocketPipe, data: bytes) -> None: ...
    def lost(self, pipe: SocketPipe, error: Exception | None) -> None: ...
    def stale(self, pipe: SocketPipe) -> None: ...
    def shut(self, pipe: SocketPipe) -> None: ...


class Stage(Enum):
    """Life of a pipe."""

    NEW = auto()
    OPENING = auto()
    OPEN = auto()
    CLOSING = auto()
    SHUT = auto()


class SocketPipe:
    """Opened by the order `order`; `deadline` is when `attended` is due, `unsent` counts bytes."""

    def __init__(
        self,
        order: OpenPipe,
        owner: Owner,
        watch: Watch,
        context: Callable[[], ssl.SSLContext],
        addresses: Addresses | None = None,
    ) -> None:
        self.id = order.pipe
        self.deadline: float | None = None
        self._order = order
        self._owner = owner
        self._watch = watch
        self._context = context
        self._addresses = addresses or Addresses()
        self._stage = Stage.NEW
        self._sock: socket.socket | None = None
        self._dialler: Dialler | None = None
        self._layers: list[TLSLayer] = []
        self._securing = False
        self._stale = False
        self._out = bytearray()
        self._interest = 0
        self._broken: Exception | None = None

    @property
    def unsent(self) -> int:
        """How many bytes wait for the peer."""
        return len(self._out)

    # From any thread ----------------------------------------------------------

    def write(self, data: bytes, reused: bool = False) -> None:
        """Send now what the socket takes, and leave the rest to the driver's thread.

        With `reused` nothing is sent on a socket that its peer has closed: it is `stale`.
        """
        if self._stage is not Stage.OPEN:
            return
        if reused and self._has_news():
            self._stale = True
            self._watch.post(partial(self._lose, None))
            return
        self._send(self._encrypted(data) if self._layers else data)

    def _has_news(self) -> bool:
        """Whether there is something to read that nobody has asked for: it is the end."""
        assert self._sock is not None
        try:
            self._sock.recv(1, socket.MSG_PEEK)
        except _NOT_NOW:
            return False
        except OSError:
            return True
        return True

    def secure(self, server_name: str) -> None:
        """Begin with TLS."""
        if self._stage is not Stage.OPEN:
            return
        try:
            self._layers.append(TLSLayer(self._context(), server_name))
            self._securing = True
            self._layers[-1].handshake()
        except (OSError, ValueError) as error:
            self._watch.post(partial(self._lose, error))
            return
        self._send(self._encrypted(b""))

    def close(self) -> None:
        """Close once everything is sent, or it took too long."""
        if self._stage in (Stage.CLOSING, Stage.SHUT):
            return
        if self._layers and not self._securing and self._broken is None:
            self._layers[-1].say_goodbye()
            self._send(self._encrypted(b""))
        self._stage = Stage.CLOSING
        self.deadline = self._watch.latest(self._watch.now())
        self._watch.attend(self)

    def _encrypted(self, data: bytes) -> bytes:
        for layer in reversed(self._layers):
            layer.write(data)
            data = layer.take()
        return data

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
                # Whoever reads finds out, after everything that the peer still said.
                self._broken = error
                return
        if sent < len(data):
            if not self._out:
                self._watch.attend(self)
            self._out += data[sent:] if sent else data

    # The driver's thread ------------------------------------------------------

    def attended(self, now: float) -> None:
        """Do what is to be done by now. Call it with the lock held."""
        if self._stage is Stage.NEW:
            self._stage = Stage.OPENING
            self._find()
        elif self._stage is Stage.CLOSING:
            if self._sock is None or not self._out or self._broken or now >= (self.deadline or now):
                self.cut()
                return
        elif self._dialler is not None and (self.deadline or now) <= now:
            self._dial(now)
        self.look()

    def _find(self) -> None:
        order = self._order
        known = self._addresses.get(order.host, order.port)
        if known is not None:
            self._begin(known)
            return

        def report(addresses: list[Address], error: Exception | None) -> None:
            self._watch.post(partial(self._found, addresses, error))

        resolve(order.host, order.port, report)

    def _found(self, addresses: list[Address], error: Exception | None) -> None:
        if self._stage is not Stage.OPENING:
            return
        if error is not None:
            self._lose(error)
            return
        self._begin(self._addresses.keep(self._order.host, self._order.port, addresses))

    def _begin(self, addresses: list[Address]) -> None:
        self._dialler = Dialler(addresses)
        self._dial(self._watch.now())

    def _dial(self, now: float) -> None:
        dialler = self._dialler
        assert dialler is not None
        dialler.go_on(now)
        self._follow(dialler)

    def _follow(self, dialler: Dialler) -> None:
        """Watch what the dialler waits for."""
        selector = self._watch.selector
        for sock in dialler.waiting:
            if sock.fileno() not in selector.get_map():
                selector.register(sock, selectors.EVENT_WRITE, partial(self._dialled, sock))
        self.deadline = dialler.next_at
        if dialler.failed:
            self._lose(dialler.error or OSError("the name has no addresses"))

    def _dialled(self, sock: socket.socket, mask: int) -> None:
        dialler = self._dialler
        if self._stage is not Stage.OPENING or dialler is None or sock not in dialler.waiting:
            return  # closed by what another pipe brought in the same moment
        self._watch.selector.unregister(sock)
        if not dialler.answered(sock, self._watch.now()):
            self._follow(dialler)
            return
        self._give_up_dialling()
        self._addresses.answered(self._order.host, self._order.port, sock)
        self._sock = sock
        self._stage = Stage.OPEN
        self.look()
        if self._order.server_name is None:
            self._owner.opened(self)
        else:
            self.secure(self._order.server_name)

    def _give_up_dialling(self) -> None:
        dialler, self._dialler = self._dialler, None
        self.deadline = None
        for sock in () if dialler is None else dialler.close():
            self._watch.selector.unregister(sock)
            sock.close()

    def look(self) -> None:
        """Watch the socket for what is wanted of it. Call it in the driver's thread."""
        sock = self._sock
        if sock is None:
            return
        wanted = selectors.EVENT_WRITE if self._out else 0
        if self._stage is Stage.OPEN and not self._watch.holding:
            wanted |= selectors.EVENT_READ
        if wanted == self._interest:
            return
        if not self._interest:
            self._watch.selector.register(sock, wanted, self.ready)
        elif wanted:
            self._watch.selector.modify(sock, wanted, self.ready)
        else:
            self._watch.selector.unregister(sock)
        self._interest = wanted

    def ready(self, mask: int) -> None:
        """The socket can be read or written. Call it with the lock held."""
        if self._stale:
            self._lose(None)
            return
        if mask & selectors.EVENT_WRITE:
            self._drain()
        if mask & selectors.EVENT_READ and self._stage is Stage.OPEN:
            self._receive()

    def _drain(self) -> None:
        if self._out and self._sock is not None:
            try:
                del self._out[: self._sock.send(self._out)]
            except _NOT_NOW:
                return
            except OSError as error:
                self._broken = error
                self._out.clear()
        if not self._out:
            self.attended(self._watch.now())

    def _receive(self) -> None:
        assert self._sock is not None
        try:
            data = self._sock.recv(READ_SIZE)
        except _NOT_NOW:
            return
        except OSError as error:
            self._lose(error)
            return
        if self._layers:
            self._decrypt(data)
        elif data:
            self._owner.received(self, data)
        else:
            self._lose(self._broken)

    def _decrypt(self, data: bytes) -> None:
        ended = not data
        try:
            for layer in self._layers:
                layer.feed(data, ended)
                data = b""
                if layer.handshake():
                    data, over = layer.read()
                    ended = ended or over
            self._send(self._encrypted(b""))
        except (OSError, ValueError) as error:
            self._lose(error)
            return
        if self._securing and self._layers[-1].established:
            self._securing = False
            first = len(self._layers) == 1 and self._order.server_name is not None
            (self._owner.opened if first else self._owner.secured)(self)
        if data and self._stage is Stage.OPEN:
            self._owner.received(self, data)
        if ended:
            self._lose(self._broken)

    def _lose(self, error: Exception | None) -> None:
        if self._stage in (Stage.CLOSING, Stage.SHUT):
            self.cut()
            return
        self.cut()
        if self._stale:
            self._owner.stale(self)
        else:
            self._owner.lost(self, error)

    def cut(self) -> None:
        """Close whatever is open, at once."""
        if self._stage is Stage.SHUT:
            return
        self._stage = Stage.SHUT
        self._give_up_dialling()
        if self._sock is not None:
            if self._interest:
                self._watch.selector.unregister(self._sock)
            self._sock.close()
            self._sock = None
        self._out.clear()
        self._owner.shut(self)
