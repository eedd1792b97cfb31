"""The Admin UI of each colour: how the task runs, and how it waits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

from sio_core.handlers.both_colours import blocking

from ..dispatch.runners import Flow, run, run_awaiting
from ..drivers.entrance import awaited, waited
from .instrumented import Instrumented
from .methods import InstrumentedMethods

END_SECONDS: Final = 5.0
"""Seconds for which the end of the task is waited for: it may be sending to a page that is slow."""


class InstrumentedServer(Instrumented):
    """A `Server` that the Admin UI can look at: what `Server.instrument` returns."""

    _may_wait = False
    _waits = staticmethod(waited)

    admin_connect = blocking(InstrumentedMethods.admin_connect)
    admin_emit = blocking(InstrumentedMethods.admin_emit)
    admin_enter_room = blocking(InstrumentedMethods.admin_enter_room)
    admin_leave_room = blocking(InstrumentedMethods.admin_leave_room)
    admin_disconnect = blocking(InstrumentedMethods.admin_disconnect)
    shutdown = blocking(InstrumentedMethods.shutdown)
    _emit_server_stats = blocking(InstrumentedMethods._emit_server_stats)

    def _run(self, flow: Flow[Any]) -> Any:
        return run(flow)

    def _apart(self, function: Callable[..., Any], *args: Any) -> Any:
        return function(*args)

    def _new_flag(self) -> Any:
        return self.sio.concurrency.event()

    def _wait(self, seconds: float) -> None:
        self._work.wait(seconds)

    def _join(self, task: Any) -> None:
        task.join(END_SECONDS)


class InstrumentedAsyncServer(InstrumentedMethods):
    """An `AsyncServer` that the Admin UI can look at: what `AsyncServer.instrument` returns."""

    _may_wait = True
    _waits = staticmethod(awaited)

    def __init__(
        self,
        sio: Any,
        auth: Any = None,
        namespace: str = "/admin",
        read_only: bool = False,
        server_id: str | None = None,
        mode: str = "development",
        server_stats_interval: float = 2,
    ) -> None:
        """Let the Admin UI look at `sio`: the arguments have other places than in the twin."""
        super().__init__(*(sio, auth, mode, read_only, server_id, namespace, server_stats_interval))

    def _run(self, flow: Flow[Any]) -> Any:
        return run_awaiting(flow)

    def _apart(self, function: Callable[..., Any], *args: Any) -> Any:
        return asyncio.to_thread(function, *args)

    def _new_flag(self) -> Any:
        return asyncio.Event()

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._work.wait()

    async def _join(self, task: Any) -> None:
        await asyncio.wait([task], timeout=END_SECONDS)
