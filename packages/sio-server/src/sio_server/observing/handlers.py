"""How observers hear of the handlers of events, which run in tasks, threads and greenlets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from inspect import isawaitable
from types import TracebackType
from typing import Any

from sio_core.socketio import Socket
from sio_core.socketio.observers import Call, Failed, overrides, telling

from .observer import Observer


class HandlerObservers:
    """Those observers that hear of each handler; `failed(method, error)` hears what one raises."""

    def __init__(self, observers: Sequence[Observer], failed: Failed) -> None:
        self.all = tuple(observers)
        self.failed = failed

    def around(self, socket: Socket, name: Any) -> Around:
        """Return what a handler is to be called in, by `with`, in the context that it has."""
        return Around(self, socket, name)

    async def run_awaiting(
        self, socket: Socket, name: Any, handler: Callable[..., Any], args: tuple[Any, ...]
    ) -> Any:
        """Call a handler on asyncio, and await what can be awaited. Returns its result."""
        with Around(self, socket, name):
            result = handler(*args)
            return await result if isawaitable(result) else result


class Around:
    """One call of a handler, as observers hear of it."""

    __slots__ = ("_begun", "_name", "_observers", "_socket")

    def __init__(self, observers: HandlerObservers, socket: Socket, name: Any) -> None:
        self._observers = observers
        self._socket = socket
        self._name = name
        self._begun: list[tuple[Observer, Any]] = []

    def __enter__(self) -> None:
        for observer in self._observers.all:
            begun = None
            try:
                begun = observer.handler_begun(self._socket, self._name)
            except Exception as error:
                self._observers.failed("handler_begun", error)
            self._begun.append((observer, begun))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for observer, begun in reversed(self._begun):  # the last begun ends first
            try:
                observer.handler_ended(self._socket, self._name, begun, error)
            except Exception as raised:
                self._observers.failed("handler_ended", raised)


def handler_observers(observers: Iterable[Observer], failed: Failed) -> HandlerObservers | None:
    """Return those of `observers` that hear of each handler, or None where there are none."""
    hear = [
        observer
        for observer in observers
        if overrides(observer, "handler_begun", Observer)
        or overrides(observer, "handler_ended", Observer)
    ]
    return HandlerObservers(hear, failed) if hear else None


def failure_observers(observers: Iterable[Observer], failed: Failed) -> Call | None:
    """Return what tells those of `observers` that hear of failures; None where there are none."""
    name = "handler_failed"
    hear = [
        observer.handler_failed for observer in observers if overrides(observer, name, Observer)
    ]
    return telling(name, hear, failed) if hear else None
