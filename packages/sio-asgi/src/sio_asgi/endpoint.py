"""One ASGI request or WebSocket, handed to the driver of a server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import lru_cache
from typing import Any, Protocol

from sio_core import Frame, Headers, Request, Response
from sio_core.websocket import BROKEN, KEY, check_request
from sio_server.aio import Connection, Driver
from sio_server.serving import requests
from sio_server.serving.proxies import NO_PROXIES, TrustedProxies

from .scopes import Message, Receive, Scope, Send, route_path

OWN_SOCKET = "sio.own_socket"
"""In `scope["extensions"]`: the socket, where the web server lets an endpoint take it over.

Its `receive` and `send` are those of the application, as long as no middleware wraps them.
"""

PLAIN = ("content-type", "text/plain")
SCHEMES = {"ws": "http", "wss": "https"}
POLICY_VIOLATION = 1008


class HasDriver(Protocol):
    """This has a driver: it is an `AsyncServer`, or a server composed from the core."""

    @property
    def driver(self) -> Driver[Any]: ...


async def serve(server: HasDriver, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one request of type `http` or `websocket`, whatever its path."""
    proxies: TrustedProxies = getattr(server, "proxies", NO_PROXIES)
    try:
        if scope["type"] == "http":
            http = ASGIRequest(scope, receive, send, proxies)
            response = await server.driver.http(http.request(), http)
            if http.cut:
                response = _closing(scope, response)
            await respond(send, response, head=scope.get("method") == "HEAD")
        elif scope["type"] == "websocket":
            await _serve_websocket(server, scope, receive, send, proxies)
    except OSError:
        # ASGI 2.4, "Disconnected client": sending to a client that is gone raises this.
        return


async def respond(send: Send, response: Response, *, head: bool = False) -> None:
    """Send one whole response; with `head` only its headers."""
    body = response.body
    headers = [*encode_headers(response.headers)]
    if response.status != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})


def _closing(scope: Scope, response: Response) -> Response:
    """`response`, after which a connection of HTTP/1 is closed, for it has a body half read."""
    if scope.get("http_version", "1.1") not in ("1.0", "1.1"):
        return response
    headers = (*response.headers, ("connection", "close"))
    return Response(response.status, headers, response.body)


def make_request(scope: Scope, proxies: TrustedProxies) -> Request:
    """The request for the core; `proxies` may say what the client addressed."""
    scheme: str = scope.get("scheme", "http")
    client = scope.get("client") or ("", 0)
    return requests.make_request(
        scope.get("method", "GET"),
        scope.get("query_string", b"").decode("latin-1"),
        requests.decode_headers(scope.get("headers", ())),
        proxies,
        scheme=SCHEMES.get(scheme, scheme),
        address=client[0],
        websocket=scope["type"] == "websocket",
    )


def make_environ(request: Request, scope: Scope, receive: Receive, send: Send) -> dict[str, Any]:
    """A complete WSGI environment (PEP 3333) of `request` that also carries its scope."""
    raw = scope.get("raw_path")
    host, port = scope.get("server") or ("localhost", None)
    return requests.make_environ(
        request,
        path=route_path(scope),
        root=scope.get("root_path", ""),
        raw_path=raw.decode("latin-1") if raw else scope.get("path", ""),
        http_version=scope.get("http_version", "1.1"),
        server=(host, port),
        client_port=(scope.get("client") or ("", 0))[1],
        software="sio-asgi",
        more={"asgi.receive": receive, "asgi.send": send, "asgi.scope": scope},
    )


class ASGIRequest:
    """What the driver needs to know of one request, on demand."""

    __slots__ = ("_receive", "_request", "_scope", "_send", "cut")

    def __init__(self, scope: Scope, receive: Receive, send: Send, proxies: TrustedProxies) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        # The connection keeps this object until it is asked for the environment.
        self._request = make_request(scope, proxies)
        self.cut = False
        """True when the reading of the body was cancelled: the rest may still come."""

    def request(self) -> Request:
        """The request for the core."""
        return self._request

    def environ(self) -> dict[str, Any]:
        """A new WSGI environment for the request."""
        return make_environ(self._request, self._scope, self._receive, self._send)

    async def body(self, limit: int, max_chunks: int) -> bytes | None:
        """The request's body, or None as soon as it is too large.

        That is, as soon as it has more than `limit` bytes or came in more than `max_chunks`
        chunks. Raises `ConnectionError` when the client hangs up first.
        """
        chunks: list[bytes] = []
        size = 0
        while True:
            try:
                message = await self._receive()
            except asyncio.CancelledError:
                self.cut = True
                raise
            if message["type"] == "http.disconnect":
                raise ConnectionError("the client hung up")
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            if size > limit or len(chunks) >= max_chunks:
                return None
            if not message.get("more_body", False):
                return b"".join((*chunks, chunk)) if chunks else chunk
            chunks.append(chunk)

    async def gone(self) -> None:
        """Return when the client has hung up."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


class _Writer:
    """The sending side of one accepted WebSocket."""

    __slots__ = ("_send",)

    def __init__(self, send: Send) -> None:
        self._send = send

    def write(self, frame: Frame) -> Awaitable[None]:
        if isinstance(frame, str):
            return self._send({"type": "websocket.send", "text": frame})
        return self._send({"type": "websocket.send", "bytes": frame})

    async def close(self, code: int) -> None:
        try:
            await self._send({"type": "websocket.close", "code": code})
        except Exception:
            # daphne does not send the codes that are the protocol's own, such as 1009.
            await self._send({"type": "websocket.close", "code": 1000})


async def _serve_websocket(
    server: HasDriver, scope: Scope, receive: Receive, send: Send, proxies: TrustedProxies
) -> None:
    http = ASGIRequest(scope, receive, send, proxies)
    if (await receive())["type"] != "websocket.connect":
        return
    request = http.request()
    keys = [value for name, value in request.headers if name == KEY]
    if problem := check_request(scope.get("http_version", "1.1"), keys):
        await _deny(scope, send, Response(400, (PLAIN,), problem.encode()))
        return
    socket = _own_socket(scope, receive, send)
    if socket is not None:
        await _take_over(server, scope, send, request, http, socket)
        return
    connection = await server.driver.websocket(request, http)
    if isinstance(connection, Response):
        await _deny(scope, send, connection)
        return
    error = ""
    try:
        headers = encode_headers(connection.headers)
        await send({"type": "websocket.accept", "headers": [*headers]})
        writer = _Writer(send)
        connection.opened(writer.write, writer.close)
        error = await _read(connection, receive)
    except asyncio.CancelledError:
        # The driver ends a read that it has no more use for; all else is the server's.
        task = asyncio.current_task()
        if not connection.ending or task is None or task.uncancel():
            raise
    finally:
        connection.lost(error)


def _own_socket(scope: Scope, receive: Receive, send: Send) -> Any:
    """Return the socket that the web server lets an endpoint take over, or None.

    None also where a middleware has replaced `receive` or `send`: it is to see every message.
    """
    socket = (scope.get("extensions") or {}).get(OWN_SOCKET)
    if socket is not None and receive == socket.receive and send == socket.send:
        return socket
    return None


async def _take_over(
    server: HasDriver,
    scope: Scope,
    send: Send,
    request: Request,
    http: ASGIRequest,
    socket: Any,
) -> None:
    """Accept a WebSocket and leave its socket to the driver: the application then returns."""
    connection = await server.driver.own_socket(request, http)
    if isinstance(connection, Response):
        await _deny(scope, send, connection)
        return
    try:
        headers = encode_headers(connection.headers)
        await send({"type": "websocket.accept", "headers": [*headers]})
    except BaseException:
        connection.lost()
        raise
    socket.take_over(connection)


async def _read(connection: Connection, receive: Receive) -> str:
    """Feed messages until the WebSocket ends. Returns what broke it, if anything did."""
    while True:
        message: Message = await receive()
        if message["type"] != "websocket.receive":
            return BROKEN.get(message.get("code", 1000), "")
        text: str | None = message.get("text")
        if connection.receive(message["bytes"] if text is None else text):
            await connection.wait_for_capacity()


async def _deny(scope: Scope, send: Send, response: Response) -> None:
    """Refuse a WebSocket: with a real response where the web server can, else with 403."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        return
    length = str(len(response.body)).encode()
    headers = [*encode_headers(response.headers), (b"content-length", length)]
    await send(
        {
            "type": "websocket.http.response.start",
            "status": response.status,
            "headers": headers,
        }
    )
    await send({"type": "websocket.http.response.body", "body": response.body})
    # uvicorn logs an error for every refusal that returns before its connection is closed.
    await asyncio.sleep(0)


@lru_cache(maxsize=64)
def encode_headers(headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
    """Return headers as ASGI has them."""
    # Those of nearly all answers are the same: 1.5 µs of each poll.
    return tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
    )
