"""How what waits is written once for both colours: as coroutines, which a thread runs, too.

Whatever such a coroutine waits for goes through `waits` of its driver. On asyncio that is
`awaited`. In threads a call has waited when it returns, and `waited` has its result: the coroutine
is never suspended, and `run_waited` runs it from its beginning to its end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

SUSPENDED = "a coroutine was suspended that is run in a thread"


def awaited(call: Awaitable[T]) -> Awaitable[T]:
    """Return `call`, which is to be awaited itself."""
    return call


async def waited(result: T) -> T:
    """Return `result`, which was waited for already."""
    return result


def run_waited(flow: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing but what `waited` made. Returns its result."""
    try:
        flow.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    flow.close()
    raise RuntimeError(SUSPENDED)


def run_to_end(flow: Coroutine[Any, Any, None]) -> None:
    """Do `run_waited` of a coroutine without a result: 0.3 µs less."""
    for _ in flow.__await__():
        flow.close()
        raise RuntimeError(SUSPENDED)
