"""Tornado's own HTTP server, with sio-tornado behind it, on pairs of sockets.

A stream of Tornado is nothing without a socket, so here the system carries the bytes, at once and
in this process.
"""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, cast

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.web import Application

from sio_core.testing import WatchedServer
from sio_server.aio import Driver
from sio_server.serving import pushed_body
from sio_server.serving.async_server_end import AsyncServerEnd
from sio_tornado import SocketIOHandler
from tests.driver_contract.aiohttp_rig import AiohttpRig
from tests.driver_contract.asyncio_rig import AsyncioRig, Loop
from tests.driver_contract.raw_rig import Visitor

ROOM = 65_536
"""Bytes of one read or write."""


class TransportLoop(Loop):
    """An event loop that keeps the transports it made of sockets, by the number of the socket.

    What the system does not take at once of what is written to one of them has to wait. Reading
    goes on, as in the other rigs: what is sent meanwhile may have been read before the pause.
    """

    def __init__(self, server: WatchedServer) -> None:
        super().__init__(server)
        self.transports: dict[int, asyncio.Transport] = {}

    async def connect_accepted_socket(self, *args: Any, **kwargs: Any) -> Any:
        transport: Any
        transport, protocol = await super().connect_accepted_socket(*args, **kwargs)
        transport.set_write_buffer_limits(0)
        transport.pause_reading = transport.resume_reading = lambda: None
        self.transports[number_of(transport.get_extra_info("socket"))] = transport
        return transport, protocol


def number_of(sock: Any) -> int:
    """The number that the system has given to a socket; a duplicate has the same."""
    return os.fstat(sock.fileno()).st_ino


class Connected(Visitor):
    """One client, with one of a pair of sockets; Tornado has the other."""

    loop: TransportLoop

    def __init__(self, loop: TransportLoop, server: HTTPServer) -> None:
        self.socket, theirs = socket.socketpair()
        for one in (self.socket, theirs):
            one.setblocking(False)
        self.number = number_of(theirs)
        self.filler = 0
        self.stream = IOStream(theirs)
        wire = SimpleNamespace(connection_made=lambda visitor: None, data_received=self._transmit)
        super().__init__(loop, wire)
        loop.add_reader(self.socket, self.receive)
        server.handle_stream(self.stream, ("", 0))

    @property
    def transport(self) -> asyncio.Transport | None:
        """What Tornado's stream became, if it did."""
        return self.loop.transports.get(self.number)

    def let_go(self) -> bool:
        """Tell whether the server has closed its socket."""
        if self.transport is not None:
            return self.transport.is_closing()
        return self.stream.closed() and not self.opened

    def _transmit(self, data: bytes) -> None:
        with suppress(OSError):  # where the server has hung up
            self.socket.sendall(data)

    def receive(self) -> None:
        """Read what there is."""
        while not self.over:
            try:
                data = self.socket.recv(ROOM)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self.abort()
                return
            filler = min(self.filler, len(data))
            self.filler -= filler
            if data[filler:]:
                self._read(data[filler:])

    def clog(self, clogged: bool) -> None:
        """Stop reading, with so much unread that the server's socket takes no more; or go on."""
        transport = self.transport
        assert transport is not None
        if not clogged:
            self.loop.add_reader(self.socket, self.receive)
            return
        self.receive()
        self.loop.remove_reader(self.socket)
        number = transport.get_extra_info("socket").fileno()
        with suppress(BlockingIOError):
            while True:
                self.filler += os.write(number, bytes(ROOM))

    def spoil(self) -> None:
        """Have the server's next write fail."""
        self.loop.remove_reader(self.socket)
        assert self.transport is not None
        self.transport.get_extra_info("socket").shutdown(socket.SHUT_WR)

    def abort(self) -> None:
        if not self.over:
            self.over = True
            self.loop.remove_reader(self.socket)
            self.socket.close()


class TornadoRig(AiohttpRig):
    """A handler of `sio_tornado` in an application, whose server is given connections."""

    loop: TransportLoop

    def start(self, server: WatchedServer) -> None:
        self.loop = TransportLoop(server)
        self.server = server
        self.driver = Driver(server, server, server.dispatch)
        self.stopping = None
        self.visitors: list[Connected] = []
        # As with aiohttp, whose `lingering_time` is the same: nobody moves the clock for it.
        self.linger, pushed_body.LINGER = pushed_body.LINGER, 0.0

        class Handler(SocketIOHandler):
            socketio_server = SimpleNamespace(driver=self.driver)
            socketio_end = cast("AsyncServerEnd", SimpleNamespace(watch=lambda: None))

        app = Application([(r"/socket.io/", Handler)], log_function=lambda handler: None)
        web_server = self._run(lambda: HTTPServer(app))

        def accept() -> Connected:
            self.visitors.append(Connected(self.loop, web_server))
            return self.visitors[-1]

        self.accept = accept

    def close(self) -> None:
        pushed_body.LINGER = self.linger
        self._run(lambda: [visitor.abort() for visitor in self.visitors])
        super().close()

    def is_over(self, handle: Any) -> bool:
        # A connection is kept for another request.
        return handle.answer is not None or handle.let_go()

    def spoil(self, handle: Any) -> None:
        self._run(handle.spoil)

    def hang_up(self, handle: Any) -> None:
        self._run(handle.leave)

    call = AsyncioRig.call
