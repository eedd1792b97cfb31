"""A handler that was called and returned something to await, and what becomes of it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol


class HandlerCall(Protocol):
    """A handler that was called, and what is done with its result."""

    awaitable: Awaitable[Any]

    def finish(self, result: Any) -> None:
        """The handler returned."""
        ...

    def fail(self, error: Exception) -> Awaitable[None]:
        """The handler raised."""
        ...

    def end(self) -> None:
        """The handler is over, however it ended."""
        ...


async def finish_call(call: HandlerCall) -> None:
    """Await a handler, and deal with its result."""
    try:
        try:
            result = await call.awaitable
        except Exception as error:
            await call.fail(error)
        else:
            call.finish(result)
    finally:
        call.end()
