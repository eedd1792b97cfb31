"""The asyncio driver as a rig: an event loop whose time is the server's, run turn by turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from sio_core import Frame, Prepared, Request, Response, engineio
from sio_core.testing import WatchedServer
from sio_server.aio import Connection, Driver
from sio_server.drivers.asyncio.websockets.own_socket import OwnSocketConnection

P = ParamSpec("P")
R = TypeVar("R")

TURNS = 200
"""Turns of the loop after which nothing more is expected."""
FEW = 5


class Loop(asyncio.SelectorEventLoop):
    """An event loop by the clock of a server."""

    def __init__(self, server: WatchedServer) -> None:
        super().__init__()
        self._server = server

    def time(self) -> float:
        """The time in seconds."""
        return self._server.clock.now


class HTTP:
    """A request as the driver sees it."""

    def __init__(self, body: bytes | None) -> None:
        self._body = body
        self.left = asyncio.Event()

    def environ(self) -> dict[str, Any]:
        return {}

    async def body(self, limit: int, *more: Any) -> bytes | None:
        if self._body is None:
            await self.left.wait()
            raise ConnectionError("the client hung up")
        return self._body

    async def gone(self) -> None:
        await self.left.wait()


class Visitor:
    """One request or WebSocket."""

    def __init__(self, body: bytes | None) -> None:
        self.http = HTTP(body)
        self.task: asyncio.Task[None]
        self.response: Response | None = None
        self.connection: Connection | None = None
        self.written: list[Frame] = []
        self.code: int | None = None
        self.inbox: asyncio.Queue[Frame | None] = asyncio.Queue()
        self.spoilt = False
        self.readable = asyncio.Event()
        self.readable.set()

    async def write(self, frame: Frame) -> None:
        if self.spoilt:
            raise OSError("broken")
        await self.readable.wait()
        self.written.append(frame)

    async def close(self, code: int) -> None:
        await self.readable.wait()
        self.code = code
        self.inbox.put_nowait(None)


class AsyncioRig:
    """`Driver` with connections that the web server writes to."""

    def start(self, server: WatchedServer) -> None:
        self.server = server
        self.loop = Loop(server)
        self.driver: Driver[engineio.Event] = Driver(server, server, server.dispatch)
        self.stopping: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Cancel what is left, as the end of a program does."""

        async def cancel() -> None:
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)

        self.loop.run_until_complete(cancel())
        self.loop.close()

    def _run(self, function: Callable[[], R]) -> R:
        """Call a function on the loop and give what it begins a few turns."""

        async def run() -> R:
            result = function()
            for _ in range(FEW):
                await asyncio.sleep(0)
            return result

        return self.loop.run_until_complete(run())

    # Requests ---------------------------------------------------------------

    def request(self, request: Request, body: bytes | None = b"") -> Visitor:
        def begin() -> Visitor:
            visitor = Visitor(body)
            visitor.task = self.loop.create_task(self._serve(visitor, request))
            return visitor

        return self._run(begin)

    async def _serve(self, visitor: Visitor, request: Request) -> None:
        response = await self.driver.http(request, visitor.http)
        if not visitor.http.left.is_set():
            visitor.response = response

    def response(self, handle: Visitor) -> Response | None:
        return handle.response

    def is_over(self, handle: Visitor) -> bool:
        return handle.task.done()

    # WebSockets -------------------------------------------------------------

    def open(self, request: Request) -> Visitor:
        def begin() -> Visitor:
            visitor = self._visitor()
            visitor.task = self.loop.create_task(self._serve_socket(visitor, request))
            return visitor

        return self._run(begin)

    def _visitor(self) -> Visitor:
        return Visitor(b"")

    async def _accept(self, visitor: Visitor, request: Request) -> Any:
        connection = await self.driver.websocket(request, visitor.http)
        if not isinstance(connection, Response):
            connection.opened(visitor.write, visitor.close)
        return connection

    async def _serve_socket(self, visitor: Visitor, request: Request) -> None:
        connection = await self._accept(visitor, request)
        if isinstance(connection, Response):
            visitor.response = connection
            return
        try:
            while (frame := await visitor.inbox.get()) is not None:
                if connection.receive(frame):
                    await connection.wait_for_capacity()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not connection.ending or task is None or task.uncancel():
                raise
        finally:
            connection.lost()

    def send(self, handle: Visitor, frame: Frame) -> None:
        self._run(lambda: handle.inbox.put_nowait(frame))

    def frames(self, handle: Visitor) -> Sequence[Frame]:
        return handle.written

    def close_code(self, handle: Visitor) -> int | None:
        return handle.code

    def clog(self, handle: Visitor, clogged: bool) -> None:
        self._run(handle.readable.clear if clogged else handle.readable.set)

    def spoil(self, handle: Visitor) -> None:
        handle.spoilt = True

    # Ends ---------------------------------------------------------------------

    def hang_up(self, handle: Visitor) -> None:
        def leave() -> None:
            handle.http.left.set()
            handle.inbox.put_nowait(None)

        self._run(leave)
        self.moved()

    def cancel(self, handle: Visitor) -> None:
        self._run(handle.task.cancel)

    def shut_down(self, seconds: float) -> None:
        def begin() -> None:
            self.stopping = self.loop.create_task(self.driver.shutdown(seconds))

        self._run(begin)

    def is_down(self) -> bool:
        return self.stopping is not None and self.stopping.done()

    # The application and the clock ----------------------------------------------

    def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if self.loop.is_running():
            return self.driver.call(function, *args, **kwargs)
        return self._run(lambda: self.driver.call(function, *args, **kwargs))

    def moved(self) -> None:
        self._run(lambda: None)

    def until(self, condition: Callable[[], bool]) -> bool:
        async def wait() -> bool:
            for _ in range(TURNS):
                if condition():
                    return True
                await asyncio.sleep(0)
            return condition()

        return self.loop.run_until_complete(wait())


class OwnSocketVisitor(Visitor):
    """A WebSocket whose socket is the driver's."""

    connection: OwnSocketConnection  # type: ignore[assignment]

    def send_all(self, messages: Sequence[Prepared]) -> None:
        if self.spoilt:
            raise OSError("broken")
        for message in messages:
            self.written += message.frames
        if not self.readable.is_set():
            self.connection.pause()

    def finish(self, code: int) -> None:
        self.code = code
        self.inbox.put_nowait(None)


class OwnSocketRig(AsyncioRig):
    """`Driver` with connections that it writes to itself."""

    def _visitor(self) -> Visitor:
        return OwnSocketVisitor(b"")

    async def _accept(self, visitor: Visitor, request: Request) -> Any:
        assert isinstance(visitor, OwnSocketVisitor)
        connection = await self.driver.own_socket(request, visitor.http)
        if isinstance(connection, Response):
            return connection
        visitor.connection = connection
        connection.opened(visitor)
        return connection

    async def _serve_socket(self, visitor: Visitor, request: Request) -> None:
        connection = await self._accept(visitor, request)
        if isinstance(connection, Response):
            visitor.response = connection
            return
        try:
            while (frame := await visitor.inbox.get()) is not None:
                if connection.receive(frame):
                    await connection.wait_for_capacity()
        finally:
            connection.lost()

    def clog(self, handle: Visitor, clogged: bool) -> None:
        assert isinstance(handle, OwnSocketVisitor)
        super().clog(handle, clogged)
        self._run(handle.connection.pause if clogged else handle.connection.resume)
