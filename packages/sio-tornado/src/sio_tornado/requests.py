"""One request of Tornado, as the driver of a server asks for it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast
from urllib.parse import unquote

from tornado.web import RequestHandler

from sio_server.serving import requests
from sio_server.serving.proxies import TrustedProxies
from sio_server.serving.pushed_body import PushedBody


class TornadoRequest:
    """The request that `handler` was made for; its remote address is the one Tornado says."""

    __slots__ = ("_ends", "_handler", "incoming", "request", "version")

    def __init__(self, handler: RequestHandler, proxies: TrustedProxies) -> None:
        asked = handler.request
        self._handler = handler
        self.incoming = PushedBody()
        """The body, as far as it has come."""
        self.version = asked.version.removeprefix("HTTP/")
        """The version of HTTP, such as "1.1"."""
        # Asked for now: of a connection that has ended nobody knows it.
        sock = stream_of(handler).socket
        self._ends: tuple[Any, Any] = (None, None)
        with suppress(OSError, AttributeError):  # there is no socket any more
            self._ends = sock.getsockname(), sock.getpeername()
        self.request = requests.make_request(
            asked.method or "",
            asked.query,
            [(name.lower(), value) for name, value in asked.headers.get_all()],
            proxies,
            scheme=asked.protocol,
            address=asked.remote_ip or "",
            websocket=asked.headers.get("Upgrade", "").lower() == "websocket",
        )
        """The request for the core."""

    def environ(self) -> dict[str, Any]:
        """A new WSGI environment for the request."""
        raw_path = self._handler.request.path
        here, there = self._ends
        return requests.make_environ(
            self.request,
            path=unquote(raw_path, errors="surrogateescape"),
            raw_path=raw_path,
            http_version=self.version,
            server=requests.host_and_port(here),
            client_port=requests.host_and_port(there)[1],
            software="sio-tornado",
            more={"tornado.handler": self._handler},
        )

    async def body(self, limit: int, max_chunks: int) -> bytes | None:
        """The request's body, or None as soon as it is too large."""
        return await self.incoming.read(limit, max_chunks)

    async def gone(self) -> None:
        """Return when the client has hung up."""
        await self.incoming.gone()


def stream_of(handler: RequestHandler) -> Any:
    """Return the `IOStream` below a request of HTTP/1, which is not detached yet."""
    return cast(Any, handler.request.connection).stream
