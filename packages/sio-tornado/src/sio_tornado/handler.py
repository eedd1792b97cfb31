"""The handler of Tornado that serves the endpoint: polling, and the opening of WebSockets."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from typing import Any

from tornado.iostream import IOStream
from tornado.process import task_id
from tornado.web import RequestHandler, stream_request_body
from tornado.websocket import WebSocketHandler

from sio_core import Frame, Request, Response
from sio_core.websocket import BROKEN, answer_headers, check_opening, frame_binary, frame_text
from sio_server.aio import Connection, Driver
from sio_server.drivers.asyncio.websockets.own_socket import OwnSocketConnection
from sio_server.serving.async_server_end import AsyncServerEnd
from sio_server.serving.processes import explain_processes
from sio_server.serving.proxies import NO_PROXIES
from sio_server.serving.websockets import WRITTEN, go_on, opening

from .requests import TornadoRequest, stream_of
from .sockets import gives_its_socket, take_socket

FORKED = "Tornado has forked several"
A_PORT_EACH = "Where they share a port, all get requests of one client: give each its own port"
FORBIDDEN = Response(403, (("content-type", "text/plain"),), b"Forbidden")


@stream_request_body
class SocketIOHandler(WebSocketHandler):
    """This handler of Tornado serves one server: `get_tornado_handler` makes a subclass for it.

    Hooks such as `prepare`, `set_default_headers` and `check_origin` work as in any handler. A
    `get_compression_options` that returns options, and TLS, leave WebSockets to Tornado's own
    class, with the `websocket_*` settings of the application.
    """

    socketio_server: Any
    socketio_end: AsyncServerEnd
    _connection: Connection

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._asked: TornadoRequest | None = None
        self._answering: asyncio.Task[None] | None = None
        self._stream: IOStream | None = None
        super().__init__(*args, **kwargs)
        if "Content-Length" in self.request.headers or "Transfer-Encoding" in self.request.headers:
            asyncio.get_running_loop().call_soon(self._begin_when_prepared)

    # Requests -------------------------------------------------------------

    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Answer a request whose body is whole."""
        asked = self._note_request()
        asked.incoming.end()
        await (self._answering or self._answer(asked))

    head = post = put = patch = delete = options = get

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Take a piece of the body: the request is answered meanwhile, perhaps before its end."""
        self._begin()
        return self._note_request().incoming.feed(chunk)

    def on_connection_close(self) -> None:
        """Hear that the client hung up."""
        if self._asked is not None:
            self._asked.incoming.lose()
        # Tornado's class for WebSockets does not have bodies streamed.
        RequestHandler.on_connection_close(self)
        super().on_connection_close()

    async def serve_socketio(self, server: Any) -> None:
        """Answer the request by `server`: an `AsyncServer`, or anything with a `driver`."""
        asked = self._note_request()
        request = asked.request
        if not request.websocket:
            response = await server.driver.http(request, asked)
            if self._answering is not None:
                await asked.incoming.discard()
            self.respond(response)
        elif not self._allows(request):
            self.respond(FORBIDDEN)
        else:
            await self._serve_websocket(server.driver, asked)

    def respond(self, response: Response) -> None:
        """Answer with `response`."""
        self.set_status(response.status)
        # What hooks have set is in the response, unless the server says something else there.
        for name in ("Content-Type", *dict(response.headers)):
            self.clear_header(name)
        for name, value in response.headers:
            self.add_header(name, value)
        self.finish(response.body or None)

    def _allows(self, request: Request) -> bool:
        """Ask `check_origin` of a subclass, as Tornado does, of the pages of others."""
        origin = request.header("origin")
        own = origin.partition("://")[2].lower() == request.host.lower()
        return not origin or own or self.check_origin(origin)

    def _note_request(self) -> TornadoRequest:
        if self._asked is None:
            self._asked = TornadoRequest(self, getattr(self.socketio_server, "proxies", NO_PROXIES))
            self.socketio_end.watch()
            if task_id() is not None:
                explain_processes(self.socketio_server, FORKED, A_PORT_EACH)
        return self._asked

    def _begin_when_prepared(self) -> None:
        """Have the server's time for a body begin although nothing of the body has come."""
        prepared: asyncio.Future[None] | None = self._prepared_future
        if prepared is not None:
            prepared.add_done_callback(self._begin)

    def _begin(self, _: Any = None) -> None:
        """Answer a request whose body is not whole, unless `prepare` or Tornado has refused it."""
        if self._answering is None and not self._finished and not stream_of(self).closed():
            self._answering = asyncio.create_task(self._answer_early(self._note_request()))

    async def _answer(self, asked: TornadoRequest) -> None:
        handle = getattr(self.socketio_server, "handle_request", None)
        try:
            await (self.serve_socketio(self.socketio_server) if handle is None else handle(self))
        finally:
            asked.incoming.let_go()

    async def _answer_early(self, asked: TornadoRequest) -> None:
        try:
            await self._answer(asked)
        except Exception:
            self.log_exception(*sys.exc_info())
            self.send_error(500)

    # WebSockets -----------------------------------------------------------

    async def _serve_websocket(self, driver: Driver[Any], asked: TornadoRequest) -> None:
        request = asked.request
        own = gives_its_socket(stream_of(self)) and self.get_compression_options() is None
        ask = driver.own_socket if own else driver.websocket
        connection = check_opening(request, asked.version) or await ask(request, asked)
        if isinstance(connection, Response):
            self.respond(connection)
        elif isinstance(connection, OwnSocketConnection):
            await self._leave_socket(request, connection)
        else:
            await self._serve_tornados_websocket(connection)

    async def _leave_socket(self, request: Request, connection: OwnSocketConnection) -> None:
        """Leave the socket to the driver: nothing of Tornado is in its way afterwards."""
        with opening(connection):
            self.respond(Response(101, (*answer_headers(request), *connection.headers)))
            transport, early = await take_socket(self.detach())
            go_on(connection, transport, early=early)

    async def _serve_tornados_websocket(self, connection: Connection) -> None:
        self._connection = connection
        self._stream = stream_of(self) if self.get_compression_options() is None else None
        try:
            for name, value in connection.headers:
                self.add_header(name, value)
            await super().get()
        finally:
            connection.lost(BROKEN.get(self.close_code or 1000, ""))

    def open(self, *args: str, **kwargs: str) -> None:
        """The WebSocket is Tornado's, and open."""
        self._connection.opened(self._write, self._close)

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """Take a message; the next one waits for what is returned."""
        connection = self._connection
        return connection.wait_for_capacity() if connection.receive(message) else None

    def _write(self, frame: Frame) -> Awaitable[None]:
        if self._stream is None:
            return self.write_message(frame, binary=isinstance(frame, bytes))
        # Tornado would start a task for each message, and this is what it would write.
        data = frame_text(frame) if isinstance(frame, str) else frame_binary(frame)
        written = self._stream.write(data)
        return written if self._stream.writing() else WRITTEN

    async def _close(self, code: int) -> None:
        self.close(code)

    # What is ours and not Tornado's ---------------------------------------

    def check_origin(self, origin: str) -> bool:
        """Allow every origin: the server has `cors_allowed_origins`. Override it to allow fewer."""
        return True

    def check_trusted_origin(self, origin: str) -> bool:
        """As `check_origin`, where the application asks for `cross_origin_protection`."""
        return True

    def check_xsrf_cookie(self) -> None:
        """Ask for no cookie: a client knows the secret id of its session."""

    def compute_etag(self) -> None:
        """Have no answer taken for one that the client knows."""

    def finish(self, chunk: Any = None) -> asyncio.Future[None]:
        """Answer, and log without the query: it has the secret id of a session."""
        self._hide_query()
        self._asked = None  # no reference cycle is left
        return super().finish(chunk)

    def log_exception(self, *args: Any, **kwargs: Any) -> None:
        """Log without the query."""
        self._hide_query()
        super().log_exception(*args, **kwargs)

    def _hide_query(self) -> None:
        self.request.uri = self.request.path
