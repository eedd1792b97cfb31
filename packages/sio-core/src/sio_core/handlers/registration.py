"""How applications register handlers, and what a handler is given: for servers and clients alike.

Finding a handler and fitting arguments to it is pure; whoever derives from
`Registration` calls the handler.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar, TypeVar, overload

from ..repeats import Repeats
from .call_shape import CallShape, Handler
from .table import ANY, HandlerTable

HandlerT = TypeVar("HandlerT", bound=Handler)


def check_namespace(namespace: str) -> None:
    """Raise ValueError for a name that no client can connect to, TypeError for another type.

    Socket.IO protocol 5, "Packet encoding": a namespace begins with a slash. `"*"`
    stands for all.
    """
    if not isinstance(namespace, str):
        raise TypeError(f"a namespace is a text such as '/chat', not {namespace!r}")
    if namespace != ANY and not namespace.startswith("/"):
        raise ValueError(f"{namespace!r} has no slash in front: the namespace is '/{namespace}'")


class Registration:
    """Servers and clients derive from this: it registers handlers by namespace and event."""

    reserved_events: ClassVar[Collection[str]] = ()
    _other_argument_counts: ClassVar[Mapping[str, Sequence[int]]] = {}
    """How the handlers of reserved events may be called otherwise, in the order of trial.

    -1 leaves out the last argument, 1 adds None.
    """

    _coroutines_go_to: ClassVar[str] = ""
    """The class that runs coroutine functions, where this one does not."""

    logger: Any

    def __init__(self, table: HandlerTable, logger: Any) -> None:
        """Begin with the handlers of `table`; `logger` is a `logging.Logger` or acts like one."""
        self.logger = logger
        self.not_handled = object()
        self._table = table
        self._shape = table.shape
        self._logged_as_uncallable: set[str] = set()
        self._repeats = Repeats()

    # For applications -----------------------------------------------------

    @property
    def handlers(self) -> dict[str, dict[str, Handler]]:
        """The registered functions, by namespace and event; others may be assigned."""
        return self._table.functions

    @handlers.setter
    def handlers(self, functions: Mapping[str, Mapping[str, Handler]]) -> None:
        self._table.replace(functions)

    @property
    def namespace_handlers(self) -> dict[str, Any]:
        """The registered class-based namespaces, by name; others may be assigned."""
        return self._table.objects

    @namespace_handlers.setter
    def namespace_handlers(self, objects: Mapping[str, Any]) -> None:
        own, copy = self._table.objects, {**objects}
        own.clear()
        own.update(copy)

    @overload
    def on(
        self, event: str, handler: None = None, namespace: str | None = None
    ) -> Callable[[HandlerT], HandlerT]: ...

    @overload
    def on(self, event: str, handler: Handler, namespace: str | None = None) -> None: ...

    def on(self, event: str, handler: Any = None, namespace: str | None = None) -> Any:
        """Register the handler of an event.

        For example::

            @sio.on("my event")
            def my_handler(sid, data): ...  # of a client: def my_handler(data)

        `event` is the name, or `"*"` for every event without a handler of its own: its handler is
        given the name first. `namespace` is `/` by default, or `"*"` for every namespace without
        handlers, whose name is then given first. Without `handler`, returns a decorator.

        On a server a connect handler takes `(sid, environ)` or `(sid, environ, auth)`, a disconnect
        handler `(sid)` or `(sid, reason)`, any other `(sid, *arguments)`. On a client a connect
        handler takes nothing, a connect_error handler `(data)` or nothing, a disconnect handler
        `(reason)` or nothing, any other `(*arguments)`. What a handler returns is the
        acknowledgement: None for none, one value, or a tuple of several.

        Raises `ValueError` for a namespace without a slash in front, `TypeError` for what cannot be
        called, and for a coroutine function where none is run.
        """
        check_namespace(namespace or "/")

        def register(function: HandlerT) -> HandlerT:
            if not callable(function):
                raise TypeError(f"the handler of {event!r} must be callable, not {function!r}")
            self._check_colour(f"the handler of {event!r}", function)
            self._table.add(namespace or "/", event, function)
            return function

        return register if handler is None else register(handler) and None

    @overload
    def event(self, handler: HandlerT, /) -> HandlerT: ...

    @overload
    def event(
        self, handler: None = None, namespace: str | None = None
    ) -> Callable[[HandlerT], HandlerT]: ...

    def event(self, *args: Any, **kwargs: Any) -> Any:
        """Register a function for the event of its own name; a decorator.

        For example `@sio.event`, or with the `args` and `kwargs` of `on`:
        `@sio.event(namespace="/chat")`.
        """
        if len(args) == 1 and not kwargs and callable(args[0]):
            return self.on(args[0].__name__)(args[0])

        def register(function: HandlerT) -> HandlerT:
            self.on(function.__name__, *args, **kwargs)(function)
            return function

        return register

    # For those who register and call handlers -----------------------------

    def _check_colour(self, what: str, handler: Handler) -> None:
        """Raise TypeError if `handler` is a coroutine function, and those are not run here."""
        if self._shape(handler).is_coroutine and self._coroutines_go_to:
            raise TypeError(
                f"{what} is a coroutine function, which {type(self).__name__} cannot run: "
                f"write it with def, or use {self._coroutines_go_to}"
            )

    def _check_methods(self, handlers: Any) -> None:
        """`_check_colour` for the methods of a class-based namespace."""
        for name in dir(handlers):
            if name.startswith("on_"):
                self._check_colour(f"{type(handlers).__name__}.{name}", getattr(handlers, name))

    def _get_event_handler(
        self, event: str, namespace: str, args: tuple[Any, ...]
    ) -> tuple[Handler | None, tuple[Any, ...]]:
        """The function for an event and its arguments, catch-all names in front."""
        plan = self._table.plan(namespace, event)
        if plan is None:
            return None, args
        return plan.handler, (*plan.prefix, *args)

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

        The handler of a reserved event may be called as `_other_argument_counts` says, too, any
        other may leave out all arguments.
        """
        shape = self._shape(handler)
        if event in self.reserved_events:
            return self._fit_reserved(event, shape, args)
        if shape.takes(len(args)):
            return args
        return () if shape.most == 0 else None

    def _fit_reserved(
        self, event: str, shape: CallShape, args: tuple[Any, ...]
    ) -> tuple[Any, ...] | None:
        """`_fit` for the handler of a reserved event, which has `shape`."""
        count = len(args)
        if shape.suits(count):
            return args
        for change in self._other_argument_counts.get(event, ()):
            # A decorator in front of `underneath` takes any arguments, and may add what is missing.
            if shape.suits(count + change) and (change < 0 or shape.underneath is None):
                return (*args, None)[: count + change]
        return args if shape.takes(count) else None

    def _result_of_uncallable(self, event: str, handler: Any, count: int) -> Any:
        """What a handler that cannot be called with `count` arguments counts as returning."""
        self._log_uncallable(event, handler, count)
        return self.not_handled

    def _log_uncallable(self, event: Any, handler: Any, count: int) -> None:
        """Say that a handler does not take what came: loudly once, for peers could repeat it."""
        name = getattr(handler, "__qualname__", type(handler).__name__)
        log = self.logger.warning if name in self._logged_as_uncallable else self.logger.error
        self._logged_as_uncallable.add(name)
        log("event %.100r: handler %s cannot be called with %d arguments", event, name, count)

    def _log_raised(self, event: Any, namespace: str, error: BaseException, now: float) -> None:
        """Say that the handler of an event raised: in full once a handler and minute."""
        kind = ("handler", self._handler_id(event, namespace))
        message = "the handler of %.100r raised an exception"
        self._repeats.log(self.logger.error, kind, now, message, event, exc_info=error)

    def _log_callback_raised(self, callback: Any, error: BaseException, now: float) -> None:
        """Say that the callback of an acknowledgement raised."""
        kind = ("callback", getattr(callback, "__qualname__", type(callback).__qualname__))
        message = "a callback raised an exception"
        self._repeats.log(self.logger.error, kind, now, message, exc_info=error)

    def _log_unsendable(self, error: ValueError, now: float) -> None:
        """Say that what a handler returned cannot be sent."""
        message = "a handler returned what cannot be sent: %s"
        self._repeats.log(self.logger.error, "unsendable", now, message, error)

    def _handler_id(self, event: Any, namespace: str) -> tuple[int, str] | None:
        """What names a handler; not the event, whose names are the peer's where one handles all."""
        plan = self._table.plan(namespace, event)
        if plan is not None:
            return id(plan.handler), ""
        target = self._table.resolve_object(namespace)
        if target is None:
            return None
        method = f"on_{event}"
        return id(target[0]), method if hasattr(target[0], method) else ""
