"""What `Server` and `AsyncServer` have in common: everything without I/O or colour.

Construction of the core, handlers of errors, look-ups by sid, logging; the
registration of handlers comes from sio_core. How handlers are called, and
everything that sends, belongs to the two servers.
"""

from __future__ import annotations

import logging
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar, overload

from sio_core import engineio, socketio
from sio_core.engineio import Authorize
from sio_core.handlers import ANY, CallShape, Handler, HandlerT, Registration, check_namespace
from sio_core.reasons import reason
from sio_core.socketio import EventReceived, HandlerTable, Socket

from .dispatch.application import Hooks
from .dispatch.runners import Flow
from .drivers.authorization import Verdict
from .drivers.calls import Calls
from .engine_face import EngineFace, EnvironByEngineSid
from .log.journal import Journal
from .log.loggers import resolve_logger
from .managers.heard import heard
from .options import Options, generate_id, read_options
from .serving.proxies import TrustedProxies

AS_TUPLE = 'two arguments are sent as a tuple, emit("name", (first, second))'

ManagerT = TypeVar("ManagerT")


def check_manager(manager: Any, own: type, other: type, owner: str) -> None:
    """Raise TypeError for what is no manager, or one of the `other` colour's."""
    if isinstance(manager, str):
        # It may hold a password, so it is not repeated.
        raise TypeError("client_manager must be a manager, such as one made from a URL, not a text")
    if isinstance(manager, other) or not callable(getattr(manager, "set_server", None)):
        kind = type(manager).__name__
        raise TypeError(f"the client_manager of {owner} is an {own.__name__}, not {kind}")


def _checked_namespaces(namespaces: Any) -> Collection[str] | str:
    if namespaces is None:
        return ["/"]
    if namespaces == ANY:
        return ANY
    if isinstance(namespaces, str) or not isinstance(namespaces, Collection):
        form = f"[{namespaces!r}]" if isinstance(namespaces, str) else "['/chat']"
        raise ValueError(f"namespaces must be a list such as {form}, or '*' for all")
    for namespace in namespaces:
        check_namespace(namespace)
    return namespaces


class ServerApi(Registration, ABC, Generic[ManagerT]):
    """The shared half of the servers; applications use `Server` or `AsyncServer`."""

    reason = reason
    reserved_events = ("connect", "disconnect")
    # A connect handler may leave out `auth`, or find None there; a disconnect handler `reason`.
    _other_argument_counts: ClassVar[Mapping[str, Sequence[int]]] = {
        "connect": (-1, 1),
        "disconnect": (-1,),
    }

    _plain_hooks: ClassVar[tuple[Any, Any]]
    """The two hooks as they are where no application overrides them."""

    logger: logging.Logger
    manager: ManagerT
    _calls: Calls

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
        super().__init__(HandlerTable(), resolve_logger(logger, "socketio.server"))
        self.options: Options = read_options(
            kwargs, serializer=serializer, json=json, owner=type(self).__name__
        )
        self._transport_log = resolve_logger(self.options.engineio_logger, "engineio.server")
        self.journal = Journal(self.logger, self._transport_log)
        self.async_handlers = async_handlers
        self.always_connect = always_connect
        self.namespaces: Collection[str] | str = _checked_namespaces(namespaces)
        self._error_handlers: dict[str, Handler] = {}
        self.proxies = TrustedProxies(self.options.trusted_proxies)
        self._engine = engineio.Server(self.options.engine, new_sid=generate_id)
        self._core = socketio.Server(
            self._engine,
            self.options.core,
            new_id=generate_id,
            parser=self.options.parser,
            accepts=self._accepts,
        )
        self._warned_of_target = False
        self._environ = EnvironByEngineSid(self._engine)
        self.eio = EngineFace(self, self._engine)
        self.manager = client_manager
        self._manager_initialized = False

    def _make_hooks(self, local_manager: type) -> Hooks:
        kind, own, table = type(self), self.__dict__, self._table
        trigger, getter = self._plain_hooks

        def are_plain() -> bool:
            """True unless an application put a hook of its own in a class or this object."""
            return (
                kind._trigger_event is trigger
                and kind._get_event_handler is getter
                and "_trigger_event" not in own
                and "_get_event_handler" not in own
            )

        return Hooks(
            table=table,
            fit=self._fit,
            are_plain=are_plain,
            trigger_event=lambda *args: self._trigger_event(*args),
            error_handler=self._error_handler,
            has_handler=self._has_handler,
            begin=self._initialize_manager,
            keep_environ=self._environ.keep,
            drop_environ=self._environ.drop,
            heard=heard(self.manager, local_manager),
            log_uncallable=self._log_uncallable,
            log_raised=self._log_raised,
            log_callback_raised=self._log_callback_raised,
            log_unsendable=self._log_unsendable,
            log_ended=self._log_ended,
        )

    # Registration ---------------------------------------------------------

    @overload
    def on_error(
        self, handler: None = None, namespace: str | None = None
    ) -> Callable[[HandlerT], HandlerT]: ...

    @overload
    def on_error(self, handler: HandlerT, namespace: str | None = None) -> HandlerT: ...

    def on_error(self, handler: Any = None, namespace: str | None = None) -> Any:
        """Register a handler for exceptions of the event handlers of one namespace.

        For example::

            @sio.on_error
            def failed(error, event, sid, args):
                return "sorry"

        `handler` is called with the exception, the name of the event, the sid and the list of
        arguments, and what it returns is the acknowledgement of the event. `namespace` is `/` by
        default. Without a handler the exception is logged. Returns `handler`, or without it a
        decorator.
        """

        def register(function: HandlerT) -> HandlerT:
            self._check_colour("the handler of errors", function)
            self._error_handlers[namespace or "/"] = function
            return function

        return register if handler is None else register(handler)

    @overload
    def on_error_default(self, handler: None = None) -> Callable[[HandlerT], HandlerT]: ...

    @overload
    def on_error_default(self, handler: HandlerT) -> HandlerT: ...

    def on_error_default(self, handler: Any = None) -> Any:
        """Register a `handler` for exceptions in namespaces that have no `on_error` of their own.

        Returns `handler`, or without it a decorator.
        """
        return self.on_error(handler, namespace=ANY)

    def instrument(self, *args: Any, **kwargs: Any) -> Any:
        """Raise `NotImplementedError`: reserved for the Admin UI, as are `args` and `kwargs`."""
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

    # The log --------------------------------------------------------------

    def _has_handler(self, event: EventReceived) -> bool:
        """Tell whether some function or class is there for an event of a client."""
        namespace = event.socket.namespace
        return (
            self._table.plan(namespace, event.name) is not None
            or self._table.resolve_object(namespace) is not None
        )

    # Look-ups -------------------------------------------------------------

    def rooms(self, sid: str, namespace: str | None = None) -> list[Any]:
        """Return the rooms of a client; it is still in them while its disconnect handler runs.

        `sid` is a client of `namespace` (None: `/`); the list of a sid that is not connected is
        empty. The first room is the client's own, named by its sid.
        """
        manager: Any = self.manager
        rooms: list[Any] = manager.get_rooms(sid, namespace or "/")
        return rooms

    def transport(self, sid: str, namespace: str | None = None) -> str:
        """Return the transport of a client, `"polling"` or `"websocket"`.

        `sid` is a client of `namespace` (None: `/`). Raises `KeyError` for a sid that is not
        connected.
        """
        return self._socket(sid, namespace).session.transport

    def get_environ(self, sid: str, namespace: str | None = None) -> dict[str, Any] | None:
        """Return the WSGI environment of the request that connected a client, or None.

        `sid` is a client of `namespace` (None: `/`), else it is None. The dictionary is the same
        for the whole connection.
        """
        load = self._calls.load_of(sid, namespace or "/")
        return None if load is None else load.environ

    @property
    def environ(self) -> EnvironByEngineSid:
        """The WSGI environments of the connections, by their Engine.IO session id."""
        return self._environ

    @property
    @abstractmethod
    def async_mode(self) -> str:
        """The name of the async mode in use."""

    def _socket(self, sid: str, namespace: str | None) -> Socket:
        socket = self._calls.find(sid, namespace or "/")
        if socket is None:
            raise KeyError(f"no client {sid!r} in namespace {namespace or '/'!r}")
        return socket

    def _user_session(self, sid: str, namespace: str | None) -> dict[str, Any]:
        socket = self._socket(sid, namespace)
        if socket.data is None:
            socket.data = {}
        return socket.data

    def _check_target(self, target: Any, namespace: str) -> None:
        """Warn, once, of a room that looks like a second argument of the event.

        Raises TypeError for what cannot be a room.
        """
        if target is None or isinstance(target, str | list | tuple | set | frozenset):
            return
        kind = type(target).__name__
        if not isinstance(target, Hashable):
            raise TypeError(f"`to` is a room or a list of rooms, not a {kind}: {AS_TUPLE}")
        if not self._calls.count_members(namespace, target) and not self._warned_of_target:
            self._warned_of_target = True
            warnings.warn(
                f"an event is sent to a room of the type {kind}, in which nobody is: {AS_TUPLE}",
                stacklevel=3,
            )

    # Handlers -------------------------------------------------------------

    def _error_handler(self, namespace: str) -> Handler | None:
        return self._error_handlers.get(namespace) or self._error_handlers.get(ANY)

    def _fit_reserved(
        self, event: str, shape: CallShape, args: tuple[Any, ...]
    ) -> tuple[Any, ...] | None:
        """`_fit` for connect and disconnect handlers.

        The default of a parameter `auth` stands for what a client did not send.
        """
        if event == "connect" and args and args[-1] is None:
            known = shape.underneath or shape
            if known.most is not None and shape.suits(len(args) - 1):
                args = args[:-1]
        return super()._fit_reserved(event, shape, args)

    def _result_of_uncallable(self, event: str, handler: Any, count: int) -> Any:
        """What a handler that cannot be called returns: a connect handler refuses."""
        not_handled = super()._result_of_uncallable(event, handler, count)
        return False if event == "connect" else not_handled

    def _log_decision_raised(self, error: Exception, now: float) -> None:
        """Say that a function that decides about requests raised."""
        message = "a function that decides about requests raised"
        self._repeats.log(self.logger.error, "decision", now, message, exc_info=error)

    def _initialize_manager(self) -> None:
        """Let the manager begin, before the first client connects."""
        if not self._manager_initialized:
            self._manager_initialized = True
            manager: Any = self.manager
            manager.initialize()

    def _log_ended(self, error: BaseException, now: float) -> None:
        """Say that something else than an exception of a handler ended it."""
        message = "a handler raised an exception"
        self._repeats.log(self.logger.error, "ended", now, message, exc_info=error)

    # Flows: what is the same in both colours, but for who waits ------------

    @abstractmethod
    def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
        """Call the handler of an event. Returns its result, or `not_handled`."""

    def _trigger(self, event: str, namespace: str, args: tuple[Any, ...]) -> Flow[Any]:
        """Call the handler of an event, by the hooks that applications override."""
        handler, full = self._get_event_handler(event, namespace, args)
        if handler is not None:
            fitting = self._fit(event, handler, full)
            if fitting is None:
                return self._result_of_uncallable(event, handler, len(full))
            return (yield partial(handler, *fitting))
        target, full = self._get_namespace_handler(namespace, args)
        if target is not None:
            return (yield partial(target.trigger_event, event, *full))
        return self.not_handled

    def _authorization(self, step: Authorize, environ: dict[str, Any]) -> Flow[Verdict]:
        """Ask the application's functions about an origin, a handshake and a session id."""
        options = self.options
        try:
            if step.origin is not None:
                return Verdict(bool((yield self._asking_origin(step.origin, environ))))
            if options.allow_request is not None:
                answer = yield partial(options.allow_request, environ)
                if answer is not None and answer is not True:
                    return Verdict(False, message=answer if isinstance(answer, str) else "")
            sid = ""
            if options.generate_id is not None:
                sid = str((yield options.generate_id))
            return Verdict(True, sid=sid)
        except Exception as error:
            self._log_decision_raised(error, self._calls.now())
            return Verdict(False)

    def _asking_origin(self, origin: str, environ: dict[str, Any]) -> Callable[[], Any]:
        decide = self.options.origins
        assert decide is not None
        args = (origin, environ) if self._shape(decide).suits(2) else (origin,)
        return partial(decide, *args)
