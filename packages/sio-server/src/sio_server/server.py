"""`Server`: the documented Socket.IO server for threads, gevent and eventlet.

The blocking twin of `AsyncServer`: the same core, the same hooks, no
coroutines.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Any, Unpack

from sio_core import Request
from sio_core.engineio import Authorize
from sio_core.handlers.both_colours import blocking, blocking_as
from sio_core.socketio import Event

from .as_message import as_message
from .concurrency.primitives import Concurrency
from .dispatch.local_threads import BlockingLocalClients
from .dispatch.runners import run
from .dispatch.threads import BlockingAwaitedAck, BlockingDispatcher
from .drivers.admission.authorization import Verdict
from .drivers.calls import Calls
from .drivers.entrance import waited
from .drivers.threads.driver import Driver
from .engine_face import BlockingEngineFace
from .managers.local import AsyncManager, Manager
from .namespace_base import BlockingNamespaceBase
from .options import ServerOptions
from .patched.threads import BlockingPatching
from .server_methods import ServerMethods
from .serving.hosting import BlockingHosted
from .user_sessions import BlockingSessions


class Server(
    BlockingHosted,
    BlockingSessions[Manager, Driver[Event]],
    managers=(Manager, AsyncManager),
):
    """A `Server` serves Socket.IO clients of WSGI applications; any thread may call its methods.

    An application registers handlers, and gives the server to `WSGIApp`::

        sio = Server(cors_allowed_origins=["https://example.org"], ping_interval=10)

        @sio.event
        def connect(sid, environ, auth): ...

        @sio.on("add")
        def add(sid, first, second):
            return first + second  # the acknowledgement

        app = WSGIApp(sio)

    * `client_manager`: a `Manager`, which knows clients and rooms; None (default): a new one.
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

    _coroutines_go_to = "AsyncServer"
    _waits = staticmethod(waited)
    _new_patching = BlockingPatching

    def __init__(
        self,
        client_manager: Manager | None = None,
        logger: bool | logging.Logger | Any = False,
        serializer: Any = "default",
        json: Any = None,
        async_handlers: bool = True,
        always_connect: bool = False,
        namespaces: Collection[str] | str | None = None,
        **kwargs: Unpack[ServerOptions],
    ) -> None:
        handling = (async_handlers, always_connect, namespaces)
        super().__init__(client_manager, logger, serializer, json, *handling, **kwargs)
        self.eio: BlockingEngineFace = BlockingEngineFace(self, self._engine, self.concurrency)
        dispatcher = self._dispatcher = BlockingDispatcher(self, self._make_hooks())
        most = self.options.max_threads
        driver = self._make_driver(Driver, dispatcher, self.concurrency, max_threads=most)
        self._join(driver, Calls(driver, self._core), dispatcher, BlockingLocalClients)

    concurrency: Concurrency
    local: BlockingLocalClients
    """The clients of this process, for managers."""

    # Framework ------------------------------------------------------------

    def register_namespace(self, namespace_handler: BlockingNamespaceBase) -> None:
        """Register an object that handles all events of its namespace.

        For example `sio.register_namespace(Chat("/chat"))`. `namespace_handler` is an instance of a
        subclass of `Namespace`: anything else raises `ValueError`, and one with coroutine functions
        `TypeError`.
        """
        self._register_object(namespace_handler, BlockingNamespaceBase, "a Namespace")

    # Sending --------------------------------------------------------------

    @blocking_as(ServerMethods.emit)
    def emit(
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
        target = room if to is None else to
        if target is not None and type(target) is not str:
            self._check_target(target, namespace or "/")
        self.manager.emit(
            event,
            data,
            namespace or "/",
            room=target,
            skip_sid=skip_sid,
            callback=callback,
            ignore_queue=ignore_queue,
        )

    send = as_message(emit)

    call = blocking(ServerMethods.call)

    def _wait_for_answer(self, ask: Callable[..., Any], timeout: float | None) -> Any:
        return run(ask(BlockingAwaitedAck(self.driver, timeout)))

    # Rooms ----------------------------------------------------------------

    enter_room = blocking(ServerMethods.enter_room)
    leave_room = blocking(ServerMethods.leave_room)
    close_room = blocking(ServerMethods.close_room)

    # User sessions --------------------------------------------------------

    get_session = blocking(ServerMethods.get_session)
    save_session = blocking(ServerMethods.save_session)

    # Life -----------------------------------------------------------------

    disconnect = blocking(ServerMethods.disconnect)

    def shutdown(self, drain: float = 5.0) -> None:
        """Disconnect every client, let disconnect handlers finish, and stop the timer.

        New clients are turned away until it returns, after at most `drain` seconds, 5 by default.
        `WSGIApp` calls it when the web server stops.
        """
        self.driver.shutdown(drain, self._dispatcher.busy)
        self._close_manager()

    # Dispatch -------------------------------------------------------------

    def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
        """Call the handler of an event. Returns its result, or `not_handled`.

        Called for every event: `args` are `(sid, environ, auth)` for connect,
        `(sid, reason)` for disconnect, else `(sid, *arguments)`.
        """
        return run(self._trigger(event, namespace, args))

    _send_packet = blocking(ServerMethods._send_packet)
    _send_eio_packet = blocking(ServerMethods._send_eio_packet)
    _handle_eio_connect = blocking(ServerMethods._handle_eio_connect)
    _handle_eio_message = blocking(ServerMethods._handle_eio_message)
    _handle_eio_disconnect = blocking(ServerMethods._handle_eio_disconnect)

    def _authorize(self, step: Authorize, request: Request, environ: dict[str, Any]) -> Verdict:
        return run(self._authorization(step, environ))
