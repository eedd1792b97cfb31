"""aiohttp's own protocols, with sio-aiohttp behind them: connections of an event loop in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeVar

from aiohttp import web

from sio_aiohttp.endpoint import serve
from sio_core.testing import WatchedServer
from sio_server.aio import Driver
from sio_server.serving.async_server_end import AsyncServerEnd
from tests.driver_contract.asyncio_rig import AsyncioRig, Loop
from tests.driver_contract.raw_rig import RawRig, Visitor

R = TypeVar("R")
TURNS = 20
"""Turns of the loop that a step takes at most: aiohttp has two tasks a request."""


class Connected(Visitor):
    """One client, and the transport that aiohttp gives away."""

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def get_protocol(self) -> Any:
        return self.protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return super().get_extra_info(name, default) if name == "peername" else None

    def get_write_buffer_size(self) -> int:
        return len(self.held)

    def is_closing(self) -> bool:
        return self.over

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    closed = False

    def close(self) -> None:
        self.closed = True
        if not self.clogged:
            self.abort()

    def abort(self) -> None:
        if not self.over:
            self.over = True
            self.loop.call_soon(lambda: self.protocol.connection_lost(None))


class AiohttpRig(RawRig):
    """`serve` as the handler of a `web.Server` with connections that are played."""

    def start(self, server: WatchedServer) -> None:
        self.loop = Loop(server)
        self.server = server
        self.driver = Driver(server, server, server.dispatch)
        self.stopping = None
        has_driver = SimpleNamespace(driver=self.driver)

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            return await serve(has_driver, request)

        web_server = self._run(lambda: web.Server(handle, access_log=None, lingering_time=0))
        self.accept = lambda: Connected(self.loop, web_server())

    def _run(self, function: Callable[[], R]) -> R:
        async def run() -> R:
            result = function()
            for _ in range(TURNS):
                await asyncio.sleep(0)
            return result

        return self.loop.run_until_complete(run())

    def is_over(self, handle: Any) -> bool:
        # A connection is kept for another request; what is still to be sent is the transport's.
        return handle.over or handle.closed or handle.answer is not None

    def hang_up(self, handle: Any) -> None:
        self._run(handle.leave)
        for _ in range(3):  # polls are looked at once a second
            self.server.clock.advance(1.0)
            self.moved()

    def shut_down(self, seconds: float) -> None:
        def begin() -> None:
            self.stopping = self.loop.create_task(self._end(seconds))

        self._run(begin)

    async def _end(self, seconds: float) -> None:
        await AsyncServerEnd(SimpleNamespace(driver=self.driver), seconds).end()

    call = AsyncioRig.call
