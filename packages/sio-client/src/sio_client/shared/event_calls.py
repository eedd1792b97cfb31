"""Which handlers an event of the core calls, for both clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import iscoroutinefunction
from typing import Any, ClassVar, Final

from sio_core.handlers import Registration
from sio_core.socketio import (
    AttemptFailed,
    ClientEvent,
    Connected,
    ConnectRefused,
    Ended,
    NamespaceLeft,
    ServerEventReceived,
)

from ..attempts.connect_errors import connect_error_data
from ..handlers.handler_call import FINAL, HandlerCall
from ..handlers.handler_source import HandlerSource
from .namespace_base import NamespaceOfClient


class EventCalls(Registration):
    """`EventCalls` knows the handlers of one client, and which of them an event calls.

    How they are called belongs to the two clients.
    """

    _namespace_class: ClassVar[str]
    """The base of the class-based namespaces that can be registered, with its article."""
    _plain_trigger: ClassVar[Any]
    """`_trigger_event` of the client, which an application may override to see every event."""

    connection_namespaces: list[str]
    reserved_events = ["connect", "connect_error", "disconnect", FINAL]  # noqa: RUF012 - as known
    _other_argument_counts: ClassVar[Mapping[str, Sequence[int]]] = {
        "connect_error": (-1, 1),
        "disconnect": (-1,),
    }

    def is_asyncio_based(self) -> bool:
        """Return whether the methods are coroutines."""
        return iscoroutinefunction(self._plain_trigger)

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
        namespace_handler._set_client(self)
        self._table.objects[namespace_handler.namespace] = namespace_handler

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
        event_handler, namespace_handler = EVENT_HOOKS
        return (
            kind._trigger_event is not kind._plain_trigger
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


EVENT_HOOKS: Final = (EventCalls._get_event_handler, EventCalls._get_namespace_handler)
"""The hooks of both colours; `_trigger_event` is one of its own in each."""


def _refusal(data: Any) -> tuple[Any, ...]:
    """The arguments of a connect_error handler; a server that said nothing has none."""
    return () if data is None else (data,)
