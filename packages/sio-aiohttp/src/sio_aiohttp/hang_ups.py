"""Which of the requests that wait have lost their clients: aiohttp does not tell their handlers."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from aiohttp import web

CHECK_SECONDS = 1.0
"""Seconds between two looks at all requests that wait: one timer, 0.1 µs for each of them."""


class HangUps:
    """The requests of one event loop that wait for their client to hang up."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[None], web.BaseRequest] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self, request: web.BaseRequest) -> None:
        """Return once the connection of `request` is gone.

        Cancelled, it looks at once, and returns where nobody is left to be answered.
        """
        loop = asyncio.get_running_loop()
        gone = loop.create_future()
        self._waiting[gone] = request
        self._timer = self._timer or loop.call_later(CHECK_SECONDS, self._look, loop)
        try:
            await gone
        except asyncio.CancelledError:
            if not _is_gone(request):
                raise
        finally:
            del self._waiting[gone]

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        for gone, request in self._waiting.items():
            if _is_gone(request) and not gone.done():
                gone.set_result(None)
        again = bool(self._waiting)
        self._timer = loop.call_later(CHECK_SECONDS, self._look, loop) if again else None


def _is_gone(request: web.BaseRequest) -> bool:
    transport = request.transport
    return transport is None or transport.is_closing()


_HANG_UPS: WeakKeyDictionary[asyncio.AbstractEventLoop, HangUps] = WeakKeyDictionary()


async def hung_up(request: web.BaseRequest) -> None:
    """Return once the client of `request` has hung up."""
    await _HANG_UPS.setdefault(asyncio.get_running_loop(), HangUps()).wait(request)
