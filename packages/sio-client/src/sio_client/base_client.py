"""What `Client` and `AsyncClient` have in common: everything without I/O or colour.

Registration of handlers, options, how an attempt is made, and which handlers an event of the core
calls. How they are called, and everything that waits, belongs to the two clients.
"""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Final, Unpack

from sio_core import socketio
from sio_core.exceptions import ConnectionError
from sio_core.handlers import ANY, Registration, check_namespace
from sio_core.handlers.flows import Flow
from sio_core.reasons import reason
from sio_core.socketio import (
    AttemptFailed,
    ClientEvent,
    ClientState,
    Connected,
    ConnectRefused,
    Ended,
    HandlerTable,
    NamespaceLeft,
    ServerEventReceived,
)

from .attempts.attempt import Attempt
from .attempts.connect_errors import connect_error_data
from .attempts.connect_run import ConnectRun, Flag, Target
from .engine_face import EngineFace
from .handlers.handler_call import FINAL, LIFECYCLE, HandlerCall
from .handlers.handler_source import HandlerSource
from .log import resolve_logger
from .namespace_base import NamespaceOfClient
from .options import TRANSPORTS, ClientOptions, read_options, read_transports
from .settings import Settings
from .settings.from_http_session import settings_from
from .settings.from_websocket_options import ignored_options
from .user_agent.agent import Agent
from .user_agent.endpoint import Endpoint


class BaseClient(Registration):
    """The shared half of the clients; applications use `Client` or `AsyncClient`."""

    _namespace_class: ClassVar[str]
    """The base of the class-based namespaces that can be registered, with its article."""
    _plain_hooks: ClassVar[tuple[Any, Any, Any]]
    """The methods that an application may override to see every event, as they are here."""

    _driver: Any
    """The `SharedDriver` of the colour of the class."""

    reason = reason
    reserved_events = ("connect", "connect_error", "disconnect", FINAL)
    _other_argument_counts: ClassVar[Mapping[str, Sequence[int]]] = {
        "connect_error": (-1, 1),
        "disconnect": (-1,),
    }

    def __init__(
        self,
        reconnection: bool = True,
        reconnection_attempts: int = 0,
        reconnection_delay: float = 1,
        reconnection_delay_max: float = 5,
        randomization_factor: float = 0.5,
        logger: bool | logging.Logger | Any = False,
        serializer: Any = "default",
        json: Any = None,
        handle_sigint: bool = True,
        **kwargs: Unpack[ClientOptions],
    ) -> None:
        super().__init__(HandlerTable(LIFECYCLE), resolve_logger(logger, "socketio.client"))
        self.reconnection = reconnection
        self.reconnection_attempts = reconnection_attempts
        self.reconnection_delay = reconnection_delay
        self.reconnection_delay_max = reconnection_delay_max
        self.randomization_factor = randomization_factor
        self.handle_sigint = handle_sigint
        self.options = read_options(
            kwargs, serializer=serializer, json=json, owner=type(self).__name__
        )
        self.eio = EngineFace(lambda: self._core.engine)
        self.connection_url: Any = None
        self.connection_headers: Any = None
        self.connection_auth: Any = None
        self.connection_transports: Any = None
        self.connection_namespaces: list[str] = []
        self.socketio_path: str | None = None
        self._transport_logger = resolve_logger(self.options.engineio_logger, "engineio.client")
        self._core = self._new_core(TRANSPORTS)
        self._unused: tuple[Any, ...] | None = self._wishes(TRANSPORTS)
        self._settings: Settings | None = None
        self._process = os.getpid()
        if unheeded := ignored_options(self.options.websocket_extra_options or {}):
            self.logger.debug("ignored websocket_extra_options: %s", ", ".join(unheeded))
        self._connect_run: ConnectRun | None = None
        """The `connect` in force, or the last one."""
        self._set_up()

    def is_asyncio_based(self) -> bool:
        """Whether its methods are coroutines."""
        raise NotImplementedError

    def _set_up(self) -> None:
        """Make what calls handlers and moves bytes, in the colour of the class."""
        raise NotImplementedError

    def register_namespace(self, namespace_handler: Any) -> None:
        """Register an object that handles all events of its namespace.

        For example `sio.register_namespace(Chat("/chat"))`. `namespace_handler` is an instance of a
        subclass of `ClientNamespace`, for an `AsyncClient` of `AsyncClientNamespace`: anything else
        raises `ValueError`, and for a `Client` one with coroutine functions `TypeError`.
        """
        ours = isinstance(namespace_handler, NamespaceOfClient)
        if not ours or namespace_handler.is_asyncio_based() != self.is_asyncio_based():
            raise ValueError(
                f"register_namespace takes an instance of {self._namespace_class} subclass"
            )
        self._check_methods(namespace_handler)
        namespace_handler.client = self
        self._table.objects[namespace_handler.namespace] = namespace_handler

    # State ------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """True from a successful `connect` until the connection is lost or ended."""
        return self._core.state is ClientState.CONNECTED

    @property
    def namespaces(self) -> dict[str, str]:
        """The namespaces that are connected, with the session id in each."""
        return {
            name: socket.sid
            for name, socket in list(self._core.sockets.items())
            if socket.sid is not None and socket.connected
        }

    @property
    def sid(self) -> str | None:
        """The session id in the default namespace, else in the first one that is connected.

        None while nothing is connected. It is the id that the server's handlers
        are given; the transport's own id is a secret.
        """
        return self.get_sid() or next(iter(self.namespaces.values()), None)

    def get_sid(self, namespace: str | None = None) -> str | None:
        """Return the session id in `namespace` (None: `/`), or None when that is not connected."""
        return self.namespaces.get(namespace or "/")

    def transport(self) -> str:
        """Return the transport in use, `"polling"` or `"websocket"`.

        Raises `DisconnectedError` when there is no connection.
        """
        return self.eio.transport()

    # Connecting ---------------------------------------------------------------

    def _wishes(self, transports: tuple[str, ...]) -> tuple[Any, ...]:
        """What applications may change between one core and the next."""
        return (
            transports,
            self.options.core,
            self.options.parser,
            self.reconnection,
            self.reconnection_attempts,
            self.reconnection_delay,
            self.reconnection_delay_max,
            self.randomization_factor,
        )

    def _new_core(self, transports: tuple[str, ...]) -> socketio.Client:
        """A core as the client's attributes are now. Raises ValueError for wrong values."""
        config = self.options.core
        core = replace(
            config,
            engine=replace(config.engine, transports=transports),
            reconnection=self.reconnection,
            reconnection_attempts=self.reconnection_attempts,
            reconnection_delay=self.reconnection_delay,
            reconnection_delay_max=self.reconnection_delay_max,
            randomization_factor=self.randomization_factor,
        )
        return socketio.Client(core, parser=self.options.parser, jitter=random.random)

    def _begin_run(
        self,
        flag: Callable[[], Flag],
        retry: bool,
        wait: bool,
        url: Any,
        headers: Any,
        auth: Any,
        transports: Any,
        namespaces: Iterable[str] | str | None,
        socketio_path: str,
        wait_timeout: float,
    ) -> ConnectRun:
        """Begin what `connect` was asked for, with a core for it: its first attempt is due then.

        `flag` makes an event in the colour of the client. Raises `ConnectionError` when the client
        is connected or on the way to it, `ValueError` for arguments that cannot be right.
        """
        if self._core.state is not ClientState.IDLE:
            raise ConnectionError("Already connected")
        if namespaces is None:
            wanted = list(dict.fromkeys(self._table.namespaces())) or ["/"]
        else:
            wanted = [namespaces] if isinstance(namespaces, str) else list(namespaces)
        for name in wanted:
            check_namespace(name)
            if name == ANY or "," in name:
                raise ValueError(f"{name!r} is not a namespace that a client can connect to")
        endpoint = None if callable(url) else Endpoint.parse(url, socketio_path)
        if not wait_timeout > 0:
            raise ValueError("wait_timeout must be a number of seconds above 0")
        names = read_transports(transports)
        # The core of the constructor serves the first time.
        if self._unused != self._wishes(names):
            self._core = self._new_core(names)
        self._unused = None
        self._settings = None
        self._process = os.getpid()
        self.connection_url = url
        self.connection_headers = headers
        self.connection_auth = auth
        self.connection_transports = list(names)
        self.connection_namespaces = wanted
        self.socketio_path = socketio_path
        self._driver.core = core = self._core
        core.connect(wanted, retry=retry, wait=wait)
        target = Target(url, endpoint, headers, auth, socketio_path, wait_timeout)
        run = ConnectRun(core, target, self._new_attempt, self.logger, flag(), flag())
        self._connect_run = run
        return run

    def _connecting(self, run: ConnectRun) -> Flow[None]:
        """Make the first attempt of a `connect`, wait for its outcome, and raise its failure."""
        try:
            yield partial(self._attempt, run, first=True)
            yield run.settled.wait
            if isinstance(run.failure, BaseException):
                run.raise_failure()
            if run.succeeded:
                yield partial(self._arrived, run)
        except BaseException:
            yield self._give_up
            raise
        if not run.succeeded:
            yield self._quiet
            run.raise_failure()

    def _attempt(self, run: ConnectRun, first: bool = False) -> None:
        """Make the attempt that is due; what takes time happens in the background."""
        raise NotImplementedError

    def _arrived(self, run: ConnectRun) -> Any:
        """What a `connect` that succeeded does before it returns."""

    def _give_up(self) -> Any:
        """Disconnect in the middle of a `connect`."""
        raise NotImplementedError

    def _quiet(self) -> Any:
        """Wait until connections are closed and handlers have returned, for a while at most."""
        raise NotImplementedError

    def _new_attempt(
        self, target: Target, url: str, headers: Mapping[str, str], auth: Any, now: float
    ) -> Attempt:
        """Begin the attempt that is due. Raises `ValueError` for what cannot be right."""
        endpoint = target.endpoint or Endpoint.parse(url, target.path)
        options = self.options
        settings = settings_from(
            options.http_session,
            options.ssl_verify,
            options.websocket_extra_options,
            headers,
            # What the server set in the attempts before is sent again.
            None if self._settings is None else self._settings.cookies,
            options.settings,
        )
        if options.redirects_to_other_hosts:
            settings = replace(settings, redirects_to_other_hosts=True)
        self._settings = settings
        agent = Agent(endpoint, settings)
        engine = self._core.attempt(now, auth, target.wait_timeout)
        return Attempt(self._core, engine, agent, settings)

    # What an event calls --------------------------------------------------------

    def _calls(self, event: ClientEvent) -> list[HandlerCall]:
        """The handlers' calls that an event of the core stands for, in order."""
        match event:
            case ServerEventReceived(socket, name, args, ack_id):
                if name == FINAL:  # the client alone makes this event
                    return []
                return [HandlerCall(name, socket.namespace, tuple(args), socket, ack_id)]
            case Connected(socket):
                return [HandlerCall("connect", socket.namespace, ())]
            case ConnectRefused(socket, data):
                return [HandlerCall("connect_error", socket.namespace, _refusal(data))]
            case AttemptFailed(failure, asked):
                # Of a namespace that was refused its handler has been told.
                untold = failure.unanswered if failure.namespaces else asked
                data = connect_error_data(failure)
                return [HandlerCall("connect_error", name, (data,)) for name in untold]
            case NamespaceLeft(socket, why):
                return [HandlerCall("disconnect", socket.namespace, (why,))]
            case Ended():
                names = self.connection_namespaces
                return [HandlerCall(FINAL, name, ()) for name in names]
            case _:
                return []

    def _unheard(self, call: HandlerCall) -> bool:
        """True if there is no handler for a call: it needs no task and no thread."""
        return (
            not self._hooked()
            and self._table.plan(call.namespace, call.name) is None
            and self._table.resolve_object(call.namespace) is None
        )

    def _hooked(self) -> bool:
        """True if an application put a hook of its own in a subclass, the class or the client."""
        kind, own = type(self), self.__dict__
        trigger, event_handler, namespace_handler = self._plain_hooks
        return (
            kind._trigger_event is not trigger
            or kind._get_event_handler is not event_handler
            or kind._get_namespace_handler is not namespace_handler
            or "_trigger_event" in own
            or "_get_event_handler" in own
            or "_get_namespace_handler" in own
        )

    def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
        """Call the handler of one event; override it to see them all.

        `args` are none for connect, `(data)` for connect_error, `(reason)` for disconnect, else
        the event's arguments. Returns what the handler returned, or `not_handled`; a coroutine
        function where handlers may be.
        """
        raise NotImplementedError

    def _handling(self, event: str, namespace: str, args: tuple[Any, ...]) -> Callable[[], Any]:
        """What handles an event, with the arguments that it takes; `not_handled` for nothing."""
        handler, full = self._get_event_handler(event, namespace, args)
        if handler is not None:
            fitting = self._fit(event, handler, full)
            if fitting is not None:
                return partial(handler, *fitting)
            self._log_uncallable(event, handler, len(full))
            return lambda: self.not_handled
        target, full = self._get_namespace_handler(namespace, args)
        if target is None:
            return lambda: self.not_handled
        return partial(target.trigger_event, event, *full)

    def _handler_source(self) -> HandlerSource:
        """What a dispatcher may ask of the client."""
        return HandlerSource(
            table=self._table,
            logger=self.logger,
            not_handled=self.not_handled,
            calls=self._calls,
            hooked=self._hooked,
            unheard=self._unheard,
            # Looked up each time: an application may put its own in its place.
            trigger=lambda *args: self._trigger_event(*args),
            fit=self._fit,
            log_uncallable=self._log_uncallable,
            log_raised=self._log_raised,
            log_callback_raised=self._log_callback_raised,
            log_unsendable=self._log_unsendable,
        )

    @property
    def _transport_in_use(self) -> str:
        engine = self._core.engine
        return "" if engine is None else engine.transport

    def _refuse_fork(self) -> None:
        """Raise `RuntimeError` in a process that was forked after `connect`."""
        if os.getpid() != self._process:
            raise RuntimeError(
                "this client was connected before the process forked: "
                "make and connect a client in each process"
            )


EVENT_HOOKS: Final = (BaseClient._get_event_handler, BaseClient._get_namespace_handler)
"""The hooks of both colours; `_trigger_event` is one of its own in each."""


def _refusal(data: Any) -> tuple[Any, ...]:
    """The arguments of a connect_error handler; a server that said nothing has none."""
    return () if data is None else (data,)
