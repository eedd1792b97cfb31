"""Two ways to run a flow: what is written once for both colours and waits for the application.

A flow is a generator. It yields what is to be called, a function without arguments, and is
sent what that returns, or thrown what it raises; what the flow returns is its result.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from types import CoroutineType
from typing import Any, TypeAlias, TypeVar

R = TypeVar("R")
Flow: TypeAlias = Generator[Callable[[], Any], Any, R]


async def resolve(result: Any) -> Any:
    """Return what a function of the application returned, awaited if it can be."""
    if inspect.isawaitable(result):
        return await result
    return result


async def run_awaiting(flow: Flow[R]) -> R:
    """Run a flow on asyncio: awaits what its calls return, where that can be awaited."""
    try:
        call = next(flow)
        while True:
            try:
                result = call()
                if inspect.isawaitable(result):
                    result = await result
            except BaseException as error:
                call = flow.throw(error)
            else:
                call = flow.send(result)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def run(flow: Flow[R]) -> R:
    """Run a flow in a thread or greenlet. What its calls return must not be a coroutine."""
    try:
        call = next(flow)
        while True:
            try:
                result = no_coroutine(call())
            except BaseException as error:
                call = flow.throw(error)
            else:
                call = flow.send(result)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def no_coroutine(result: Any) -> Any:
    """Return what a handler returned. Raises TypeError for a coroutine, which would not be run.

    Registration refuses coroutine functions, and cannot see what a decorator returns.
    """
    if type(result) is CoroutineType:
        result.close()
        raise TypeError("a handler returned a coroutine, which Server cannot run: use AsyncServer")
    return result
