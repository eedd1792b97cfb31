"""A server in the test's own loop for clients that run in that loop, too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sio_asgi import ASGIApp, AsyncServer
from sio_client import AsyncClient
from sio_server import exceptions
from tests.support.inprocess import serving


class Site:
    """A server in the test's loop, and what it has seen."""

    def __init__(self, sio: AsyncServer, url: str) -> None:
        self.sio = sio
        self.url = url
        self.seen: list[Any] = []
        self.left: asyncio.Queue[Any] = asyncio.Queue()
        self.over = asyncio.Event()


@asynccontextmanager
async def open_site() -> AsyncIterator[Site]:
    """Serve what the tests of the asyncio client talk to."""
    sio = AsyncServer(async_mode="asgi", namespaces=["/", "/chat"], ping_interval=60)

    # Clients that went without a word are not waited for at the end.
    async with serving(ASGIApp(sio, drain=0.5)) as served:
        site = Site(sio, f"http://127.0.0.1:{served.port}")

        @sio.on("connect", namespace="/")
        def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
            site.seen.append(auth)
            if auth == {"token": "wrong"}:
                raise exceptions.ConnectionRefusedError("no", {"why": "token"})

        @sio.on("disconnect", namespace="/")
        def disconnect(sid: str, reason: str) -> None:
            site.left.put_nowait(reason)

        @sio.on("echo", namespace="*")
        def echo(namespace: str, sid: str, *args: Any) -> Any:
            return args

        @sio.on("back", namespace="*")
        async def back(namespace: str, sid: str, *args: Any) -> None:
            await sio.emit("news", args, to=sid, namespace=namespace)

        @sio.on("ask")
        async def ask(sid: str, event: str, *args: Any) -> Any:
            return await sio.call(event, args, to=sid)

        @sio.on("never")
        async def never(sid: str) -> None:
            await site.over.wait()

        @sio.on("drop")
        async def drop(sid: str) -> None:
            await sio.disconnect(sid)

        yield site
        site.over.set()
        await sio.shutdown()


@asynccontextmanager
async def connected(site: Site, client: AsyncClient, **options: Any) -> AsyncIterator[AsyncClient]:
    """Connect a client, over a WebSocket unless told otherwise, and disconnect it."""
    options.setdefault("transports", ["websocket"])
    await client.connect(site.url, **options)
    try:
        yield client
    finally:
        await client.disconnect()


def cut(client: AsyncClient) -> None:
    """Break the client's connection as a network does."""
    line = client._driver.line
    assert line is not None
    for pipe in list(line.pipes):
        if pipe._transport is not None:
            pipe._transport.abort()
