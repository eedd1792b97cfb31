"""An HTTP proxy on the loopback interface: tunnels by CONNECT, and requests in the absolute form.

It leads to the loopback interface only, whatever name it is asked for, so that tests can tell what
went through it.
"""

import asyncio
import contextlib
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.support.wire import Gone, Request, Wire, answer


class Proxy:
    """A proxy on a free port; use it with `async with`.

    `requests` are those that it was asked for. With `credentials` it wants this
    Proxy-Authorization; with a `refusal` it answers everything with that status.
    """

    def __init__(self, credentials: str = "", refusal: int = 0) -> None:
        self.requests: list[Request] = []
        self.refusal = refusal
        self.port = 0
        self._credentials = credentials
        self._tasks: set[asyncio.Task[None]] = set()
        self._wires: list[Wire] = []
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        """Where the proxy is, without a scheme."""
        return f"127.0.0.1:{self.port}"

    @property
    def targets(self) -> list[str]:
        """The method and host of each request."""
        return [f"{r.method} {urlsplit(r.target).netloc or r.target}" for r in self.requests]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for wire in self._wires:
            wire.reset()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        wire = Wire(reader, writer)
        self._wires.append(wire)
        with contextlib.suppress(Gone, OSError, asyncio.CancelledError):
            while await self._serve(wire):
                pass
        writer.close()
        self._tasks.discard(task)

    async def _serve(self, wire: Wire) -> bool:
        """Answer a request. Returns whether the connection goes on."""
        request = await wire.request()
        self.requests.append(request)
        given = request.headers.get("proxy-authorization", "")
        if self.refusal or given != self._credentials:
            challenge = ("Proxy-Authenticate", 'Basic realm="test"')
            wire.write(answer(self.refusal or 407, b"no way", challenge))
            return True
        parts = urlsplit(request.target if "//" in request.target else f"//{request.target}")
        upstream = await asyncio.open_connection("127.0.0.1", parts.port or 80)
        if request.method == "CONNECT":
            wire.write(answer(200))
        else:
            # One request a connection is enough here.
            headers = [
                f"{name}: {value}"
                for name, value in request.headers.items()
                if name not in ("connection", "proxy-authorization")
            ]
            target = f"{parts.path}?{parts.query}"
            head = [f"{request.method} {target} HTTP/1.1", *headers, "Connection: close", "", ""]
            upstream[1].write("\r\n".join(head).encode() + request.body)
        await self._join(wire, *upstream)
        return False

    async def _join(
        self, wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass bytes on until both sides have ended."""
        ways = [
            asyncio.ensure_future(_pass_on(wire.reader, writer)),
            asyncio.ensure_future(_pass_on(reader, wire.writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            writer.transport.abort()
            for way in ways:
                way.cancel()
            await asyncio.wait(ways)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
