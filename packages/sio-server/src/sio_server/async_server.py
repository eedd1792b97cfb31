"""`AsyncServer`: the documented Socket.IO server for asyncio.

It joins four pieces: the core decides, the driver moves bytes, the manager
knows who is where, and this class calls the application's handlers.
"""

from __future__ import annotations

import asyncio
import builtins
import logging
from collections.abc import Callable, Collection, Coroutine, Hashable
from typing import Any, Unpack

from sio_core import Request
from sio_core.engineio import Authorize
from sio_core.socketio import Event

from . import exceptions
from .as_message import as_message
from .dispatch.asyncio import AsyncAwaitedAck, Dispatcher
from .dispatch.local_asyncio import AsyncLocalClients
from .dispatch.runners import run_awaiting
from .drivers.asyncio.driver import Driver
from .drivers.asyncio.entrance.entrance import AsyncCalls
from .drivers.authorization import Verdict
from .managers.local import AsyncManager, Manager
from .namespace_base import AsyncNamespaceBase
from .options import ServerOptions
from .serving.modes import (
    ASYNC_MODES,
    Serve,
    attaching_mode,
    check_mode,
    first_installed,
    load_attach,
)
from .user_sessions import AwaitedSessions


class AsyncServer(AwaitedSessions[AsyncManager, Driver[Event]], managers=(AsyncManager, Manager)):
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
        super().__init__(client_manager, logger, serializer, json, kwargs)
        self._handle(async_handlers, always_connect, namespaces)
        check_mode(self.options.async_mode, ASYNC_MODES)
        self._mode = self.options.async_mode or ""
        self._dispatcher = Dispatcher(self, self._make_hooks())
        driver = self._make_driver(Driver, self._dispatcher)
        calls = AsyncCalls(driver, self._core)
        self._join(driver, calls, self._dispatcher, AsyncLocalClients)

    local: AsyncLocalClients
    """The clients of this process, for managers."""

    # Framework ------------------------------------------------------------

    @property
    def async_mode(self) -> str:
        """Return the name of the async mode: the one asked for, or the first that is installed."""
        if not self._mode:
            self._mode = first_installed(ASYNC_MODES) or "asgi"
        return self._mode

    def bind(self, mode: str, serve: Serve) -> None:
        """Serve requests of the async mode `mode` by the function `serve`: for adapters."""
        self._mode, self._serve = mode, serve

    async def handle_request(self, *args: Any, **kwargs: Any) -> Any:
        """Serve one request of the framework.

        `args` and `kwargs` are those of the async mode: under ASGI `(scope, receive, send)`.
        `ASGIApp` calls it; call it yourself to put the server under a path of your own.
        """
        return await (self._serve or self._load_serve())(self, *args, **kwargs)

    def attach(self, app: Any, socketio_path: str = "socket.io") -> None:
        """Attach the server to an application of aiohttp or Sanic, at the path of the endpoint.

        For example `sio.attach(web.Application())`. `app` is the application, before or after its
        own routes were added, `socketio_path` the path, `"socket.io"` by default. Raises
        `ValueError` with what to do instead for any other application, for one that does not
        belong to the `async_mode` that the server was made with, and where the distribution of
        the framework is not installed.
        """
        mode = attaching_mode(app, self.options.async_mode)
        load_attach(mode)(self, app, socketio_path)

    def register_namespace(self, namespace_handler: AsyncNamespaceBase) -> None:
        """Register an object that handles all events of its namespace.

        For example `sio.register_namespace(Chat("/chat"))`. `namespace_handler` is an instance of a
        subclass of `AsyncNamespace`: anything else raises `ValueError`.
        """
        self._register_object(namespace_handler, AsyncNamespaceBase, "an AsyncNamespace")

    # Sending --------------------------------------------------------------

    async def emit(
        self,
        event: str,
        data: Any = None,
        to: Any = None,
        room: Any = None,
        skip_sid: str | Collection[str] | None = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
        ignore_queue: bool = False,
    ) -> None:
        """Send an event to one client, to the clients in rooms, or to everyone.

        For example::

            await sio.emit("news", {"text": "it rains"}, namespace="/weather")
            await sio.emit("move", (3, 4), room="game 7", skip_sid=sid)  # two arguments

        * `event`: the name; those of the API, such as `connect`, are reserved.
        * `data`: the one argument, a tuple of several, or None (default) for none. Bytes may be
          anywhere in it.
        * `to`, or its other name `room`: the sid of a client, a room, or a list of these; None
          (default): everyone in the namespace. An empty list is nobody.
        * `skip_sid`: a sid, or a list of them, of clients that do not get it.
        * `namespace`: None (default) is `/`.
        * `callback`: a function or coroutine function that is called with the arguments of each
          client's acknowledgement.
        * `ignore_queue`: True reaches clients of this process only, where a manager knows of
          others.

        Raises `ValueError` for a reserved name and for data that cannot be encoded, `TypeError` for
        what cannot be a room. Where there is a single recipient, this waits while more than half of
        what may be queued for it is; a client that takes nothing for `slow_client_timeout` seconds
        is disconnected.
        """
        target = room if to is None else to
        if target is not None and type(target) is not str:
            self._check_target(target, namespace or "/")
        await self.manager.emit(
            event,
            data,
            namespace or "/",
            room=target,
            skip_sid=skip_sid,
            callback=callback,
            ignore_queue=ignore_queue,
        )

    send = as_message(emit)

    async def call(
        self,
        event: str,
        data: Any = None,
        to: str | None = None,
        sid: str | None = None,
        namespace: str | None = None,
        timeout: float | None = 60,
        ignore_queue: bool = False,
    ) -> Any:
        """Send an event to one client and wait for its acknowledgement.

        For example::

            answer = await sio.call("ready?", to=sid, timeout=5)

        * `event`, `data`, `namespace`, `ignore_queue`: as for `emit`.
        * `to`, or its other name `sid`: the sid of the client.
        * `timeout`: seconds, 60 by default; None: no limit.

        Returns None, the one value, or a tuple of several. Raises `TimeoutError` of
        `sio_server.exceptions` when the time is over, and `CallAbortedError`, which is one, at once
        when the client disconnects; `ValueError` without a recipient, and for what `emit` refuses;
        `RuntimeError` with `async_handlers=False`, where the answer could not be read meanwhile.
        """
        awaited = AsyncAwaitedAck()
        flow = self._calling(awaited, event, data, to, sid, namespace, ignore_queue)
        try:
            async with asyncio.timeout(timeout):
                return await run_awaiting(flow)
        except exceptions.TimeoutError:
            raise  # the client left: the exception says so
        except builtins.TimeoutError:
            raise exceptions.TimeoutError() from None

    # Rooms ----------------------------------------------------------------

    async def enter_room(self, sid: str, room: Hashable, namespace: str | None = None) -> None:
        """Put a client into a room, which exists from its first member on.

        For example `await sio.enter_room(sid, "game 7")`. `sid` is a client of `namespace` (None:
        `/`); `room` is any value that can be hashed, but None. Raises `ValueError` for a sid that
        is not connected, and for a room that is the sid of another client: a program may take the
        names of rooms from its clients.
        """
        await self.manager.enter_room(sid, namespace or "/", room)

    async def leave_room(self, sid: str, room: Hashable, namespace: str | None = None) -> None:
        """Take a client out of a room; the last one out ends the room.

        `sid` is a client of `namespace` (None: `/`). A client that is not in `room` is left as it
        is.
        """
        await self.manager.leave_room(sid, namespace or "/", room)

    async def close_room(self, room: Hashable, namespace: str | None = None) -> None:
        """Take every client of `namespace` (None: `/`) out of a room.

        Raises `ValueError` for a `room` that is the sid of a client.
        """
        await self.manager.close_room(room, namespace or "/")

    # Life -----------------------------------------------------------------

    async def disconnect(
        self,
        sid: str,
        namespace: str | None = None,
        ignore_queue: bool = False,
        *,
        close: bool = False,
    ) -> None:
        """Disconnect a client from a namespace, or with `close` end its whole connection.

        For example `await sio.disconnect(sid)`. `sid` is a client of `namespace` (None: `/`); a sid
        that is not connected is ignored. With `ignore_queue` other processes are not asked, where a
        manager knows of some. Returns after the disconnect handler has run; with `close`,
        after those of all namespaces of the client, one after another. A client whose connect
        handler still runs is disconnected when that has returned. A client that is told so does not
        connect again by itself.
        """
        if ignore_queue or close or await self.manager.can_disconnect(sid, namespace or "/"):
            await self.local.disconnect(sid, namespace or "/", close=close)

    async def shutdown(self, drain: float = 5.0) -> None:
        """Disconnect every client, let handlers finish, and stop the timer.

        New clients are turned away from now on until `start`. Returns after at most `drain`
        seconds, 5 by default, in which clients fetch what was sent to them. `ASGIApp` calls it when
        the web server stops. Background tasks are the application's to end.
        """
        await self.driver.shutdown(drain, self._dispatcher.tasks)
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

    async def sleep(self, seconds: float = 0) -> None:
        """Wait for `seconds`, 0 by default, while other tasks run."""
        await asyncio.sleep(seconds)

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
