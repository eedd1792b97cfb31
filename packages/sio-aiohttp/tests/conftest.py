"""Applications that aiohttp serves in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from sio_aiohttp import AsyncServer
from tests.support.aiohttp_running import HANG, Running

Serve = Callable[..., Awaitable[Running]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve an application; `options` are those of `web.AppRunner`."""
    served: list[Running] = []

    async def start(app: web.Application, **options: Any) -> Running:
        runner = web.AppRunner(app, shutdown_timeout=HANG, **options)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        running = Running(runner, runner.addresses[0][1])
        served.append(running)
        return running

    yield start
    for running in served:
        await running.stop()


@pytest.fixture
def sio() -> AsyncServer:
    """A server whose event `echo` answers with what it gets."""
    server = AsyncServer(async_mode="aiohttp", cors_allowed_origins=[])
    server.on("echo", lambda sid, *args: args)
    return server


@pytest.fixture
def app(sio: AsyncServer) -> web.Application:
    """An application with that server."""
    application = web.Application()
    sio.attach(application)
    return application
