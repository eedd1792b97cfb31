"""Run an awaitable on the spot for as long as it does not wait.

A web server's `send` nearly always finishes without waiting: the bytes go to
the transport's buffer. `run_until_waiting` finds that out, and gives back the rest of a call that
waits. The caller should await the rest in the same task: see `writers.py`.
"""

from __future__ import annotations

import types
from collections.abc import Awaitable, Coroutine, Generator
from typing import Any


class Done:
    """Awaited, it does not wait: for a `send` that has written already."""

    def __await__(self) -> Any:
        """Return at once."""
        return iter(())


DONE: Awaitable[None] = Done()


def run_until_waiting(awaitable: Awaitable[None]) -> Coroutine[Any, Any, None] | None:
    """Run `awaitable` until it ends or waits.

    Returns None when it ended. Otherwise it waits for what it yielded: await
    the result to finish it. Raises what the awaitable raises.
    """
    iterator: Any
    if isinstance(awaitable, types.CoroutineType):
        iterator = awaitable
        try:
            waits_for = awaitable.send(None)
        except StopIteration:
            return None
    else:
        iterator = iter(awaitable.__await__())
        try:
            waits_for = next(iterator)
        except StopIteration:
            return None
    return _finish(iterator, waits_for)


async def _finish(iterator: Any, waits_for: Any) -> None:
    await _resume(iterator, waits_for)


@types.coroutine
def _resume(iterator: Any, waits_for: Any) -> Generator[Any, Any, None]:
    """Go on with what has begun: the first thing that it waits for is already known."""
    while True:
        try:
            value = yield waits_for
        except BaseException as error:
            throw = getattr(iterator, "throw", None)
            if throw is None:
                raise
            try:
                waits_for = throw(error)
            except StopIteration:
                return
        else:
            send = getattr(iterator, "send", None)
            try:
                waits_for = next(iterator) if send is None else send(value)
            except StopIteration:
                return
