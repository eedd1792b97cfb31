"""Flows: what waits for functions of the application, written once for both colours.

A flow is a generator. It yields what is to be called, a function without arguments, and is
sent what that returns, or thrown what it raises; what the flow returns is its result.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from inspect import isawaitable
from typing import Any, TypeAlias, TypeVar

R = TypeVar("R")
Flow: TypeAlias = Generator[Callable[[], Any], Any, R]


async def resolve(result: Any) -> Any:
    """Return what a function of the application returned, awaited if it can be."""
    if isawaitable(result):
        return await result
    return result


async def run_awaiting(flow: Flow[R]) -> R:
    """Run a flow on asyncio: awaits what its calls return, where that can be awaited."""
    try:
        call = next(flow)
        while True:
            try:
                result = call()
                if isawaitable(result):
                    result = await result
            except BaseException as error:
                call = flow.throw(error)
            else:
                call = flow.send(result)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def run(flow: Flow[R], check: Callable[[Any], Any] | None = None) -> R:
    """Run a flow whose calls return their results.

    `check` is given each of them, and returns it or raises.
    """
    try:
        call = next(flow)
        while True:
            try:
                result = call() if check is None else check(call())
            except BaseException as error:
                call = flow.throw(error)
            else:
                call = flow.send(result)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
