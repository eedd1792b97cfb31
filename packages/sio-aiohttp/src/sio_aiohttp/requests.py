"""A request of aiohttp as the driver asks for it, and as a WSGI environment."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from sio_core import Request, Response
from sio_server.serving import requests
from sio_server.serving.proxies import TrustedProxies

from .hang_ups import hung_up

NAMES = ("sockname", "peername")


class AiohttpRequest:
    """What the driver needs to know of one request, on demand."""

    __slots__ = ("_proxies", "_request", "_socket", "cut")

    def __init__(self, request: web.BaseRequest, proxies: TrustedProxies) -> None:
        self._request = request
        self._proxies = proxies
        # The addresses are read here: the request of a WebSocket loses its transport later.
        transport = request.transport
        self._socket = [transport and transport.get_extra_info(name) for name in NAMES]
        self.cut = False
        """True when the reading of the body was cancelled: the rest may still come."""

    def request(self) -> Request:
        """The request for the core."""
        asked = self._request
        return requests.make_request(
            asked.method,
            asked.rel_url.raw_query_string,
            requests.decode_headers(asked.raw_headers),
            self._proxies,
            # What a middleware has said of them, if one has: see `clone` of aiohttp's requests.
            scheme=asked.scheme,
            address=asked.remote or "",
            websocket=asked.headers.get("Upgrade", "").strip().lower() == "websocket",
        )

    def environ(self) -> dict[str, Any]:
        """A new WSGI environment for the request."""
        asked = self._request
        sockname, peername = self._socket
        return requests.make_environ(
            self.request(),
            path=asked.path,
            raw_path=asked.rel_url.raw_path,
            http_version=f"{asked.version.major}.{asked.version.minor}",
            server=requests.host_and_port(sockname),
            client_port=requests.host_and_port(peername)[1],
            software="sio-aiohttp",
            more={"aiohttp.request": asked},
        )

    async def body(self, limit: int, max_chunks: int) -> bytes | None:
        """The request's body, or None as soon as it is too large.

        That is, as soon as it has more than `limit` bytes or came in more than `max_chunks`
        chunks. `client_max_size` of the application does not count. Raises `ConnectionError` when
        the client hangs up first, or sends what is no body.
        """
        content = self._request.content
        chunks: list[bytes] = []
        size = 0
        try:
            while chunk := await content.readany():
                size += len(chunk)
                if size > limit or len(chunks) >= max_chunks:
                    return None
                chunks.append(chunk)
        except asyncio.CancelledError:
            self.cut = True
            raise
        except Exception as error:
            raise ConnectionError("the body did not come") from error
        return b"".join(chunks)

    async def gone(self) -> None:
        """Return when the client has hung up."""
        await hung_up(self._request)


def make_response(response: Response) -> web.Response:
    """The response of aiohttp for one of the core."""
    body = response.body or None
    return web.Response(status=response.status, headers=response.headers, body=body)
