"""What the asyncio driver keeps about one client: its load, and who waits for it to shrink."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Generator
from contextlib import nullcontext
from typing import Any

from ...client.load import Load
from ...entrance import awaited


class FutureFlag:
    """A future that several tasks can wait for, each of which can be cancelled alone."""

    __slots__ = ("_future",)

    def __init__(self) -> None:
        self._future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def set(self) -> None:
        """Wake all that wait."""
        # A task of an event loop that has ended does not wait any more.
        if not self._future.done() and not self._future.get_loop().is_closed():
            self._future.set_result(None)

    def wait(self) -> Awaitable[None]:
        """Return what to await until it is set."""
        return asyncio.shield(self._future)


class ClientLoad(Load):
    """The load of one client; `order` are its handlers that wait for the one before them."""

    __slots__ = ()

    SLICE = 256
    lock = nullcontext()
    reading = nullcontext()
    new_waiter = FutureFlag
    waits = staticmethod(awaited)
    order: deque[Generator[Any, Any, None]] | None

    def handler_begun(self) -> None:
        """One more event of the client is being handled."""
        self.pending += 1
