"""`AsyncServer`: the documented Socket.IO server for asyncio.

It joins four pieces: the core decides, the driver moves bytes, the manager
knows who is where, and this class calls the application's handlers.
"""

from __future__ import annotations

import asyncio
import builtins
import logging
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Hashable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Unpack

from sio_core import Request
from sio_core.engineio import Authorize
from sio_core.socketio import (
    AckReceived,
    Event,
    Socket,
)

from . import exceptions
from .dispatch.asyncio import Dispatcher
from .dispatch.awaited_ack import Call
from .drivers.asyncio.driver import Driver
from .drivers.asyncio.stepping import resolve
from .drivers.authorization import Verdict
from .managers.local import AsyncManager, Manager
from .managers.room_events import RoomEvents
from .namespace import AsyncNamespace
from .options import ServerOptions
from .serving.modes import ASYNC_MODES, Serve, check_mode, first_installed, load_serve
from .shared import ServerApi, check_manager


class AsyncServer(ServerApi[AsyncManager]):
    """A Socket.IO server for asyncio frameworks.

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
        self._serve: Serve | None = None
        if client_manager is None:
            client_manager = AsyncManager()
        check_manager(client_manager, AsyncManager, Manager, "AsyncServer")
        self._mode: str | None = None
        super().__init__(
            client_manager,
            logger,
            serializer,
            json,
            async_handlers,
            always_connect,
            namespaces,
            kwargs,
        )
        check_mode(self.options.async_mode, ASYNC_MODES)
        self._mode = self.options.async_mode
        self._dispatcher = Dispatcher(self, PLAIN_HOOKS)
        self._driver: Driver[Event] = Driver(
            self._engine,
            self._core,
            self._dispatcher,
            authorize=self._authorize,
            log=self._transport_log,
            max_running=self.options.max_running,
        )

    # Framework ------------------------------------------------------------

    @property
    def driver(self) -> Driver[Event]:
        """The driver, which adapters hand requests and WebSockets to."""
        return self._driver

    @property
    def async_mode(self) -> str:
        """The name of the async mode: the one asked for, or the first that is installed."""
        if self._mode is None:
            self._mode = first_installed(ASYNC_MODES) or "asgi"
        return self._mode

    def bind(self, mode: str, serve: Serve) -> None:
        """Serve requests of the async mode `mode` by the function `serve`: for adapters."""
        self._mode = mode
        self._serve = serve

    async def handle_request(self, *args: Any, **kwargs: Any) -> Any:
        """Serve one request of the framework.

        `args` and `kwargs` are those of the async mode: under ASGI `(scope, receive, send)`.
        `ASGIApp` calls it; call it yourself to put the server under a path of your own.
        """
        if self._serve is None:
            self._serve = load_serve(self.async_mode)
        return await self._serve(self, *args, **kwargs)

    def attach(self, app: Any, socketio_path: str = "socket.io") -> None:
        """Attach the server to the application of a framework that has routes to add.

        `app` is the framework's application, `socketio_path` the path of the endpoint. Raises
        `ValueError` where the async mode has none: there use the application that it has.
        """
        if self._serve is None:
            self._serve = load_serve(self.async_mode)
        attach = getattr(self._serve, "attach", None)
        if attach is None:
            raise ValueError(f"async_mode {self.async_mode!r} has no attach: use its application")
        attach(self, app, socketio_path)

    def register_namespace(self, namespace_handler: AsyncNamespace) -> None:
        """Register an object that handles all events of its namespace.

        For example `sio.register_namespace(Chat("/chat"))`. `namespace_handler` is an instance of a
        subclass of `AsyncNamespace`: anything else raises `ValueError`.
        """
        if not isinstance(namespace_handler, AsyncNamespace):
            raise ValueError("register_namespace takes an instance of an AsyncNamespace subclass")
        self._register_object(namespace_handler)

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

    async def send(
        self,
        data: Any,
        to: Any = None,
        room: Any = None,
        skip_sid: str | Collection[str] | None = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
        ignore_queue: bool = False,
    ) -> None:
        """Send an event with the name `message`: `emit` with all its other arguments.

        For example `await sio.send("hello", to=sid)`. `data`, `to`, `room`, `skip_sid`,
        `namespace`, `callback` and `ignore_queue` are those of `emit`, and so is what it raises.
        """
        await self.emit(
            "message",
            data=data,
            to=to,
            room=room,
            skip_sid=skip_sid,
            namespace=namespace,
            callback=callback,
            ignore_queue=ignore_queue,
        )

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
        recipient = sid if to is None else to
        if recipient is None:
            raise ValueError("call() needs a recipient: it cannot broadcast")
        if not self.async_handlers:
            raise RuntimeError("call() cannot be used when async_handlers is False")
        call = Call()
        load = self._load_of(recipient, namespace)
        if load is not None:
            load.call_begun()
        try:
            async with asyncio.timeout(timeout):
                await self.emit(
                    event,
                    data=data,
                    to=recipient,
                    namespace=namespace,
                    callback=call,
                    ignore_queue=ignore_queue,
                )
                args = await call.answer
        except exceptions.TimeoutError:
            raise  # the client left: the exception says so
        except builtins.TimeoutError:
            raise exceptions.TimeoutError() from None
        finally:
            if load is not None:
                load.call_ended()
            socket = self._core.find(recipient, namespace or "/")
            if socket is not None:
                self._core.forget_ack(socket, call.ack_id)
        if not args:
            return None
        return args[0] if len(args) == 1 else args

    def _emit_with_callback(
        self,
        event: str,
        args: list[Any],
        namespace: str,
        to: list[Hashable] | None,
        skip: Collection[str],
        callback: Callable[..., Any],
    ) -> int:
        core = self._core
        if not core.reaches(event, namespace=namespace, to=to, skip=skip):
            return 0
        ack_id = core.next_ack_id(namespace)
        if isinstance(callback, Call):
            callback.ack_id = ack_id
        message = core.prepare_event(event, args, namespace=namespace, ack_id=ack_id)
        return self._driver.call(
            core.deliver_with_ack,
            message,
            ack_id,
            callback,
            namespace=namespace,
            to=to,
            skip=skip,
        )

    async def _emit_local(
        self,
        event: str,
        args: list[Any],
        namespace: str,
        to: list[Hashable] | None,
        skip: Collection[str],
        callback: Callable[..., Any] | None,
    ) -> None:
        """Send to the clients of this process; for managers."""
        if self.journal.detailed():
            self._note_emit(event, namespace, to, skip)
        if callback is None:
            self._core.emit(event, args, namespace=namespace, to=to, skip=skip)
            self._driver.settle()
        else:
            reached = self._emit_with_callback(event, args, namespace, to, skip, callback)
            if not reached and isinstance(callback, Call) and type(self.manager) is AsyncManager:
                callback.abort()
        if to is not None and len(to) == 1:
            socket = self._core.find(str(to[0]), namespace)
            if socket is not None and socket.session.outbound_full and type(callback) is not Call:
                await self._driver.wait_output_taken(socket.session)
                return
        if self._driver.writers or self._engine.any_outbound_full:
            await self._driver.let_others_run()

    # Rooms and sessions ---------------------------------------------------

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

    async def get_session(self, sid: str, namespace: str | None = None) -> dict[str, Any]:
        """Return the user session of a client: a dictionary that is the application's to fill.

        For example `await sio.get_session(sid)`. `sid` is a client of `namespace` (None: `/`),
        which has a session of its own there. The dictionary is live, kept in the memory of this
        process, and gone when the disconnect handler has returned. Raises `KeyError` for a sid that
        is not connected.
        """
        return self._user_session(sid, namespace)

    async def save_session(
        self, sid: str, session: dict[str, Any], namespace: str | None = None
    ) -> None:
        """Replace the user session of a client by the dictionary `session`.

        `sid` is a client of `namespace` (None: `/`). Raises `KeyError` for a sid that is not
        connected.
        """
        self._socket(sid, namespace).data = session

    @asynccontextmanager
    async def _session(self, sid: str, namespace: str | None) -> AsyncIterator[dict[str, Any]]:
        session = await self.get_session(sid, namespace=namespace)
        try:
            yield session
        finally:
            if self._core.find(sid, namespace or "/") is not None:
                await self.save_session(sid, session, namespace=namespace)

    def session(
        self, sid: str, namespace: str | None = None
    ) -> AbstractAsyncContextManager[dict[str, Any]]:
        """Return a client's user session as an asynchronous context manager that saves it.

        For example::

            async with sio.session(sid) as session:
                session["name"] = "Ann"

        `sid` is a client of `namespace` (None: `/`). Raises `KeyError` for a sid that is not
        connected.
        """
        return self._session(sid, namespace)

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
        manager knows of some. Returns after the disconnect handler has run; a client whose connect
        handler still runs is disconnected when that has returned. A client that is told so does not
        connect again by itself.
        """
        namespace = namespace or "/"
        if ignore_queue or close or await self.manager.can_disconnect(sid, namespace):
            await self._disconnect_local(sid, namespace, close=close)

    async def _disconnect_local(self, sid: str, namespace: str, *, close: bool = False) -> None:
        socket = self._core.find(sid, namespace)
        if socket is None:
            return
        events = self._driver.call(self._core.disconnect, socket, self._driver.now(), close=close)
        await self._dispatcher.left(events)

    def start(self) -> None:
        """Take new clients again after a `shutdown`.

        The start of an application's lifespan calls it, and so does the first request that comes
        after a shutdown is over.
        """
        self._driver.start()

    async def shutdown(self, drain: float = 5.0) -> None:
        """Disconnect every client, let handlers finish, and stop the timer.

        New clients are turned away from now on until `start`. Returns after at most `drain`
        seconds, 5 by default, in which clients fetch what was sent to them. `ASGIApp` calls it when
        the web server stops. Background tasks are the application's to end.
        """
        await self._driver.shutdown(drain, self._dispatcher.tasks)

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
        handler, full = self._get_event_handler(event, namespace, args)
        if handler is not None:
            fitting = self._fit(event, handler, full)
            if fitting is None:
                return self._misfit(event, handler, len(full))
            return await resolve(handler(*fitting))
        target, full = self._get_namespace_handler(namespace, args)
        if target is not None:
            return await target.trigger_event(event, *full)
        return self.not_handled

    def _run_room_events(self, events: RoomEvents) -> None:
        """Have the handlers of a manager run soon."""
        task = asyncio.get_running_loop().create_task(self._call_room_handlers(events))
        self._dispatcher.keep(task, "room events")

    async def _call_room_handlers(self, events: RoomEvents) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            while (found := events.next()) is not None:
                name, handler, args = found
                try:
                    await resolve(handler(*args))
                except (Exception, asyncio.CancelledError) as error:
                    if task.cancelling():
                        raise
                    self._log_raised(name, "", error, self._driver.now())
        finally:
            events.rest()

    async def _trigger_callback(self, socket: Socket, ack_id: int, data: Any) -> bool:
        """Answer a pending acknowledgement from elsewhere; false if nobody waits for it."""
        found = self._core.take_ack(socket, ack_id)
        if found is None:
            return False
        self._dispatcher(AckReceived(socket, found, list(data)))
        return True

    # Authorization --------------------------------------------------------

    async def _authorize(
        self, step: Authorize, request: Request, environ: dict[str, Any]
    ) -> Verdict:
        """Ask the application's functions about an origin, a handshake and a session id."""
        try:
            if step.origin is not None:
                return Verdict(await self._ask_origin(step.origin, environ))
            if self.options.allow_request is not None:
                answer = await resolve(self.options.allow_request(environ))
                if answer is not None and answer is not True:
                    return Verdict(False, message=answer if isinstance(answer, str) else "")
            sid = ""
            if self.options.generate_id is not None:
                sid = str(await resolve(self.options.generate_id()))
            return Verdict(True, sid=sid)
        except Exception as error:
            self._log_decision_raised(error, self._driver.now())
            return Verdict(False)

    async def _ask_origin(self, origin: str, environ: dict[str, Any]) -> bool:
        decide = self.options.origins
        assert decide is not None
        args = (origin, environ) if self._shape(decide).suits(2) else (origin,)
        return bool(await resolve(decide(*args)))


PLAIN_HOOKS = (AsyncServer._trigger_event, AsyncServer._get_event_handler)
"""To tell whether an application put functions of its own in the place of these hooks."""
