"""Methods of class-based namespaces, made from those of servers and clients: none can drift."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from .namespaces import EventMethods

P = ParamSpec("P")
R = TypeVar("R")


def forward(
    method: Callable[Concatenate[Any, P], R],
) -> Callable[Concatenate[EventMethods, P], R]:
    """A method that calls the owner's method of the same name, by default with its own namespace.

    `method` is that of the class of the server or client. It is looked up in the owner by its name,
    so that a subclass may have one of its own. What is made from a coroutine function is one. A
    method without a parameter `namespace` is called as it is.
    """
    name = method.__name__
    names = list(inspect.signature(method).parameters)
    place = names.index("namespace") - 1 if "namespace" in names else None

    def call(own: EventMethods, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if place is None:
            pass
        elif len(args) > place:
            args = (*args[:place], args[place] or own.namespace, *args[place + 1 :])
        else:
            kwargs["namespace"] = kwargs.get("namespace") or own.namespace
        return getattr(getattr(own, own._owned_by), name)(*args, **kwargs)

    async def awaiting(self: EventMethods, /, *args: Any, **kwargs: Any) -> Any:
        return await call(self, args, kwargs)

    def plain(self: EventMethods, /, *args: Any, **kwargs: Any) -> Any:
        return call(self, args, kwargs)

    made: Any = awaiting if inspect.iscoroutinefunction(method) else plain
    functools.update_wrapper(made, method)
    scope = "for every namespace" if place is None else "with this namespace as the default"
    made.__doc__ = f"`{name}` of the server or client, {scope}."
    forwarded: Callable[Concatenate[EventMethods, P], R] = made
    return forwarded
