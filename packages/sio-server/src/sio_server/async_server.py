"""`AsyncServer`: the documented Socket.IO server for asyncio.

It joins four pieces: the core decides, the driver moves bytes, the manager
knows who is where, and this class calls the application's handlers.
"""

from __future__ import annotations

import asyncio
import builtins
import logging
from collections.abc import Callable, Collection, Coroutine
from typing import Any, Unpack

from sio_core import Request
from sio_core.engineio import Authorize
from sio_core.socketio import Event

from . import exceptions
from .as_message import as_message
from .dispatch.asyncio import AsyncAwaitedAck, Dispatcher
from .dispatch.local_asyncio import AsyncLocalClients
from .dispatch.runners import run_awaiting
from .drivers.admission.authorization import Verdict
from .drivers.asyncio.driver import Driver
from .drivers.asyncio.entrance.entrance import AsyncCalls
from .drivers.entrance import awaited
from .engine_face import EngineFace
from .managers.local import AsyncManager, Manager
from .namespace_base import AsyncNamespaceBase
from .options import ServerOptions
from .patched.asyncio import AsyncPatching
from .server_methods import ServerMethods
from .serving.hosting import AsyncHosted


class AsyncServer(AsyncHosted, ServerMethods[Driver[Event]], managers=(AsyncManager, Manager)):
    """An `AsyncServer` serves Socket.IO clients on asyncio: make one for each process.

    An application registers handlers, and gives the server to `ASGIApp`::

        sio = AsyncServer(cors_allowed_origins=["https://example.org"], ping_interval=10)

        @sio.event
        async def connect(sid, environ, auth): ...

        @sio.on("add")
        async def add(sid, first, second):
            return first + second  # the acknowledgement

        app = ASGIApp(sio)

    * `client_manager`: an `AsyncManager`, which knows clients and rooms; None (default): a new one.
    * `logger`, and the option `engineio_logger`: False (default) for warnings and errors, True for
      information too, or a logger.
    * `serializer`: `"default"` (JSON), `"msgpack"`, `"cbor"`, or a parser; clients must use the
      same.
    * `json`: an object with `dumps` and `loads`, or a codec of `sio_core.json`, for JSON; None
      (default): msgspec where it is installed, else the standard library.
    * `async_handlers`: True (default) handles the events of one client at the same time, False one
      after the other.
    * `always_connect`: True accepts clients before their connect handler runs; False is the
      default.
    * `namespaces`: names to accept beside those with handlers, or `"*"` for all; None (default):
      `/`.
    * `kwargs`: the options of `ServerOptions`.

    Raises `ValueError` or `TypeError` for a value that cannot be; warns of a name that is no
    option.
    """

    _waits = staticmethod(awaited)
    _new_patching = AsyncPatching

    def __init__(
        self,
        client_manager: AsyncManager | None = None,
        logger: bool | logging.Logger | Any = False,
        json: Any = None,
        async_handlers: bool = True,
        namespaces: Collection[str] | str | None = None,
        *,
        serializer: Any = "default",
        always_connect: bool = False,
        **kwargs: Unpack[ServerOptions],
    ) -> None:
        handling = (async_handlers, always_connect, namespaces)
        super().__init__(client_manager, logger, serializer, json, *handling, **kwargs)
        self.eio: EngineFace = EngineFace(self, self._engine)
        self._dispatcher = Dispatcher(self, self._make_hooks())
        driver = self._make_driver(Driver, self._dispatcher)
        calls = AsyncCalls(driver, self._core)
        self._join(driver, calls, self._dispatcher, AsyncLocalClients)

    local: AsyncLocalClients
    """The clients of this process, for managers."""

    # Framework ------------------------------------------------------------

    def is_asyncio_based(self) -> bool:
        """Return whether the methods are coroutines: True."""
        return True

    def attach(self, app: Any, socketio_path: str = "socket.io") -> None:
        """Attach the server to an application of aiohttp or Sanic, at the path of the endpoint.

        For example `sio.attach(web.Application())`. `app` is the application, before or after its
        own routes were added, `socketio_path` the path, `"socket.io"` by default. Raises
        `ValueError` with what to do instead for any other application, for one that does not
        belong to the `async_mode` that the server was made with, and where the distribution of
        the framework is not installed.
        """
        self._attach(app, socketio_path)

    def register_namespace(self, namespace_handler: AsyncNamespaceBase) -> None:
        """Register an object that handles all events of its namespace.

        For example `sio.register_namespace(Chat("/chat"))`. `namespace_handler` is an instance of a
        subclass of `AsyncNamespace`: anything else raises `ValueError`.
        """
        self._register_object(namespace_handler, AsyncNamespaceBase, "an AsyncNamespace")

    # Sending --------------------------------------------------------------

    send = as_message(ServerMethods.emit)

    async def _wait_for_answer(self, ask: Callable[..., Any], timeout: float | None) -> Any:
        try:
            async with asyncio.timeout(timeout):
                return await run_awaiting(ask(AsyncAwaitedAck()))
        except exceptions.TimeoutError:
            raise  # the client left: the exception says so
        except builtins.TimeoutError:
            raise exceptions.TimeoutError() from None

    # Life -----------------------------------------------------------------

    async def shutdown(self, drain: float = 5.0) -> None:
        """Disconnect every client, let handlers finish, and stop the timer.

        New clients are turned away from now on until `start`. Returns after at most `drain`
        seconds, 5 by default, in which clients fetch what was sent to them. `ASGIApp` calls it when
        the web server stops. Background tasks are the application's to end.
        """
        await self.driver.shutdown(drain, self._dispatcher.tasks)
        await self._dispatcher.end_idle()
        await self._close_manager()

    def start_background_task(
        self, target: Callable[..., Coroutine[Any, Any, Any]], *args: Any, **kwargs: Any
    ) -> asyncio.Task[Any]:
        """Run a coroutine function as a task. Returns the task.

        `target` is called with `args` and `kwargs`. What it raises is logged; `shutdown` does not
        wait for it.
        """
        task = asyncio.ensure_future(target(*args, **kwargs))
        return self._dispatcher.keep_background(task)

    # Dispatch -------------------------------------------------------------

    async def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
        """Call the handler of an event. Returns its result, or `not_handled`.

        Called for every event: `args` are `(sid, environ, auth)` for connect,
        `(sid, reason)` for disconnect, else `(sid, *arguments)`.
        """
        return await run_awaiting(self._trigger(event, namespace, args))

    async def _authorize(
        self, step: Authorize, request: Request, environ: dict[str, Any]
    ) -> Verdict:
        return await run_awaiting(self._authorization(step, environ))
