"""`AsyncServer`: a server of an application of Engine.IO on asyncio."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from sio_core import Request
from sio_core.engineio import Authorize, Event

from ..dispatch.runners import Flow, run_awaiting
from ..drivers.admission.authorization import Verdict
from ..drivers.asyncio.driver import Driver
from ..drivers.asyncio.entrance.client_load import ClientLoad
from ..engine_colours import AsyncEngineApi
from ..serving.hosting import AsyncHosted
from .application import Application


class AsyncServer(AsyncHosted, Application, AsyncEngineApi):
    """An `AsyncServer` serves clients of Engine.IO on asyncio: make one for each process.

    An application registers its three handlers, functions or coroutine functions, and gives the
    server to an `ASGIApp`::

        eio = AsyncServer(cors_allowed_origins=["https://example.org"])

        @eio.on("connect")
        async def connect(sid, environ): ...  # False refuses the client

        @eio.on("message")
        async def message(sid, data):
            await eio.send(sid, data)

        @eio.on("disconnect")
        async def disconnect(sid, reason): ...

    Times are in seconds, sizes in bytes:

    * `async_mode`: `"asgi"`, `"aiohttp"`, `"tornado"` or `"sanic"`; None (default): the first whose
      adapter is installed.
    * `ping_interval`, `ping_timeout`, `max_http_buffer_size`, `allow_upgrades`, `http_compression`,
      `compression_threshold`, `cookie`, `cors_allowed_origins`, `cors_credentials`, `transports`:
      as for a server of Socket.IO, see "Options" in the documentation.
    * `logger`: False (default) for warnings and errors, True for information too, or a logger.
    * `json`: an object with `dumps` and `loads`; None (default): msgspec where it is installed,
      else the standard library.
    * `async_handlers`: True (default) handles the messages of one client at the same time, False
      one after the other.
    * `monitor_clients`: without effect.
    * `kwargs`: the options of `EngineOptions`.

    Raises `ValueError` or `TypeError` for a value that cannot be; warns of a name that is no
    option.
    """

    driver: Driver[Event]

    def _make_driver(self, **options: Any) -> Driver[Event]:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._background: set[asyncio.Task[Any]] = set()
        return Driver(self._engine, self._engine, self._dispatch, **options)

    # Framework ----------------------------------------------------------------

    def attach(self, app: Any, engineio_path: str = "engine.io") -> None:
        """Attach the server to an application of aiohttp or Sanic, at the path of the endpoint.

        `app` is the application, `engineio_path` the path, `"engine.io"` by default. Raises
        `ValueError` with what to do instead for any other application.
        """
        self._attach(app, engineio_path)

    # Life -----------------------------------------------------------------------

    async def shutdown(self, drain: float = 5.0) -> None:
        """Disconnect every client, let handlers finish, and stop the timer.

        New clients are turned away until it returns, after at most `drain` seconds, 5 by default.
        The adapters call it when the web server stops.
        """
        await self.driver.shutdown(drain, lambda: self._tasks)

    def start_background_task(
        self, target: Callable[..., Coroutine[Any, Any, Any]], *args: Any, **kwargs: Any
    ) -> asyncio.Task[Any]:
        """Run a coroutine function as a task. Returns the task.

        `target` is called with `args` and `kwargs`; what it raises is logged. `shutdown` does not
        wait for it.
        """
        return self._keep(asyncio.ensure_future(target(*args, **kwargs)), self._background)

    # Handlers -------------------------------------------------------------------

    async def _authorize(
        self, step: Authorize, request: Request, environ: dict[str, Any]
    ) -> Verdict:
        return await run_awaiting(self._authorization(step, request, environ))

    async def _close(self, sid: str) -> None:
        await run_awaiting(self._leaving(sid))

    def _start(self, load: ClientLoad | None, flow: Flow[None], counted: ClientLoad | None) -> None:
        """Run a flow, in a task or with `async_handlers=False` after those of the same client."""
        if counted is not None:
            counted.handler_begun()
        coroutine = _run(flow, counted)
        if self.async_handlers or load is None:
            self._run_soon(coroutine)
        elif load.order is not None:
            load.order.append(coroutine)  # type: ignore[arg-type]
        else:
            order: deque[Any] = deque((coroutine,))
            load.order = order
            self._run_soon(self._run_in_order(load, order))

    async def _run_in_order(self, load: ClientLoad, order: deque[Any]) -> None:
        try:
            while order:
                # Each has a task of its own: to cancel one handler must not end the others.
                await asyncio.wait([self._run_soon(order.popleft())])
        finally:
            for coroutine in order:
                coroutine.close()
            load.order = None

    def _run_soon(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._keep(self.driver.loop.create_task(coroutine), self._tasks)

    def _keep(self, task: asyncio.Task[Any], where: set[asyncio.Task[Any]]) -> asyncio.Task[Any]:
        where.add(task)
        task.add_done_callback(partial(self._ended, where))
        return task

    def _ended(self, where: set[asyncio.Task[Any]], task: asyncio.Task[Any]) -> None:
        where.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.logger.error("a task raised an exception", exc_info=task.exception())


async def _run(flow: Flow[None], counted: ClientLoad | None) -> None:
    try:
        await run_awaiting(flow)
    finally:
        if counted is not None:
            counted.handler_ended()
