"""Methods that are written once: coroutines, which what blocks runs to their end.

Whatever such a coroutine waits for goes through a function that has a call of either colour
awaited, such as `flows.resolve`. In threads a call has waited when it returns, so that the
coroutine is never suspended.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_ASYNC_WORDS = re.compile(r"\b(?:await |async )|\bAsync(?=[A-Z])| or coroutine functions?\b")
"""What the docstring of a coroutine says and that of the blocking method does not."""


def run_to_end(coroutine: Coroutine[Any, Any, R]) -> R:
    """Run a coroutine that waits for nothing but calls that have waited. Returns its result."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    coroutine.close()
    raise RuntimeError("a coroutine was suspended that is run in a thread")


def blocking(
    method: Callable[Concatenate[Any, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[Any, P], R]:
    """Make a method that blocks from one that is a coroutine function, with its docstring."""

    @functools.wraps(method)
    def wait(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return run_to_end(method(self, *args, **kwargs))

    wait.__qualname__ = method.__qualname__.replace("Methods.", ".")
    wait.__doc__ = _ASYNC_WORDS.sub("", method.__doc__ or "")
    return wait


def blocking_as(
    method: Callable[Concatenate[Any, P], Coroutine[Any, Any, R]],
) -> Callable[[Callable[..., R]], Callable[Concatenate[Any, P], R]]:
    """Give a method that blocks the signature and the docstring of a coroutine function.

    That is for the few that are called for every message: they have code of their own.
    """
    return lambda own: _described(own, method, _ASYNC_WORDS.sub("", method.__doc__ or ""))


def awaited_as(
    method: Callable[Concatenate[Any, P], R],
) -> Callable[[Callable[..., R]], Callable[Concatenate[Any, P], R]]:
    """Give a coroutine function the signature and the docstring of another one."""
    return lambda own: _described(own, method, method.__doc__)


def _described(own: Any, method: Any, doc: str | None) -> Any:
    own.__doc__ = doc
    own.__annotations__ = method.__annotations__
    return own
