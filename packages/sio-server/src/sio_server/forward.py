"""Methods of class-based namespaces, made from those of the servers: signatures cannot drift."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from .namespace_base import BaseNamespace

P = ParamSpec("P")
R = TypeVar("R")


def forward(
    method: Callable[Concatenate[Any, P], R],
) -> Callable[Concatenate[BaseNamespace, P], R]:
    """A method that calls the server's method of the same name, by default with its own namespace.

    `method` is that of the server's class, with a parameter `namespace`. It is looked up in the
    server by its name, so that a subclass may have one of its own. What is made from a coroutine
    function is one.
    """
    name = method.__name__
    place = list(inspect.signature(method).parameters).index("namespace") - 1

    def call(own: BaseNamespace, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if len(args) > place:
            args = (*args[:place], args[place] or own.namespace, *args[place + 1 :])
        else:
            kwargs["namespace"] = kwargs.get("namespace") or own.namespace
        return getattr(own.server, name)(*args, **kwargs)

    async def awaiting(self: BaseNamespace, /, *args: Any, **kwargs: Any) -> Any:
        return await call(self, args, kwargs)

    def plain(self: BaseNamespace, /, *args: Any, **kwargs: Any) -> Any:
        return call(self, args, kwargs)

    made: Any = awaiting if inspect.iscoroutinefunction(method) else plain
    functools.update_wrapper(made, method)
    made.__doc__ = f"`{method.__qualname__}`, with this namespace as the default."
    forwarded: Callable[Concatenate[BaseNamespace, P], R] = made
    return forwarded
