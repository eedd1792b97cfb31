"""A server as applications of both colours see it: handlers are written once, as generators."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Generator
from typing import Any

from sio_server import AsyncNamespace, AsyncServer, Namespace, Server

LIMIT = 1000.0
"""Seconds that a gate stays closed at most; the clock may be moved meanwhile."""


class Both:
    """Hands on to a server, `sio`; what is a generator function becomes a handler of its colour.

    In a generator `yield` stands for `await`: `reply = yield sio.call(...)`. A function without
    `yield` is registered as it is.
    """

    def __init__(self, sio: AsyncServer | Server) -> None:
        self.sio: Any = sio
        self.asynchronous = isinstance(sio, AsyncServer)
        self.notes: list[Any] = []
        self.commands: dict[str, Callable[..., Any]] = {}
        self._gates: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sio, name)

    # Registration ---------------------------------------------------------

    def coloured(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A generator function as a coroutine function or a plain one, after the server's kind."""
        if not inspect.isgeneratorfunction(function):
            return function
        return _like(function, _await if self.asynchronous else _run, self.asynchronous)

    def on(self, event: str, namespace: str | None = None) -> Callable[..., Any]:
        """Register the decorated function for an event."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self.sio.on(event, self.coloured(function), namespace=namespace)
            return function

        return register

    def event(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Register the decorated function for the event of its name."""
        self.on(function.__name__)(function)
        return function

    def namespace(self, name: str) -> Callable[[type[Any]], Any]:
        """Register the decorated class, whose methods are handlers, for a namespace.

        Its methods find what a class namespace of the server's colour has.
        """

        def register(kind: type[Any]) -> Any:
            methods = {
                key: self.coloured(value)
                for key, value in vars(kind).items()
                if inspect.isfunction(value)
            }
            base = AsyncNamespace if self.asynchronous else Namespace
            found = type(kind.__name__, (base,), methods)(name)
            self.sio.register_namespace(found)
            return found

        return register

    def command(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Let the scenario call the decorated function by its name."""
        self.commands[function.__name__] = self.coloured(function)
        return function

    # What applications need beside the server --------------------------------

    def note(self, *what: Any) -> None:
        """Tell the scenario; what JSON can carry."""
        self.notes.append(what)

    def background(self, function: Callable[..., Any], *args: Any) -> Any:
        """Start a background task."""
        return self.sio.start_background_task(self.coloured(function), *args)

    def gate(self, name: str) -> Any:
        """Wait until the scenario opens the gate `name`: `yield sio.gate(name)`."""
        gate = self._gate(name)
        if self.asynchronous:
            return asyncio.wait_for(gate.wait(), LIMIT)
        return gate.wait(LIMIT)

    def open(self, name: str) -> None:
        """Open the gate `name`, for all and for ever."""
        self._gate(name).set()

    def open_all(self) -> None:
        """Open every gate that somebody may wait at."""
        for name in list(self._gates):
            self.open(name)

    def _gate(self, name: str) -> Any:
        make = asyncio.Event if self.asynchronous else self.sio.concurrency.event
        return self._gates.setdefault(name, make())


def _like(
    function: Callable[..., Any], run: Callable[..., Any], asynchronous: bool
) -> Callable[..., Any]:
    """A function with the parameters of another one, which runs what that returns.

    Its signature is its own: one that was set on it would go along to whatever is decorated
    with `functools.wraps`.
    """
    shown, passed, defaults = [], [], {}
    for name, parameter in inspect.signature(function).parameters.items():
        passed.append(str(parameter).partition("=")[0].partition(":")[0].strip())
        shown.append(passed[-1])
        if parameter.default is not parameter.empty:
            defaults[name] = parameter.default
            shown[-1] += f"=defaults[{name!r}]"
    definition, wait = ("async def", "await ") if asynchronous else ("def", "")
    source = f"{definition} made({', '.join(shown)}): return {wait}run(given({', '.join(passed)}))"
    scope: dict[str, Any] = {"defaults": defaults, "run": run, "given": function}
    exec(source, scope)
    made: Callable[..., Any] = scope["made"]
    made.__name__, made.__qualname__ = function.__name__, function.__qualname__
    return made


def _run(steps: Generator[Any, Any, Any]) -> Any:
    """Run what has waited already when it yields."""
    try:
        value = next(steps)
        while True:
            value = steps.send(value)
    except StopIteration as end:
        return end.value


async def _await(steps: Generator[Any, Any, Any]) -> Any:
    """Await what is yielded, and have the generator meet its result or its exception."""
    step: Callable[[], Any] = steps.__next__
    while True:
        try:
            waited = step()
        except StopIteration as end:
            return end.value
        try:
            value = await waited if inspect.isawaitable(waited) else waited
        except BaseException as error:
            step = _throwing(steps, error)
        else:
            step = _sending(steps, value)


def _sending(steps: Generator[Any, Any, Any], value: Any) -> Callable[[], Any]:
    return lambda: steps.send(value)


def _throwing(steps: Generator[Any, Any, Any], error: BaseException) -> Callable[[], Any]:
    return lambda: steps.throw(error)
