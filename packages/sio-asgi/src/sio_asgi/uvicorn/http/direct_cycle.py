"""One request that goes to the driver without ASGI, as uvicorn's protocol sees it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import unquote

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl

from sio_core import Request, Response
from sio_server.aio import DirectRequest, Driver

from ...endpoint import make_environ
from ..apps.direct_app import DirectRoute, not_received, not_sent
from .repeated_head import RepeatedHead

NO_CONTENT = HTTPStatus.NO_CONTENT.value
INTERNAL_ERROR = Response(
    500, (("content-type", "text/plain; charset=utf-8"),), b"Internal Server Error"
)


class WebServer(Protocol):
    """What a request asks of the protocol of its connection."""

    flow: FlowControl
    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    logger: logging.Logger
    access_log: bool

    def head(self, response: Response) -> bytes:
        """Return the status line and the headers of an answer, without those of its body."""
        ...

    def log_access(self, scope: Any, status: int) -> None:
        """Log a request that is answered."""
        ...

    def keep_task(self, task: asyncio.Task[None]) -> None:
        """Have the end of the web server wait for a task."""
        ...

    def answered(self) -> None:
        """Hear that the answer is written."""
        ...


class DirectCycle:
    """One request that the driver answers, in the place of uvicorn's `RequestResponseCycle`.

    Its body is collected until it is whole, within the limit that the driver sets. A session that
    began with the request keeps this object until somebody asks for the session's environment.
    """

    __slots__ = (
        "_change",
        "_chunks",
        "_cut",
        "_direct",
        "_limit",
        "_route",
        "_server",
        "_size",
        "_source",
        "_whole",
        "disconnected",
        "keep_alive",
        "path",
        "request",
        "response_complete",
    )

    def __init__(
        self,
        server: WebServer,
        driver: Driver[Any],
        route: DirectRoute,
        request: Request,
        source: dict[str, Any] | RepeatedHead,
        path: bytes,
        *,
        keep_alive: bool = True,
    ) -> None:
        """Begin with `request`, of whose `path` the scope is made when it is asked for."""
        self.request = request
        self._source = source
        self._route = route
        self.path = path
        self._chunks: list[bytes] = []
        self._size = 0
        self._limit = -1
        """The bytes that a task reads, or -1 while none does."""
        self._whole = False
        self._cut = False
        """True once the reading of the body was given up: the rest may still come."""
        self._change: asyncio.Future[None] | None = None
        self.disconnected = False
        self.keep_alive = keep_alive
        self.response_complete = False
        # Both are let go with the answer.
        self._server: WebServer | None = server
        self._direct: DirectRequest | None
        if type(source) is RepeatedHead:
            self._direct = DirectRequest(driver, request, self, source.named, source.parameters)
        else:
            self._direct = DirectRequest(driver, request, self)

    # For uvicorn's protocol -------------------------------------------------

    @property
    def message_event(self) -> DirectCycle:
        """Return what uvicorn sets when something has come, or the connection is lost."""
        return self

    def start(self, body: bytes | None = None) -> None:
        """The head of the request has come, with all of its `body` if there is one."""
        if body is not None:
            self._whole = True
            self._size = len(body)
            self._chunks.append(body)
        if self._direct is not None:
            self._direct.start(body)

    def feed(self, chunk: bytes) -> None:
        """Some of the body has come."""
        direct, server = self._direct, self._server
        if direct is None or server is None or self._whole:
            return
        self._size += len(chunk)
        limits = direct.reads
        if limits is not None:
            if self._size > limits.limit or len(self._chunks) >= limits.max_chunks:
                self._chunks.clear()
                direct.body_too_large()
                return
        elif self._size > HIGH_WATER_LIMIT and self._limit < 0:
            server.flow.pause_reading()
        self._chunks.append(chunk)
        self._changed()

    def end(self) -> None:
        """The body is whole."""
        direct = self._direct
        if direct is None or self._whole:
            return
        self._whole = True
        if direct.reads is not None:
            direct.body(self._taken())
        self._changed()

    def set(self) -> None:
        """Hear of nothing that `lost` does not tell."""

    def lost(self) -> None:
        """The connection is lost."""
        self.disconnected = True
        direct = self._direct
        self._server = self._direct = None
        if direct is not None:
            direct.lost()
        self._changed()

    # For the driver ---------------------------------------------------------

    def respond(self, response: Response) -> None:
        """Write the whole answer, unless the client is gone."""
        server = self._server
        if server is None:
            return
        if self._cut or (self._direct is not None and self._direct.gave_up):
            self.keep_alive = False
        if server.access_log:
            server.log_access(self.scope(), response.status)
        server.transport.write(self._bytes_of(response, server))
        self._server = self._direct = None
        self.response_complete = True
        if not self.keep_alive:
            server.transport.close()
        server.answered()

    def run(self, answering: Coroutine[Any, Any, Response]) -> None:
        """Have a task of the web server answer."""
        server = self._server
        if server is None:
            answering.close()
        else:
            server.keep_task(server.loop.create_task(self._answered(answering, server)))

    async def _answered(self, answering: Coroutine[Any, Any, Response], server: WebServer) -> None:
        try:
            self.respond(await answering)
        except Exception:
            server.logger.exception("Exception in Socket.IO\n")
            self.respond(INTERNAL_ERROR)

    def environ(self) -> dict[str, Any]:
        """A new WSGI environment for the request."""
        return make_environ(self.request, self.scope(), not_received, not_sent)

    async def body(self, limit: int, max_chunks: int) -> bytes | None:
        """The request's body, or None as soon as it is too large."""
        self._limit = limit
        if self._server is not None:
            self._server.flow.resume_reading()
        while self._size <= limit and len(self._chunks) <= max_chunks:
            if self._whole:
                return self._taken()
            if self.disconnected:
                raise ConnectionError("the client hung up")
            try:
                await self._next_change()
            except asyncio.CancelledError:
                self._cut = True
                raise
        self._chunks.clear()
        return None

    async def gone(self) -> None:
        """Return when the client has hung up."""
        while not self.disconnected:
            await self._next_change()

    # ------------------------------------------------------------------------

    def _taken(self) -> bytes:
        chunks = self._chunks
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def scope(self) -> dict[str, Any]:
        """Return what ASGI has of the request."""
        scope = self._source
        if type(scope) is RepeatedHead:
            scope = self._source = scope.scope_of(self.request)
        assert isinstance(scope, dict)
        if "path" not in scope:
            scope = self._source = dict(scope)
            root: str = scope["root_path"]
            scope["raw_path"] = root.encode("ascii") + self.path
            scope["path"] = root + unquote(self.path.decode("ascii"))
            self._route.complete(scope)
        return scope

    async def _next_change(self) -> None:
        self._change = asyncio.get_running_loop().create_future()
        await self._change

    def _changed(self) -> None:
        change, self._change = self._change, None
        if change is not None and not change.done():
            change.set_result(None)

    def _bytes_of(self, response: Response, server: WebServer) -> bytes:
        head, body = server.head(response), response.body
        if self.keep_alive and response.status != NO_CONTENT and self.request.method != "HEAD":
            return b"%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body)
        parts = [head]
        if response.status != NO_CONTENT:
            parts.append(b"content-length: %d\r\n" % len(body))
        if not self.keep_alive:
            parts.append(b"connection: close\r\n")
        parts.append(b"\r\n")
        if self.request.method != "HEAD" and response.status != NO_CONTENT:
            parts.append(body)
        return b"".join(parts)
