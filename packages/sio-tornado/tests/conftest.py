"""Tornado in this process, and clients of it: every wait is bounded, generously."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application
from websockets.asyncio.client import ClientConnection, connect

HANG = 20.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""

QUERY = "EIO=4&transport="


class Site:
    """A Tornado application on a port of the loopback interface."""

    def __init__(self, port: int, stack: AsyncExitStack, scheme: str = "http") -> None:
        self.port = port
        self.host = f"127.0.0.1:{port}"
        self.origin = f"{scheme}://{self.host}"
        self._stack = stack
        self.http = httpx.AsyncClient(
            base_url=self.origin, trust_env=False, timeout=HANG, verify=False
        )

    async def poll(
        self, sid: str = "", body: str | None = None, method: str = "", **headers: str
    ) -> httpx.Response:
        """One request of polling; `headers` have underscores for hyphens."""
        query = f"{QUERY}polling" + (f"&sid={sid}" if sid else "")
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(
            method or ("GET" if body is None else "POST"),
            f"/socket.io/?{query}",
            content=body,
            headers=given,
        )

    async def session(self) -> str:
        """The sid of a client on polling that has joined."""
        opened = await self.poll()
        assert opened.status_code == 200, opened.text
        sid: str = json.loads(opened.text[1:])["sid"]
        assert (await self.poll(sid, "40")).text == "ok"
        assert (await self.poll(sid)).text.startswith("40")
        return sid

    async def websocket(self, path: str = "", **options: Any) -> ClientConnection:
        """A WebSocket, without anything said on it, which is closed at the end of the test."""
        url = self.origin.replace("http", "ws", 1) + (path or f"/socket.io/?{QUERY}websocket")
        kept: dict[str, Any] = {"compression": None, "proxy": None, "ping_interval": None}
        return await self._stack.enter_async_context(connect(url, **kept | options))

    async def joined(self, **options: Any) -> ClientConnection:
        """A WebSocket of a client that has joined."""
        websocket = await self.websocket(**options)
        assert str(await self.next(websocket)).startswith("0")
        await websocket.send("40")
        assert str(await self.next(websocket)).startswith("40")
        return websocket

    async def next(self, websocket: ClientConnection) -> str | bytes:
        """The next message."""
        async with asyncio.timeout(HANG):
            return await websocket.recv()


Serve = Callable[..., Awaitable[Site]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """`await serve(routes, http={...}, **settings)`: a `Site`."""
    async with AsyncExitStack() as stack:

        async def start(routes: Any, http: Any = None, **settings: Any) -> Site:
            options = http or {}
            listening, port = bind_unused_port()
            server = HTTPServer(Application(routes, **settings), **options)
            server.add_socket(listening)
            stack.push_async_callback(server.close_all_connections)
            stack.callback(server.stop)
            site = Site(port, stack, "https" if "ssl_options" in options else "http")
            await stack.enter_async_context(site.http)
            return site

        yield start


async def until(condition: Callable[[], Any]) -> None:
    """Wait until `condition()` is true."""
    async with asyncio.timeout(HANG):
        while not condition():
            await asyncio.sleep(0.005)
