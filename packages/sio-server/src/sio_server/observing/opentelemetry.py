"""Spans of OpenTelemetry for what handlers do and what is sent: `sio-server[opentelemetry]`.

Names, kinds and attributes are those of the instrumentation for Socket.IO in JavaScript. Neither
payloads nor session ids are in them.
"""

from __future__ import annotations

import builtins
from collections.abc import Collection, Hashable, Iterable
from contextvars import Token
from typing import Any, Final

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, TracerProvider

from sio_core import exceptions
from sio_core.socketio import Emit, Socket

from .declared import Declared, Server
from .observer import Observer

SYSTEM: Final = "messaging.system"
DESTINATION: Final = "messaging.destination"
DESTINATION_KIND: Final = "messaging.destination_kind"
OPERATION: Final = "messaging.operation"
NAMESPACE: Final = "messaging.socket.io.namespace"
ROOMS: Final = "messaging.socket.io.rooms"
EVENT: Final = "messaging.socket.io.event_name"

MOST_ROOMS: Final = 20
"""Rooms that a span names."""
REFUSALS: Final = (exceptions.ConnectionRefusedError, builtins.ConnectionRefusedError)
"""By which a connect handler refuses a client: it has done its work."""

Begun = tuple[Span, Token[Context]]


class HandlerSpans(Observer):
    """`HandlerSpans` make a span of each call of a handler, connect and disconnect too.

    For example `sio.observe(HandlerSpans(sio))`. The span is current in the handler, so that spans
    of the application are its children.

    * `server`: the `Server` or `AsyncServer` that is to be observed. Events that have a handler are
      named, all others are `"*"`.
    * `events`: names beside these, for handlers of any event.
    * `tracer_provider`: who makes the spans; None (default): the global one.
    """

    def __init__(
        self,
        server: Server,
        events: Collection[str] = (),
        tracer_provider: TracerProvider | None = None,
    ) -> None:
        self._declared = Declared(server, (*events, "connect", "disconnect"))
        self._tracer = trace.get_tracer("sio_server", tracer_provider=tracer_provider)

    def handler_begun(self, socket: Socket, name: Any) -> Begun:
        """Begin the span, and make it the current one."""
        namespace = self._declared.namespace(socket.namespace)
        attributes = _attributes(namespace, self._declared.event(socket.namespace, name))
        attributes[OPERATION] = "receive"
        if socket.rooms:
            attributes[ROOMS] = _named(tuple(socket.rooms))
        kind = SpanKind.CONSUMER
        span = self._tracer.start_span(f"receive {namespace}", kind=kind, attributes=attributes)
        return span, context.attach(trace.set_span_in_context(span))

    def handler_ended(
        self, socket: Socket, name: Any, begun: Begun | None, error: BaseException | None
    ) -> None:
        """End the span, with `error` if that is one."""
        if begun is None:
            return
        span, token = begun
        context.detach(token)
        if isinstance(error, Exception) and not isinstance(error, REFUSALS):
            span.record_exception(error)
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        span.end()


class EmitSpans(Observer):
    """`EmitSpans` make a span of each event that is sent to clients of this process.

    For example `sio.observe(EmitSpans(sio, events=["said"]))`. It is a child of the span that is
    current where the event is sent, and takes no time: an event is sent when it is in the queues of
    its clients. A processor of spans must not wait: the driver of `Server` holds its lock.
    The arguments are those of `HandlerSpans`; `events` are those that the program sends.
    """

    def __init__(
        self,
        server: Server,
        events: Collection[str] = (),
        tracer_provider: TracerProvider | None = None,
    ) -> None:
        self._declared = Declared(server, events)
        self._tracer = trace.get_tracer("sio_server", tracer_provider=tracer_provider)

    def event_sent(self, emit: Emit, sockets: Collection[Socket], size: int) -> None:
        """Make the span."""
        namespace = self._declared.namespace(emit.namespace)
        attributes = _attributes(namespace, self._declared.event(emit.namespace, emit.event))
        attributes[DESTINATION_KIND] = "topic"
        if emit.to is not None:
            own = {socket.sid for socket in sockets}
            if rooms := _named(room for room in emit.to if room not in own):
                attributes[ROOMS] = rooms
        kind = SpanKind.PRODUCER
        self._tracer.start_span(f"send {namespace}", kind=kind, attributes=attributes).end()


def _attributes(namespace: str, event: str) -> dict[str, Any]:
    return {SYSTEM: "socket.io", DESTINATION: namespace, NAMESPACE: namespace, EVENT: event}


def _named(rooms: Iterable[Hashable]) -> list[str]:
    """Return the names of `rooms`, some of them if there are many."""
    return [str(room) for room, _ in zip(rooms, range(MOST_ROOMS), strict=False)]
