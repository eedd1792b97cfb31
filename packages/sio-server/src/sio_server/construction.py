"""How a server is made: its options, its core, its manager, its driver, and what joins them."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar, Unpack

from sio_core import Request, engineio, socketio
from sio_core.engineio import Authorize
from sio_core.handlers import ANY, Handler, Registration, check_namespace
from sio_core.handlers.namespaces import has_method
from sio_core.socketio import HandlerTable
from sio_core.socketio.observers import Failed
from sio_core.socketio.serializers import packet_class_of

from .dispatch.application import Hooks
from .dispatch.flows import Flows
from .dispatch.runners import Flow
from .drivers.calls import Calls
from .engine_face import EnvironByEngineSid
from .log.journal import Journal
from .log.loggers import resolve_logger
from .observing.observer import Observer
from .options import Options, ServerOptions, generate_id, read_options
from .patched.names import CALLING, INPUTS, OUTPUTS
from .patched.packets import Packets
from .patched.patching import Patching
from .patched.watched import Watched
from .serving.hosting import Hosted
from .serving.proxies import TrustedProxies

ManagerT = TypeVar("ManagerT")
DriverT = TypeVar("DriverT")


def check_manager(manager: Any, own: type, other: type, owner: str) -> None:
    """Raise TypeError for what is no manager, or one of the `other` colour's."""
    if isinstance(manager, str):
        # It may hold a password, so it is not repeated.
        raise TypeError("client_manager must be a manager, such as one made from a URL, not a text")
    if isinstance(manager, type):
        raise TypeError(f"client_manager must be a manager, not a class: {manager.__name__}(…)")
    if isinstance(manager, other) or not callable(getattr(manager, "set_server", None)):
        kind = type(manager).__name__
        raise TypeError(
            f"the client_manager of {owner} must be an instance of {own.__name__}, not of {kind}"
        )


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


class Construction(Registration, Watched, Hosted, Generic[ManagerT, DriverT]):
    """The parts of a server, and how they are joined.

    `managers` makes a class that of a colour: they are the manager of this process's clients, and
    that of the other colour. Its hooks are then those that applications may override.
    """

    _managers: ClassVar[tuple[type, type]]
    """The manager of this process's clients of this colour, and of the other one."""
    _new_patching: ClassVar[type[Patching]]
    """Makes what is needed where an application has hooks of its own."""

    logger: logging.Logger
    manager: ManagerT
    manager_initialized: bool
    """True once the manager has begun, which it does before the first client connects."""
    local: Any
    eio: Any
    """The Engine.IO server underneath, of the colour of the class."""
    async_handlers: bool
    always_connect: bool
    namespaces: Collection[str] | str
    driver: DriverT
    """The driver, which adapters hand requests and WebSockets to."""
    _calls: Calls
    _observe_handlers: Callable[[Iterable[Observer], Failed], None]

    def __init_subclass__(cls, managers: tuple[type, type] | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if managers is not None:
            cls._managers = managers
            cls._watch(CALLING | INPUTS | OUTPUTS)

    def __init__(
        self,
        client_manager: ManagerT | None = None,
        logger: bool | logging.Logger | Any = False,
        serializer: Any = "default",
        json: Any = None,
        async_handlers: bool = True,
        always_connect: bool = False,
        namespaces: Collection[str] | str | None = None,
        **kwargs: Unpack[ServerOptions],
    ) -> None:
        own, other = self._managers
        owner = type(self).__name__
        manager: Any = own() if client_manager is None else client_manager
        check_manager(manager, own, other, owner)
        super().__init__(HandlerTable(), resolve_logger(logger, "socketio.server"))
        self.options: Options = read_options(kwargs, serializer=serializer, json=json, owner=owner)
        self._choose_mode(self.options.async_mode)
        self._transport_log = resolve_logger(self.options.engineio_logger, "engineio.server")
        self.journal = Journal(self.logger, self._transport_log)
        self._error_handlers: dict[str, Handler] = {}
        self.proxies = TrustedProxies(self.options.trusted_proxies)
        self._engine = engineio.Server(self.options.engine, new_sid=generate_id)
        self._core = socketio.Server(
            self._engine,
            self.options.core,
            new_id=manager.new_sid,
            parser=self.options.parser,
            accepts=self._accepts,
        )
        self._warned_of_target = False
        self._environ = EnvironByEngineSid(self._engine)
        self.manager = manager
        self.manager_initialized = False
        self._patching: Patching | None = None
        self._make_packets = partial(Packets, serializer, json)
        self._instrumented: list[Any] = []
        self.async_handlers = async_handlers
        self.always_connect = always_connect
        self.namespaces = _checked_namespaces(namespaces)

    def _make_driver(
        self, kind: Callable[..., DriverT], dispatcher: Flows[Any], *more: Any, **most: Any
    ) -> DriverT:
        """Make a driver of the class `kind`, which has arguments of its own, too."""
        return kind(
            self._engine,
            self._core,
            dispatcher.handle,
            *more,
            authorize=self._authorize,
            log=self._transport_log,
            max_running=self.options.max_running,
            **most,
        )

    def _join(self, driver: Any, calls: Calls, dispatcher: Any, local: Callable[..., Any]) -> None:
        """Join the parts that are of one colour; `local` makes the clients of this process."""
        self.driver = driver
        self._calls = calls
        dispatcher.begin(driver, calls)
        self._observe_handlers = dispatcher.observe
        self._core.observers.failed = self._observer_failed
        self.local = local(driver, dispatcher, lambda: type(self.manager) is self._managers[0])
        manager: Any = self.manager
        manager.set_server(self)
        make = type(self)._new_patching
        self._make_patching = partial(make, self, self._core, driver, dispatcher)
        self._begin_watching()

    # Hooks of applications ------------------------------------------------

    def _note_patches(self) -> None:
        """Call the hooks that an application has put in the place of this class's, or no more."""
        names = self._patches()
        if names or self._patching is not None:
            self._hooks_of_applications().apply(names)

    def _hooks_of_applications(self) -> Patching:
        """Return what calls hooks of applications, and what hooks do that these call."""
        patching = self._patching
        if patching is None:
            patching = self._patching = self._make_patching(self._make_packets())
        return patching

    # Framework ------------------------------------------------------------

    def is_asyncio_based(self) -> bool:
        """Return whether the methods are coroutines."""
        return False

    @property
    def packet_class(self) -> Any:
        """Return the packet class of the serializer, None for one that has none."""
        return packet_class_of(self.options.parser)

    # For the core and the dispatcher --------------------------------------

    @abstractmethod
    def _authorize(self, step: Authorize, request: Request, environ: dict[str, Any]) -> Any:
        """Ask the application's functions about a request."""

    @abstractmethod
    def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
        """Call the handler of an event. Returns its result, or `not_handled`."""

    @abstractmethod
    def _trigger(self, event: str, namespace: str, args: tuple[Any, ...]) -> Flow[Any]:
        """The same as a flow, where no application overrides that."""

    def _make_hooks(self) -> Hooks:
        return Hooks(
            table=self._table,
            fit=self._fit,
            trigger=self._trigger,
            trigger_event=lambda *args: self._trigger_event(*args),
            error_handler=self._error_handler,
            has_handler=self._has_handler,
            begin=self._initialize_manager,
            ready=self._manager_readiness,
            keep_environ=self._environ.keep,
            drop_environ=self._environ.drop,
            log_uncallable=self._log_uncallable,
            log_raised=self._log_raised,
            log_callback_raised=self._log_callback_raised,
            log_unsendable=self._log_unsendable,
            log_ended=self._log_ended,
        )

    def _accepts(self, namespace: str) -> bool:
        """True if clients may connect to `namespace`."""
        accepted = self.namespaces
        return accepted == ANY or namespace in accepted or namespace in self._table.namespaces()

    def _has_handler(self, namespace: str, event: Any) -> bool:
        """Tell whether some function or class is there for an event of a client."""
        if self._table.plan(namespace, event) is not None:
            return True
        found = self._table.resolve_object(namespace)
        return found is not None and has_method(found[0], event)

    def _error_handler(self, namespace: str) -> Handler | None:
        return self._error_handlers.get(namespace) or self._error_handlers.get(ANY)

    def _initialize_manager(self) -> None:
        """Let the manager begin, before the first client connects."""
        if not self.manager_initialized:
            self.manager_initialized = True
            manager: Any = self.manager
            manager.initialize()

    def _close_manager(self) -> Any:
        """Let the manager end, until the next client comes; waits."""
        self.manager_initialized = False
        for instrumented in self._instrumented:
            instrumented.server_ends()
        manager: Any = self.manager
        return manager.close()

    def _manager_readiness(self) -> Callable[[], Any] | None:
        """Return what waits until the manager is ready, or None if it is."""
        manager: Any = self.manager
        wait: Callable[[], Any] = manager.wait_ready
        return None if manager.is_ready() else wait

    def _observer_failed(self, method: str, error: Exception) -> None:
        """Say soon what an observer raised: the core is at work, and a log may be slow."""

        def say() -> Flow[None]:
            yield partial(self._log_observer_raised, method, error)

        self.local.run_room_handlers(say())

    def _log_observer_raised(self, method: str, error: Exception) -> None:
        now, kind = self._calls.now(), ("observer", method)
        message = "%s of an observer raised an exception"
        self._repeats.log(self.logger.error, kind, now, message, method, exc_info=error)

    def _log_ended(self, error: BaseException, now: float) -> None:
        """Say that something else than an exception of a handler ended it."""
        message = "a handler raised an exception"
        self._repeats.log(self.logger.error, "ended", now, message, exc_info=error)
