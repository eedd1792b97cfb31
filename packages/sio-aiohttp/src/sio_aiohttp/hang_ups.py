"""Which of the requests that wait have lost their clients: aiohttp does not tell their handlers."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from aiohttp import web

CHECK_SECONDS = 1.0
"""Seconds between two looks at all requests that wait: one timer, 0.1 µs for each of them."""


class HangUps:
    """The requests of one event loop that wait for their client to hang up."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._waiting: dict[asyncio.Future[None], web.BaseRequest] = {}
        self._new_future = loop.create_future
        self._call_later = loop.call_later
        self._watching = False

    @classmethod
    def of_running_loop(cls) -> HangUps:
        """Those of the running event loop."""
        loop = asyncio.get_running_loop()
        found = _HANG_UPS.get(loop)
        if found is None:
            found = _HANG_UPS[loop] = cls(loop)
        return found

    async def wait(self, request: web.BaseRequest) -> None:
        """Return once the connection of `request` is gone.

        Cancelled, it looks at once, and returns where nobody is left to be answered.
        """
        gone = self._new_future()
        self._waiting[gone] = request
        if not self._watching:
            self._look_later()
        try:
            await gone
        except asyncio.CancelledError:
            if not _is_gone(request):
                raise
        finally:
            del self._waiting[gone]

    def _look_later(self) -> None:
        self._watching = True
        self._call_later(CHECK_SECONDS, self._look)

    def _look(self) -> None:
        self._watching = False
        for gone, request in self._waiting.items():
            if _is_gone(request) and not gone.done():
                gone.set_result(None)
        if self._waiting:
            self._look_later()


def _is_gone(request: web.BaseRequest) -> bool:
    transport = request.transport
    return transport is None or transport.is_closing()


_HANG_UPS: WeakKeyDictionary[asyncio.AbstractEventLoop, HangUps] = WeakKeyDictionary()
