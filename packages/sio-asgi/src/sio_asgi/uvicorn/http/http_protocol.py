"""`HTTPProtocol`: uvicorn's class, but requests for Socket.IO go straight to the driver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ParamSpec
from weakref import WeakKeyDictionary

from uvicorn.config import Config
from uvicorn.logging import TRACE_LOG_LEVEL
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import get_client_addr, get_path_with_query_string

from sio_core import Response

from ...endpoint import make_request
from ..apps.direct_app import DirectApp
from ..apps.finding import find_app
from ..websockets.protocol import WebSocketProtocol
from .addresses import local_address, remote_address
from .direct_cycle import INTERNAL_ERROR, DirectCycle
from .direct_opening import DirectOpening, fail
from .repeated_head import RepeatedHead

ACTIVE = float("inf")
"""In the place of the time since when a connection is idle: it has a request."""

KEPT = 8
"""Heads of a connection that are kept, one in the place of another: some clients' always differ."""

P = ParamSpec("P")

KNOWN = set(HttpToolsProtocol.connection_made.__code__.co_names) == {
    *("connections", "add", "transport", "flow", "server", "client", "scheme", "logger", "level"),
    *("FlowControl", "get_local_addr", "get_remote_addr", "is_ssl", "TRACE_LOG_LEVEL", "log"),
}
"""Whether a connection begins under this uvicorn with what `connection_made` sets here."""

UNKNOWN: Any = object()
"""In the place of an application that was not looked for yet."""

_apps: WeakKeyDictionary[Config, DirectApp | None] = WeakKeyDictionary()


class HTTPProtocol(HttpToolsProtocol):
    """uvicorn makes one of these for each connection, where its option `http` names this class.

    A request for the endpoint of an `ASGIApp` has no task, no queue and no messages of ASGI: a poll
    that waits is two objects, and its answer leaves in one write. The `ASGIApp` may be mounted in
    an application of Starlette or FastAPI. All other requests are uvicorn's own, and so are those
    of an `ASGIApp` behind a middleware or in another application.
    """

    def __init__(self, config: Config, *args: Any, **kwargs: Any) -> None:
        super().__init__(config, *args, **kwargs)
        app: DirectApp | None = _apps.get(config, UNKNOWN)
        if app is UNKNOWN:
            app = _apps[config] = find_app(config)
        self._direct_app = None if config.limit_concurrency is not None else app
        self._direct: DirectCycle | None = None
        """The last request that went to the driver; others may wait behind it."""
        self._idle_since = ACTIVE
        self._idle_timer: asyncio.TimerHandle | None = None
        self._heads: dict[bytes, RepeatedHead] = {}
        """What is known of requests that come again, by the first letter of their method."""
        self._to_keep = KEPT
        self._between = True
        """True while the parser is between two requests, both of which go to the driver."""
        self._begun = 0
        """Requests that have begun in what the parser was fed last."""

    def data_received(self, data: bytes) -> None:
        """Bytes of the client: often one request that is like an earlier one."""
        head = self._heads.get(data[:1])
        if head is not None and self._between:
            body = head.read(data)
            if body is not None and self._answer_again(head, body):
                return
        was_between, self._begun = self._between, 0
        super().data_received(data)
        if was_between and self._between and self._begun == 1 and self._to_keep:
            self._keep_head(data)

    def _answer_again(self, head: RepeatedHead, body: bytes) -> bool:
        """Hand a request to the driver whose head is known. Returns false if the parser has to."""
        last, app = self._direct, self._direct_app
        if app is None or last is None or not last.response_complete:
            return False
        route = app.route(head.scope, head.path)
        driver = None if route is None else route.endpoint.direct_driver()
        if route is None or driver is None:
            return False
        self._idle_since = ACTIVE
        self._answer(DirectCycle(self, driver, route, head.request, head, head.path), body)
        return True

    def _keep_head(self, data: bytes) -> None:
        """Keep the head of the one request that `data` was, for others that are like it."""
        self._to_keep -= 1
        last = self._direct
        assert last is not None
        scope = {**self.scope, "state": self.app_state}
        head = RepeatedHead.recognise(data, last.path, last.request, scope)
        if head is not None:
            self._heads[data[:1]] = head

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        if not KNOWN:
            super().connection_made(transport)
            return
        # As uvicorn has it, but with the addresses that the transport has: uvicorn asks the
        # system for them, in five calls.
        self.connections.add(self)
        self.transport = transport
        self.flow = FlowControl(transport)
        info = transport.get_extra_info
        self.server = local_address(info("sockname"))
        self.client = remote_address(info("peername"))
        self.scheme = "https" if info("sslcontext") else "http"
        if self.logger.level <= TRACE_LOG_LEVEL:
            prefix = "{}:{} - ".format(*self.client) if self.client else ""
            self.logger.log(TRACE_LOG_LEVEL, "%sHTTP connection made", prefix)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        super().connection_lost(exc)
        if self._direct is not None:
            self._direct.lost()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None

    # For the parser ---------------------------------------------------------

    def on_message_begin(self) -> None:
        """The first byte of a request has come."""
        self._idle_since = ACTIVE
        self._between = False
        self._begun += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head of a request has come."""
        app = self._direct_app
        parser: Any = self.parser
        if app is None or parser.should_upgrade() or not self._begin(app):
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of its body has come."""
        if (direct := self._current) is not None:
            self._do(direct.feed, body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it has come."""
        if (direct := self._current) is not None:
            self._between = direct.keep_alive
            self._do(direct.end)
        else:
            super().on_message_complete()

    @property
    def _current(self) -> DirectCycle | None:
        """Return the request that is being read, if it goes to the driver."""
        cycle: Any = self.cycle
        return cycle if cycle is self._direct else None

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection to the WebSocket class, which need not parse the request again."""
        kind = self.ws_protocol_class
        if kind is None or not issubclass(kind, WebSocketProtocol) or kind.per_message_deflate:
            super().handle_websocket_upgrade()
            self.replaced()
            return
        app = self._direct_app
        # A class of the application's sees each request.
        if app is not None and kind is WebSocketProtocol and self._open(app):
            return
        self.connections.discard(self)
        protocol = kind(self.config, self.server_state, self.app_state, self.loop)
        protocol.connection_made(self.transport)
        self.transport.set_protocol(protocol)
        protocol.take_request(self.scope["method"].encode(), self.url, self.headers)
        self.replaced()

    def _open(self, app: DirectApp) -> bool:
        """Have the driver open a WebSocket. Returns false if it goes the ordinary way."""
        path, _, query = self.url.partition(b"?")
        route = app.route(self.scope, path, "websocket")
        driver = None if route is None else route.endpoint.direct_driver()
        if route is None or driver is None:
            return False
        try:
            return DirectOpening(self.scope, path, query, app, route).answer(driver, self)
        except Exception:
            fail(self)
            return True

    def _should_upgrade(self) -> bool:
        # uvicorn asks three times for each request, and looks at all headers for it: 5 µs.
        named = dict(self.headers)  # of a repeated one the last, as there
        if named.get(b"upgrade", b"").lower() != b"websocket":
            return False
        value = named.get(b"connection", b"").lower()
        asks = value == b"upgrade" or b"upgrade" in [each.strip() for each in value.split(b",")]
        return asks and self._should_upgrade_to_ws()

    def _begin(self, app: DirectApp) -> bool:
        """Hand a request to the driver. Returns false if it goes the ordinary way."""
        path, _, query = self.url.partition(b"?")
        if path[:1] != b"/" or b"#" in query:
            return False
        parser: Any = self.parser  # None once the connection is lost, when nothing is parsed
        last = self.cycle
        if (
            self.expect_100_continue
            or parser.get_http_version() != "1.1"
            or not (last is None or last.response_complete)
        ):
            return False
        scope: Any = self.scope
        scope["method"] = parser.get_method().decode("ascii")
        scope["query_string"] = query
        route = app.route(scope, path)
        driver = None if route is None else route.endpoint.direct_driver()
        if route is None or driver is None:
            return False
        app.forward(scope)
        request = make_request(scope, route.endpoint.trusted_proxies)
        keep_alive = parser.should_keep_alive()
        self._answer(DirectCycle(self, driver, route, request, scope, path, keep_alive=keep_alive))
        return True

    def _answer(self, cycle: DirectCycle, body: bytes | None = None) -> None:
        self.cycle = self._direct = cycle  # type: ignore[assignment]
        try:
            cycle.start(body)
        except Exception:
            self._fail()

    def _do(self, what: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call a method of the request; what it raises would be taken for a bad request."""
        try:
            what(*args, **kwargs)
        except Exception:
            self._fail()

    def _fail(self) -> None:
        self.logger.exception("Exception in Socket.IO\n")
        assert self._direct is not None
        self._direct.respond(INTERNAL_ERROR)

    # For the request --------------------------------------------------------

    def replaced(self) -> None:
        """Hear that the connection is that of a WebSocket from now on."""
        # The parser has methods of this object: the cycle would be left to the collector, with
        # some 30 objects of each connection.
        self.parser = None  # type: ignore[assignment]  # as in `connection_lost`

    @property
    def default_headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers that uvicorn puts into each answer."""
        return self.server_state.default_headers

    def head(self, response: Response) -> bytes:
        """Return the status line and the headers of an answer, those of uvicorn among them."""
        assert self._direct_app is not None
        common = self.server_state.default_headers
        return self._direct_app.heads.get(response.status, response.headers, common)

    def log_access(self, scope: Any, status: int) -> None:
        """Log a request that is answered, as uvicorn does."""
        self.access_logger.info(
            '%s - "%s %s HTTP/%s" %d',
            get_client_addr(scope),
            scope["method"],
            get_path_with_query_string(scope),
            scope["http_version"],
            status,
        )

    def answered(self) -> None:
        """Do what uvicorn does where an answer is written, with one timer for many of them."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._idle_since = self.loop.time()
        if self._idle_timer is None:
            self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._end_if_idle)

    def _end_if_idle(self) -> None:
        """Close the connection if no request has begun since the last was answered."""
        self._idle_timer = None
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            if self._idle_since is not ACTIVE:
                self._idle_timer = self.loop.call_later(left, self._end_if_idle)
        elif not self.transport.is_closing():
            self.transport.close()

    def keep_task(self, task: asyncio.Task[None]) -> None:
        """Have the end of the web server wait for a task."""
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
