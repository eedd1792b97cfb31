"""What `Server` and `AsyncServer` have in common: everything without I/O or colour.

Registration of handlers, construction of the core, look-ups by sid, logging.
How handlers are called, and everything that sends, belongs to the two servers.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from sio_core import engineio, socketio
from sio_core.reasons import reason
from sio_core.socketio import CallShape, HandlerTable, Socket, call_shape
from sio_core.socketio.handlers import ANY, Handler

from .eio import EngineFace, EnvironByEngineSid
from .logs import resolve_logger
from .options import Options, generate_id, read_options
from .proxies import TrustedProxies

if TYPE_CHECKING:
    from .room_events import RoomEvents

HandlerT = TypeVar("HandlerT", bound=Handler)
ManagerT = TypeVar("ManagerT")
ResultT = TypeVar("ResultT")


class ServerApi(ABC, Generic[ManagerT]):
    """The shared half of the servers; applications use `Server` or `AsyncServer`."""

    reason = reason
    reserved_events = ("connect", "disconnect")

    manager: ManagerT

    def __init__(
        self,
        client_manager: ManagerT,
        logger: bool | logging.Logger | Any,
        serializer: Any,
        json: Any,
        async_handlers: bool,
        always_connect: bool,
        namespaces: Collection[str] | str | None,
        kwargs: Mapping[str, Any],
    ) -> None:
        self.logger = resolve_logger(logger, "socketio.server")
        self.options: Options = read_options(kwargs, serializer=serializer, json=json)
        self.async_handlers = async_handlers
        self.always_connect = always_connect
        self.namespaces: Collection[str] | str = ["/"] if namespaces is None else namespaces
        self.not_handled = object()
        self._table = HandlerTable()
        self._shapes: dict[Handler, CallShape] = {}
        self._error_handlers: dict[str, Handler] = {}
        self._misfits: set[str] = set()
        self.proxies = TrustedProxies(self.options.trusted_proxies)
        self._engine = engineio.Server(self.options.engine, new_sid=generate_id)
        self._core = socketio.Server(
            self._engine,
            self.options.core,
            new_id=generate_id,
            parser=self.options.parser,
            accepts=self._accepts,
        )
        self._environ = EnvironByEngineSid(self._engine)
        self.eio = EngineFace(self, self._engine)
        self.manager = client_manager
        self._manager_initialized = False
        self._set_manager(client_manager)
        if self.options.ignored:
            self.logger.debug("ignored arguments: %s", ", ".join(self.options.ignored))

    def _set_manager(self, manager: Any) -> None:
        manager.set_server(self)

    # Registration ---------------------------------------------------------

    @property
    def handlers(self) -> dict[str, dict[str, Handler]]:
        """Handler functions by namespace and event."""
        return self._table.functions

    @property
    def namespace_handlers(self) -> dict[str, Any]:
        """Class-based namespaces by name."""
        return self._table.objects

    @overload
    def on(
        self, event: str, handler: None = None, namespace: str | None = None
    ) -> Callable[[HandlerT], HandlerT]: ...

    @overload
    def on(self, event: str, handler: Handler, namespace: str | None = None) -> None: ...

    def on(self, event: str, handler: Any = None, namespace: str | None = None) -> Any:
        """Register `handler` for `event`; without `handler`, return a decorator that does.

        `"*"` as the event takes every event without a handler of its own, and is
        given the event's name first; `"*"` as the namespace takes every
        namespace without handlers, and is given the namespace's name. A connect
        handler takes `(sid, environ)` or `(sid, environ, auth)`, a disconnect
        handler `(sid)` or `(sid, reason)`, any other `(sid, *arguments)`.
        """

        def register(function: HandlerT) -> HandlerT:
            if not callable(function):
                raise TypeError(f"the handler of {event!r} must be callable, not {function!r}")
            self._table.add(namespace or "/", event, function)
            self._shape(function)
            return function

        return register if handler is None else register(handler) and None

    def event(self, *args: Any, **kwargs: Any) -> Any:
        """Decorator that registers a function for the event of its own name.

        Use it bare, or with arguments: `@sio.event(namespace="/chat")`.
        """
        if len(args) == 1 and not kwargs and callable(args[0]):
            return self.on(args[0].__name__)(args[0])

        def register(function: HandlerT) -> HandlerT:
            self.on(function.__name__, *args, **kwargs)(function)
            return function

        return register

    def on_error(self, handler: Any = None, namespace: str | None = None) -> Any:
        """Register a handler for exceptions of the event handlers of one namespace.

        It is called with `(exception, event, sid, args)`, and what it returns is
        the acknowledgement of the event. Without it the exception is logged.
        Without `handler`, returns a decorator.
        """

        def register(function: HandlerT) -> HandlerT:
            self._error_handlers[namespace or "/"] = function
            return function

        return register if handler is None else register(handler)

    def on_error_default(self, handler: Any = None) -> Any:
        """Register a handler for exceptions in namespaces that have none of their own."""
        return self.on_error(handler, namespace=ANY)

    def instrument(self, *args: Any, **kwargs: Any) -> Any:
        """Reserved for the Admin UI. Raises NotImplementedError: this version does not have it."""
        raise NotImplementedError(
            "instrument(): the Admin UI is to come in a later version of sio-server"
        )

    def _register_object(self, namespace_handler: Any) -> None:
        namespace_handler._set_server(self)
        self._table.objects[namespace_handler.namespace] = namespace_handler

    def _accepts(self, namespace: str) -> bool:
        """True if clients may connect to `namespace`."""
        accepted = self.namespaces
        return accepted == ANY or namespace in accepted or namespace in self._table.namespaces()

    # Look-ups -------------------------------------------------------------

    def rooms(self, sid: str, namespace: str | None = None) -> list[Any]:
        """The rooms that a client is in; it is still in them in its disconnect handler."""
        manager: Any = self.manager
        rooms: list[Any] = manager.get_rooms(sid, namespace or "/")
        return rooms

    def transport(self, sid: str, namespace: str | None = None) -> str:
        """The client's transport, `"polling"` or `"websocket"`. Raises KeyError for a stranger."""
        return self._socket(sid, namespace).session.transport

    def get_environ(self, sid: str, namespace: str | None = None) -> dict[str, Any] | None:
        """The WSGI environment of the request that connected the client, or None."""
        socket = self._core.find(sid, namespace or "/")
        return None if socket is None else socket.session.driver.environ

    @property
    def environ(self) -> EnvironByEngineSid:
        """The WSGI environments by Engine.IO session id."""
        return self._environ

    @property
    @abstractmethod
    def async_mode(self) -> str:
        """The name of the async mode in use."""

    def _socket(self, sid: str, namespace: str | None) -> Socket:
        socket = self._core.find(sid, namespace or "/")
        if socket is None:
            raise KeyError(f"no client {sid!r} in namespace {namespace or '/'!r}")
        return socket

    def _user_session(self, sid: str, namespace: str | None) -> dict[str, Any]:
        socket = self._socket(sid, namespace)
        if socket.data is None:
            socket.data = {}
        return socket.data

    # Handlers -------------------------------------------------------------

    def _shape(self, handler: Handler) -> CallShape:
        """How `handler` may be called; read from its signature once."""
        try:
            shape = self._shapes.get(handler)
        except TypeError:  # not hashable: read it each time
            return call_shape(handler)
        if shape is None:
            shape = self._shapes[handler] = call_shape(handler)
        return shape

    def _error_handler(self, namespace: str) -> Handler | None:
        return self._error_handlers.get(namespace) or self._error_handlers.get(ANY)

    def _get_event_handler(
        self, event: str, namespace: str, args: tuple[Any, ...]
    ) -> tuple[Handler | None, tuple[Any, ...]]:
        """The function for an event and its arguments, catch-all names in front."""
        found = self._table.resolve(namespace, event)
        if found is None:
            return None, args
        return found[0], (*found[1], *args)

    def _get_namespace_handler(
        self, namespace: str, args: tuple[Any, ...]
    ) -> tuple[Any | None, tuple[Any, ...]]:
        """The class-based namespace for `namespace`, and its arguments."""
        found = self._table.resolve_object(namespace)
        if found is None:
            return None, args
        return found[0], (*found[1], *args)

    def _fit(self, event: str, handler: Handler, args: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The arguments that `handler` takes of `args`, or None if it cannot be called so.

        A connect handler may leave out `auth`, a disconnect handler `reason`, any
        other all of them.
        """
        shape = self._shape(handler)
        if shape.takes(len(args)):
            return args
        if event in self.reserved_events and shape.takes(len(args) - 1):
            return args[:-1]
        if event == "connect" and shape.takes(len(args) + 1):
            return (*args, None)
        if shape.most == 0 and event not in self.reserved_events:
            return ()
        return None

    def _misfit(self, event: str, handler: Any, count: int) -> Any:
        """What a handler that cannot be called returns: a connect handler refuses."""
        self._log_misfit(event, handler, count)
        return False if event == "connect" else self.not_handled

    def _log_misfit(self, event: Any, handler: Any, count: int) -> None:
        """Say that a handler does not take what came: loudly once, for clients could repeat it."""
        name = getattr(handler, "__qualname__", type(handler).__name__)
        level = logging.WARNING if name in self._misfits else logging.ERROR
        self._misfits.add(name)
        self.logger.log(
            level, "event %.100r: handler %s cannot be called with %d arguments", event, name, count
        )

    def _initialize_manager(self) -> None:
        """Let the manager begin, before the first client connects."""
        if not self._manager_initialized:
            self._manager_initialized = True
            manager: Any = self.manager
            manager.initialize()

    # For managers ---------------------------------------------------------

    def _read(self, look: Callable[[], ResultT]) -> ResultT:
        """What `look` finds in the core, which does not change meanwhile."""
        return look()

    @abstractmethod
    def _run_room_events(self, events: RoomEvents) -> None:
        """Have the handlers of a manager run soon."""


def recipients(to: Any, room: Any) -> list[Hashable] | None:
    """The rooms that `to` and its alias `room` name: None for everyone, an empty list for nobody.

    Only None means everyone: an empty name or list reaches nobody.
    """
    target = room if to is None else to
    if target is None:
        return None
    if isinstance(target, list | tuple | set | frozenset):
        return [name for name in target if name is not None]
    return [target]


def sids(skip_sid: str | Collection[str] | None) -> Collection[str]:
    """The session ids to skip."""
    if skip_sid is None:
        return ()
    return (skip_sid,) if isinstance(skip_sid, str) else skip_sid
