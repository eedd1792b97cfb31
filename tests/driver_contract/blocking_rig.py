"""The blocking driver as a rig: real threads, whose time is the server's."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from sio_core import Frame, Request, Response, engineio
from sio_core.testing import WatchedServer
from sio_core.websocket import Close, FrameReader
from sio_server.blocking import BlockingConnection, Driver
from sio_server.drivers.threads.driver import CHECK_SECONDS
from tests.server_behaviour.clock import Clock, clocked_threads

P = ParamSpec("P")
R = TypeVar("R")

PATIENCE = 20.0
"""Seconds that threads get on a busy machine."""
PAUSE = 0.001
SOON = 0.05


class ServerClock(Clock):
    """The clock of a server, which moves only when that does."""

    def __init__(self, server: WatchedServer) -> None:
        super().__init__()
        self._server = server

    def now(self) -> float:
        """The time in seconds."""
        return self._server.clock.now


class Visitor:
    """One request or WebSocket."""

    def __init__(self, rig: BlockingRig, body: bytes | None) -> None:
        self.rig = rig
        self.sent = body
        self.left = threading.Event()
        self.over = threading.Event()
        self.response: Response | None = None
        self.inbox: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self.written: list[Frame] = []
        self.code: int | None = None
        self.spoilt = False
        self.clogged = False
        self._reader = FrameReader(10_000_000, masked=False)

    # What the driver sees of the request ----------------------------------------

    def environ(self) -> dict[str, Any]:
        return {}

    def body(self, limit: int, *more: Any) -> bytes | None:
        if self.sent is None:
            self.left.wait()
            raise ConnectionError("the client hung up")
        return self.sent

    def stop(self) -> None:
        self.left.set()

    def gone(self) -> bool:
        return self.left.is_set()

    # And of the socket ------------------------------------------------------------

    def write(self, data: bytes | memoryview) -> int:
        if self.spoilt:
            raise OSError("broken")
        if self.clogged:
            return 0
        for found in self._reader.feed(bytes(data)):
            if isinstance(found, Close):
                self.code = found.code
                self.inbox.put(None)
            else:
                assert isinstance(found, str | bytes)
                self.written.append(found)
        return len(data)

    def wait_writable(self, seconds: float) -> None:
        self.rig.clock.wait(lambda: not self.clogged or self.left.is_set(), seconds)

    def shut(self) -> None:
        self.left.set()
        self.inbox.put(None)


class BlockingRig:
    """`Driver` in threads."""

    def start(self, server: WatchedServer) -> None:
        self.server = server
        self.clock = ServerClock(server)
        self.driver: Driver[engineio.Event] = Driver(
            server,
            server,
            server.dispatch,
            clocked_threads(self.clock),
        )
        self.visitors: list[Visitor] = []
        self.down = threading.Event()

    def close(self) -> None:
        """Let all threads end."""
        for visitor in self.visitors:
            visitor.clogged = False
            visitor.shut()
        self.driver.stop()

    def _begin(
        self, serve: Callable[[Visitor, Request], None], request: Request, body: bytes | None
    ) -> Visitor:
        visitor = Visitor(self, body)
        self.visitors.append(visitor)

        def run() -> None:
            try:
                serve(visitor, request)
            finally:
                visitor.over.set()

        threading.Thread(target=run, name="request", daemon=True).start()
        return visitor

    # Requests ---------------------------------------------------------------

    def request(self, request: Request, body: bytes | None = b"") -> Visitor:
        return self._begin(self._serve, request, body)

    def _serve(self, visitor: Visitor, request: Request) -> None:
        response = self.driver.http(request, visitor)
        if not visitor.left.is_set():
            visitor.response = response

    def response(self, handle: Visitor) -> Response | None:
        return handle.response

    def is_over(self, handle: Visitor) -> bool:
        return handle.over.is_set()

    # WebSockets -------------------------------------------------------------

    def open(self, request: Request) -> Visitor:
        return self._begin(self._serve_socket, request, b"")

    def _serve_socket(self, visitor: Visitor, request: Request) -> None:
        connection = self.driver.websocket(request, visitor)
        if isinstance(connection, Response):
            visitor.response = connection
            return
        self._read(visitor, connection)

    def _read(self, visitor: Visitor, connection: BlockingConnection) -> None:
        try:
            connection.opened(visitor)
            while (frame := visitor.inbox.get()) is not None:
                connection.receive(frame)
        finally:
            connection.lost()

    def send(self, handle: Visitor, frame: Frame) -> None:
        handle.inbox.put(frame)

    def frames(self, handle: Visitor) -> Sequence[Frame]:
        return handle.written

    def close_code(self, handle: Visitor) -> int | None:
        return handle.code

    def clog(self, handle: Visitor, clogged: bool) -> None:
        handle.clogged = clogged
        with self.clock.changed:
            self.clock.changed.notify_all()

    def spoil(self, handle: Visitor) -> None:
        handle.spoilt = True

    # Ends ---------------------------------------------------------------------

    def hang_up(self, handle: Visitor) -> None:
        handle.shut()
        # Whoever looks for polls whose clients are gone does so every few seconds.
        if not self.until(handle.over.is_set, SOON):
            self.server.clock.advance(CHECK_SECONDS)
            self.moved()

    def cancel(self, handle: Visitor) -> None:
        self.hang_up(handle)

    def shut_down(self, seconds: float) -> None:
        def run() -> None:
            self.driver.shutdown(seconds)
            self.down.set()

        threading.Thread(target=run, name="shutdown", daemon=True).start()

    def is_down(self) -> bool:
        return self.down.is_set()

    # The application and the clock ----------------------------------------------

    def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return self.driver.call(function, *args, **kwargs)

    def moved(self) -> None:
        with self.clock.changed:
            self.clock.changed.notify_all()
        time.sleep(PAUSE)

    def until(self, condition: Callable[[], bool], patience: float = PATIENCE) -> bool:
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(PAUSE)
        return True
