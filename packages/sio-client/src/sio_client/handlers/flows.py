"""Flows: what waits for functions of the application, written once for both colours.

A flow is a generator. It yields the calls to make, and is sent what they return.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from inspect import isawaitable
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

Flow: TypeAlias = Generator[Callable[[], Any], Any, T]


def run(flow: Flow[T]) -> T:
    """Run a flow whose calls return their results."""
    try:
        call = next(flow)
        while True:
            try:
                result = call()
            except BaseException as error:
                call = flow.throw(error)
            else:
                call = flow.send(result)
    except StopIteration as stop:
        returned: T = stop.value
        return returned


async def run_awaiting(flow: Flow[T]) -> T:
    """Run a flow whose calls may return what is to be awaited."""
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
    except StopIteration as stop:
        returned: T = stop.value
        return returned
