"""One connection of a driver that owns the socket, with one request, from first byte to last.

`Entrance` is the way into the core, `ByteExchange` the request as bytes; what joins them with a
socket is here: what is to be written is written, and a client has a time to begin and to hang up.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from .engineio.byte_exchange import ByteExchange, Engine
from .engineio.session import Event
from .entrance import Entrance
from .values import Request

PATIENCE = 25.0
"""Seconds that a client has for what no deadline of the core covers."""
BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"


class Socket(Protocol):
    """What a connection is written to, without waiting: a transport of asyncio is such a socket."""

    def write(self, data: bytes) -> object:
        """Write `data` behind all that was written before."""
        ...

    def write_eof(self) -> object:
        """End this side once all is written; raises `OSError` where the connection is gone."""
        ...

    def abort(self) -> object:
        """End the connection at once, and drop what is not written yet."""
        ...


class ByteConnection:
    """A `ByteConnection` is one connection, with one request that may become a WebSocket.

    The driver makes it with its `entrance`, its `engine` and the `socket` when a client connects,
    and reads the request, with h11 for example: it calls `start` with the head, `receive` with each
    piece of the body, and `end_body` behind that. All that comes then goes to `receive`, too. The
    driver calls `block` when the socket takes nothing more, or more again, and `lost` at the end.

    A client has `patience` seconds (25) for the head of its request, and as long to hang up once it
    was sent the last: the connection is aborted then.
    """

    __slots__ = ("_engine", "_entrance", "_exchange", "_patience", "_socket", "_timer")

    def __init__(
        self, entrance: Entrance[Any], engine: Engine, socket: Socket, *, patience: float = PATIENCE
    ) -> None:
        self._entrance = entrance
        self._engine = engine
        self._socket = socket
        self._patience = patience
        self._exchange: ByteExchange | None = None
        self._timer = entrance.call_later(patience, socket.abort)
        entrance.connections.add(self)

    def start(self, request: Request) -> None:
        """Answer `request`, whose head has come: `Request.from_bytes` makes one. Call it once."""
        self._timer.cancel()  # the core has deadlines for all that follows
        exchange = self._exchange = ByteExchange(self._engine, request, self)
        self._enter(exchange, exchange.start)

    def receive(self, data: bytes) -> None:
        """Take what came behind the head: a piece of the body, or of the frames of a WebSocket.

        What nobody waits for is dropped.
        """
        if data and self._exchange is not None:
            self._enter(self._exchange, self._exchange.receive, data)

    def end_body(self) -> None:
        """Note that the body is complete, or that the request has none."""
        if self._exchange is not None:
            self._enter(self._exchange, self._exchange.end_body)

    def fail(self) -> None:
        """Note that what came is no HTTP: it is answered with 400, in a body by the end at once."""
        if self._exchange is None:
            self._socket.write(BAD_REQUEST)
            self._hang_up()
        else:
            self.abort()

    def abort(self) -> None:
        """End the connection at once, as `Entrance.stop` does with those that are left."""
        self._socket.abort()

    def block(self, blocked: bool) -> None:
        """Note that the socket takes nothing more, or with `blocked` false that it does again."""
        if self._exchange is not None:
            self._exchange.block(blocked)
            self._write(self._exchange)

    def lost(self) -> None:
        """Note that the connection is gone, whoever ended it."""
        self._timer.cancel()
        self._entrance.connections.discard(self)
        if self._exchange is not None:
            self._entrance.enter(self._exchange.lost)

    def wake(self) -> None:
        """Go on: the core has something for this client. `Entrance` calls it."""
        if self._exchange is not None:
            self._enter(self._exchange, self._exchange.resume)

    def _enter(
        self, exchange: ByteExchange, method: Callable[..., list[Event]], *args: Any
    ) -> None:
        self._entrance.enter(method, *args)
        self._write(exchange)

    def _write(self, exchange: ByteExchange) -> None:
        data = exchange.take()
        if data:
            self._socket.write(data)
            if exchange.over:
                self._hang_up()

    def _hang_up(self) -> None:
        """End this side. The client, which may still be sending, ends the connection."""
        with suppress(OSError):
            self._socket.write_eof()
        self._timer = self._entrance.call_later(self._patience, self._socket.abort)
