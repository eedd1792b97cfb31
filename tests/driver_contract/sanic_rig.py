"""Sanic's own protocol, with sio-sanic behind it: connections of an event loop in memory."""

from __future__ import annotations

import asyncio
from itertools import count
from types import SimpleNamespace
from typing import Any

from sanic import Request, Sanic
from sanic.constants import HTTP_METHODS
from sanic.server import HttpProtocol

from sio_core.testing import WatchedServer
from sio_sanic.endpoint import serve
from sio_server.aio import Driver
from tests.driver_contract import aiohttp_rig
from tests.driver_contract.asyncio_rig import AsyncioRig, Loop

numbers = count(1)


class Connected(aiohttp_rig.Connected):
    """One client, and the transport that Sanic gives away."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if data:  # nothing is the end of the connection for those who read it
            super().write(data)

    def is_closing(self) -> bool:
        return self.over or self.closed

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


class SanicRig(aiohttp_rig.AiohttpRig):
    """`serve` as a handler of an application with connections that are played."""

    def start(self, server: WatchedServer) -> None:
        self.loop = Loop(server)
        self.server = server
        self.driver = Driver(server, server, server.dispatch)
        self.stopping = None
        has_driver = SimpleNamespace(driver=self.driver)

        async def handle(request: Request) -> Any:
            return await serve(has_driver, request)

        self.app: Sanic[Any, Any] = Sanic(f"contract{next(numbers)}", configure_logging=False)
        self.app.config.update(AUTO_EXTEND=False, ACCESS_LOG=False, TOUCHUP=False)
        self.app.add_route(handle, "/socket.io/", HTTP_METHODS, stream=True)
        self.loop.run_until_complete(self.app._startup())

        def accept() -> Connected:
            return Connected(self.loop, HttpProtocol(loop=self.loop, app=self.app))

        self.accept = accept

    def close(self) -> None:
        super().close()
        Sanic.unregister_app(self.app)
        asyncio.set_event_loop(None)  # each protocol of Sanic sets that of its application

    def hang_up(self, handle: Any) -> None:
        self._run(handle.leave)

    call = AsyncioRig.call
