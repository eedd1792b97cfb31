"""What a handler can be called with: read from its signature, never found out by calling it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from types import MethodType
from typing import Any, Final, TypeAlias

Handler: TypeAlias = Callable[..., Any]

MAX_DECORATORS: Final = 32
"""Decorators in front of each other that are looked through: one may stand in front of itself."""


@dataclass(frozen=True, slots=True)
class CallShape:
    """A `CallShape` counts the positional arguments of a handler: `least` to `most` (None: any).

    `underneath` is the shape of the function that a decorator stands in front
    of, where the decorator itself takes whatever comes; `behind` is that where it has parameters of
    its own before those.
    """

    is_coroutine: bool
    least: int
    most: int | None
    underneath: CallShape | None = None
    behind: CallShape | None = None

    def takes(self, count: int) -> bool:
        """Return whether the handler can be called with `count` positional arguments."""
        return self.least <= count and (self.most is None or count <= self.most)

    def suits(self, count: int) -> bool:
        """Return whether the handler, and what is underneath it, can be called so.

        Whether a decorator hands on all that it takes is not to be seen: false
        is a reason to try another count, none to leave the handler uncalled.
        """
        return self.takes(count) and (self.underneath is None or self.underneath.takes(count))


def call_shape(handler: Handler) -> CallShape:
    """Read the shape of `handler` from its own signature; without one anything fits.

    A decorator with `functools.wraps` is called in place of the function that it
    stands in front of, and may take other arguments: its own signature counts.
    """
    shape = innermost = _own_shape(handler)
    layers = 0
    while innermost.least == 0 and innermost.most is None and layers < MAX_DECORATORS:
        wrapped = _wrapped(handler)
        if wrapped is None:
            break
        handler, innermost, layers = wrapped, _own_shape(wrapped), layers + 1
    if layers:
        return replace(shape, underneath=innermost)
    wrapped = _wrapped(handler) if shape.most is None else None
    return shape if wrapped is None else replace(shape, behind=_own_shape(wrapped))


def is_coroutine_function(handler: Handler) -> bool:
    """Return whether a call of `handler`, a function, a partial or an object, makes a coroutine."""
    while isinstance(handler, partial):
        handler = handler.func
    call = getattr(type(handler), "__call__", None)  # noqa: B004 - an object's own is not called
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(call)


def _own_shape(handler: Handler) -> CallShape:
    is_coroutine = is_coroutine_function(handler)
    try:
        parameters = inspect.signature(handler, follow_wrapped=False).parameters.values()
    except (TypeError, ValueError):
        return CallShape(is_coroutine, 0, None)
    least = most = 0
    unbounded = False
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            unbounded = True
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            most += 1
            if parameter.default is parameter.empty:
                least += 1
    return CallShape(is_coroutine, least, None if unbounded else most)


def _wrapped(handler: Handler) -> Handler | None:
    """The function that a decorator stands in front of; for a method with its object."""
    wrapped = getattr(handler, "__wrapped__", None)
    if not callable(wrapped):
        return None
    return MethodType(wrapped, handler.__self__) if isinstance(handler, MethodType) else wrapped
