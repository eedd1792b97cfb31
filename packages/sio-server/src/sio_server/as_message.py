"""`send` of the servers, made from their `emit`: the two cannot drift."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
ServerT = TypeVar("ServerT")

SAYS = """Send an event with the name `message`: `emit` with all its other arguments.

        For example `{example}`. `data`, `to`, `room`, `skip_sid`, `namespace`, `callback` and
        `ignore_queue` are those of `emit`, and so is what it raises.
        """


def as_message(
    emit: Callable[Concatenate[ServerT, str, P], R],
) -> Callable[Concatenate[ServerT, P], R]:
    """Return a method that calls the server's `emit` with the event `message`.

    `emit` is that of the server's class; a subclass may have one of its own, which gets all but the
    event and the data by keyword. What is made from a coroutine function is one.
    """
    own, _event, data, *others = inspect.signature(emit).parameters.values()
    names = [parameter.name for parameter in others]

    def name(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Put positional arguments among those by keyword."""
        twice = [name for name in names[: len(args)] if name in kwargs]
        if twice or len(args) > len(names):
            raise TypeError(f"send() got too many arguments, or twice: {', '.join(twice)}")
        kwargs.update(zip(names, args, strict=False))

    async def awaiting(self: Any, data: Any, *args: Any, **kwargs: Any) -> Any:
        if args:
            name(args, kwargs)
        return await self.emit("message", data, **kwargs)

    def plain(self: Any, data: Any, *args: Any, **kwargs: Any) -> Any:
        if args:
            name(args, kwargs)
        return self.emit("message", data, **kwargs)

    awaits = inspect.iscoroutinefunction(emit)
    made: Any = awaiting if awaits else plain
    functools.update_wrapper(made, emit)
    del made.__wrapped__
    parameters = [own, data.replace(default=inspect.Parameter.empty), *others]
    made.__signature__ = inspect.signature(emit).replace(parameters=parameters)
    made.__name__ = "send"
    made.__qualname__ = emit.__qualname__.replace("emit", "send")
    made.__doc__ = SAYS.format(
        example='await sio.send("hello", to=sid)' if awaits else 'sio.send("hello", to=sid)'
    )
    sending: Callable[Concatenate[ServerT, P], R] = made
    return sending
