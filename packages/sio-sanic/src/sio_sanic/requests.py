"""A request under Sanic's own web server: what the core and the driver need to know of it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from sanic import Request as Asked

from sio_core import Request, Response
from sio_server.serving.proxies import TrustedProxies
from sio_server.serving.requests import host_and_port, make_environ, make_request


class SanicRequest:
    """What the driver needs to know of one request, on demand."""

    __slots__ = ("_asked", "_cut", "_proxies")

    def __init__(self, asked: Asked, proxies: TrustedProxies) -> None:
        self._asked = asked
        self._proxies = proxies
        self._cut = False

    def request(self) -> Request:
        """The request for the core.

        The settings of Sanic that trust proxies, such as `PROXIES_COUNT`, are heeded first.
        """
        asked = self._asked
        forwarded: Any = asked.forwarded
        connection: Any = asked.conn_info
        scheme = str(forwarded.get("proto", "https" if connection.ssl else "http"))
        request = make_request(
            asked.method,
            asked.query_string,
            [(name.lower(), _latin(value).strip()) for name, value in asked.headers.items()],
            self._proxies,
            scheme=scheme.replace("ws", "http", 1) if scheme.startswith("ws") else scheme,
            address=str(forwarded.get("for", connection.client_ip)).strip("[]"),
            websocket="websocket" in asked.headers.get("upgrade", "").lower(),
        )
        return replace(request, host=str(forwarded["host"])) if "host" in forwarded else request

    def environ(self) -> dict[str, Any]:
        """A new WSGI environment for the request."""
        asked = self._asked
        connection: Any = asked.conn_info
        return make_environ(
            self.request(),
            path=unquote(asked.path, errors="surrogateescape"),
            raw_path=asked.path,
            http_version=asked.version,
            server=host_and_port(connection.sockname),
            client_port=connection.client_port,
            software="sio-sanic",
            more={"sanic.request": asked},
        )

    async def body(self, limit: int, max_chunks: int) -> bytes | None:
        """The request's body, or None as soon as it is too large.

        That is, as soon as it has more than `limit` bytes or came in more than `max_chunks`
        chunks. Sanic cancels the request when the client hangs up first.
        """
        stream: Any = self._asked.stream
        # What Sanic has read already: for a route that is not `stream=True`, or for a middleware.
        chunks = [self._asked.body]
        size = len(chunks[0])
        if size > limit:
            return None
        try:
            while stream.request_body:
                chunk = await stream.read()
                if not chunk:
                    continue
                size += len(chunk)
                if size > limit or len(chunks) > max_chunks:
                    return None
                chunks.append(chunk)
        except asyncio.CancelledError:
            self._cut = True
            raise
        return b"".join(chunks)

    async def gone(self) -> None:
        """Wait: Sanic cancels the request when the client has hung up.

        Cancelled by the driver, it returns where nobody is left to be answered.
        """
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            connection: Any = self._asked.conn_info
            if connection.lost or not self._asked.transport.is_closing():
                raise

    @contextmanager
    def without_time_limit(self) -> Iterator[None]:
        """Hold off Sanic's limit for a response: a poll waits for as long as there is no message.

        `RESPONSE_TIMEOUT` counts again from the end of the block.
        """
        protocol: Any = self._asked.protocol
        loop = asyncio.get_running_loop()
        began = loop.time()
        limit: float = self._asked.app.config.RESPONSE_TIMEOUT
        protocol.response_timeout = math.inf
        try:
            yield
        finally:
            # Sanic counts from what it received last, which was about when the block began.
            protocol.response_timeout = limit + loop.time() - began

    def close_where_unread(self, response: Response) -> None:
        """End the connection after `response` where the rest of the body is not worth waiting for.

        Otherwise Sanic reads what is left of it before the next request.
        """
        stream: Any = self._asked.stream
        if stream.request_body and (self._cut or response.status < 400):
            stream.request_body = None
            stream.keep_alive = False


def _latin(value: str) -> str:
    """A header's value, each of its bytes as one character: Sanic decodes it as UTF-8."""
    return value if value.isascii() else value.encode(errors="surrogateescape").decode("latin-1")
