"""What `Server` and `AsyncServer` have in common: everything without I/O or colour.

Handlers of errors, look-ups by sid, what is decided about requests; `construction.py` makes
the parts, and the registration of handlers comes from sio_core. How handlers are called, and
everything that sends, belongs to the two servers.
"""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, overload

from sio_core.engineio import Authorize
from sio_core.handlers import ANY, CallShape, HandlerT
from sio_core.reasons import reason
from sio_core.socketio import Socket

from .construction import Construction, DriverT, ManagerT
from .dispatch.awaited_acks import AwaitedAck, call_and_wait, check_call
from .dispatch.runners import Flow
from .drivers.admission.authorization import Verdict
from .engine_face import EnvironByEngineSid
from .observing.observer import Observer

AS_TUPLE = 'two arguments are sent as a tuple, emit("name", (first, second))'


class ServerApi(Construction[ManagerT, DriverT]):
    """The shared half of the servers; applications use `Server` or `AsyncServer`."""

    reason = reason
    reserved_events = ["connect", "disconnect"]  # noqa: RUF012 - a list, as programs know it
    # A connect handler may leave out `auth`, or find None there; a disconnect handler `reason`.
    _other_argument_counts: ClassVar[Mapping[str, Sequence[int]]] = {
        "connect": (-1, 1),
        "disconnect": (-1,),
    }

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

    def instrument(
        self,
        auth: Any = None,
        mode: str = "development",
        read_only: bool = False,
        server_id: str | None = None,
        namespace: str = "/admin",
        server_stats_interval: float = 2,
    ) -> Any:
        """Let the Admin UI of Socket.IO look at this server, and change what its clients do.

        For example `sio.instrument(auth={"username": "admin", "password": os.environ["ADMIN"]})`.

        * `auth`: a dictionary with what is to be entered, where a value may be a bcrypt hash (with
          the extra `admin`); a list of these; or a function that is called with the dictionary
          that was entered, and returns whether that is right. False lets everybody in.
        * `mode`: `"development"` shows every client, room and event, `"production"` numbers alone.
        * `read_only`: True takes nothing from the page: no joins, no disconnects.
        * `server_id`: the name of this server on the page; None: made of the host and the process.
        * `namespace`: the one that the page connects to, `/admin` by default.
        * `server_stats_interval`: seconds between two statistics, 2 by default.

        Returns an `InstrumentedServer`, or an `InstrumentedAsyncServer`, with the methods
        `shutdown` (a coroutine on asyncio), which stops its task, and `uninstrument`, which takes
        all of it away again. Raises `ValueError` without `auth`, for other values that cannot be,
        and where the namespace has handlers.
        """
        from .admin import InstrumentedAsyncServer, InstrumentedServer

        kind = InstrumentedServer if self._coroutines_go_to else InstrumentedAsyncServer
        instrumented = kind(
            self,
            auth,
            mode=mode,
            read_only=read_only,
            server_id=server_id,
            namespace=namespace,
            server_stats_interval=server_stats_interval,
        )
        self._instrumented.append(instrumented)
        return instrumented

    @abstractmethod
    def register_namespace(self, namespace_handler: Any) -> None:
        """Register an object that handles all events of its namespace."""

    def _register_object(self, namespace_handler: Any, kind: type[Any], name: str) -> None:
        """Register an instance of `kind`. Raises ValueError, which says `name`, for another."""
        if not isinstance(namespace_handler, kind):
            raise ValueError(f"register_namespace takes an instance of {name} subclass")
        if self._coroutines_go_to:
            self._check_methods(namespace_handler)
        namespace_handler._set_server(self)
        self._table.objects[namespace_handler.namespace] = namespace_handler

    # Sending --------------------------------------------------------------

    @abstractmethod
    def emit(self, *args: Any, **kwargs: Any) -> Any:
        """Send an event to one client, to the clients in rooms, or to everyone."""

    def _calling(
        self,
        awaited: AwaitedAck,
        event: str,
        data: Any,
        to: str | None,
        sid: str | None,
        namespace: str | None,
        ignore_queue: bool,
    ) -> Flow[Any]:
        """Return a flow that sends an event with `awaited` as its callback, and waits for it."""
        recipient = check_call(sid if to is None else to, self.async_handlers)
        emit = partial(
            self.emit,
            event,
            data=data,
            to=recipient,
            namespace=namespace,
            callback=awaited,
            ignore_queue=ignore_queue,
        )
        try:
            flow = call_and_wait(self._calls, recipient, namespace or "/", emit, awaited)
            return (yield from flow)
        finally:
            manager: Any = self.manager
            manager.forget_ack(awaited)

    # Life -----------------------------------------------------------------

    def start(self) -> None:
        """Take new clients again after a `shutdown`.

        The first request that comes after a shutdown is over calls it, and so does the start of the
        lifespan of an ASGI application.
        """
        driver: Any = self.driver
        driver.start()
        self._initialize_manager()

    # Observers ------------------------------------------------------------

    def observe(self, observer: Observer) -> None:
        """Have an observer told what happens from now on.

        For example `sio.observe(MyObserver())`. `observer` is an instance of a subclass of
        `Observer`: anything else raises `TypeError`. There may be several; one that is told
        already is not told twice.
        """
        if not isinstance(observer, Observer):
            raise TypeError(f"observe takes an instance of an Observer subclass, not {observer!r}")
        self._calls.exclusively(self._set_observers, self._core.observers.add, observer)

    def unobserve(self, observer: Observer) -> None:
        """Tell `observer` nothing any more; one that is not told is ignored."""
        self._calls.exclusively(self._set_observers, self._core.observers.remove, observer)

    def _set_observers(self, change: Callable[[Observer], None], observer: Observer) -> None:
        change(observer)
        self._observe_handlers(tuple(self._core.observers), self._observer_failed)

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
        """Return the WSGI environments of the connections, by their Engine.IO session id."""
        return self._environ

    @environ.setter
    def environ(self, environs: Mapping[str, dict[str, Any]]) -> None:
        self._environ.replace(environs)

    def _socket(self, sid: str, namespace: str | None) -> Socket:
        socket = self._calls.find(sid, namespace or "/")
        if socket is None:
            raise KeyError(f"no client {sid!r} in namespace {namespace or '/'!r}")
        return socket

    def _check_target(self, target: Any, namespace: str) -> None:
        """Warn, once, of a room that looks like a second argument of the event.

        Raises TypeError for what cannot be a room.
        """
        if target is None or isinstance(target, str | list | tuple | set | frozenset):
            return
        kind = type(target).__name__
        if not isinstance(target, Hashable):
            raise TypeError(f"`to` is a room or a list of rooms, not a {kind}: {AS_TUPLE}")
        is_empty = self.local.is_alone() and not self._calls.count_members(namespace, target)
        if is_empty and not self._warned_of_target:
            self._warned_of_target = True
            warnings.warn(
                f"an event is sent to a room of the type {kind}, in which nobody is: {AS_TUPLE}",
                stacklevel=3,
            )

    # Handlers -------------------------------------------------------------

    def _fit_reserved(
        self, event: str, shape: CallShape, args: tuple[Any, ...]
    ) -> tuple[Any, ...] | None:
        """`_fit` for connect and disconnect handlers.

        The default of a parameter `auth` stands for what a client did not send. A disconnect
        handler that takes nothing of what a decorator hands on is not handed the reason.
        """
        if event == "connect" and args and args[-1] is None:
            known = shape.underneath or shape
            if known.most is not None and shape.suits(len(args) - 1):
                args = args[:-1]
        # A decorator may keep the sid for itself, as those of Flask-SocketIO do.
        if event == "disconnect" and shape.behind is not None and shape.behind.most == 0:
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

    # Flows: what is the same in both colours, but for who waits ------------

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
