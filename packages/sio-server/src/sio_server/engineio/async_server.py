"""`AsyncServer`: a server of an application of Engine.IO on asyncio."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Unpack

from sio_core import Reason, Request
from sio_core.engineio import Authorize, Event, Session
from sio_core.handlers import Handler

from ..dispatch.runners import Flow, run_awaiting
from ..drivers.admission.authorization import Verdict
from ..drivers.asyncio.driver import Driver
from ..drivers.asyncio.entrance.client_load import ClientLoad
from ..engine_colours import AsyncEngineApi
from ..serving.hosting import AsyncHosted
from .application import Application
from .client import Client
from .options import EngineOptions


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

    def __init__(
        self,
        async_mode: str | None = None,
        ping_interval: float | tuple[float, float] = 25,
        ping_timeout: float = 20,
        max_http_buffer_size: int = 1_000_000,
        allow_upgrades: bool = True,
        http_compression: bool = True,
        compression_threshold: int = 1024,
        cookie: Any = None,
        cors_allowed_origins: Any = None,
        cors_credentials: bool | None = None,
        logger: bool | logging.Logger | Any = False,
        json: Any = None,
        async_handlers: bool = True,
        monitor_clients: bool | None = None,
        transports: Any = None,
        **kwargs: Unpack[EngineOptions],
    ) -> None:
        documented = {
            "ping_interval": ping_interval,
            "ping_timeout": ping_timeout,
            "max_http_buffer_size": max_http_buffer_size,
            "allow_upgrades": allow_upgrades,
            "http_compression": http_compression,
            "compression_threshold": compression_threshold,
            "cookie": cookie,
            "cors_allowed_origins": cors_allowed_origins,
            "cors_credentials": cors_credentials,
            "transports": transports,
        }
        super().__init__(documented, logger, json, async_handlers, kwargs)
        self._choose_mode(async_mode)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._background: set[asyncio.Task[Any]] = set()
        self.driver: Driver[Event] = Driver(
            self._engine,
            self._engine,
            self._dispatch,
            authorize=self._authorize,
            log=self.logger,
            max_running=self.options.max_running,
        )

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

    def _start_message(self, client: Client, session: Session, handler: Handler, data: Any) -> None:
        load: ClientLoad = session.driver
        load.handler_begun()
        self._start(load, self._handling(client, handler, data), load.handler_ended)

    def _start_end(self, client: Client, why: Reason) -> None:
        load = None if client.session is None else client.session.driver
        self._start(load, self._ending(client, why), lambda: None)

    def _start(self, load: ClientLoad | None, flow: Flow[None], end: Callable[[], None]) -> None:
        """Run a flow, in a task or with `async_handlers=False` after those of the same client."""
        coroutine = _run(flow, end)
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
                # A task of its own: to cancel that one must end no other handler.
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


async def _run(flow: Flow[None], end: Callable[[], None]) -> None:
    try:
        await run_awaiting(flow)
    finally:
        end()
