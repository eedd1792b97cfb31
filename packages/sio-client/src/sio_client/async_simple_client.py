"""`AsyncSimpleClient`: a client without handlers, whose user asks for the next event."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from time import monotonic
from typing import Any, Self

from sio_core.exceptions import TimeoutError

from .async_client import AsyncClient
from .shared.simple_methods import SimpleClientMethods


class AsyncSimpleClient(SimpleClientMethods[AsyncClient]):
    """An `AsyncSimpleClient` sends and receives the events of one namespace one after another.

    For example::

        async with AsyncSimpleClient() as sio:
            await sio.connect("https://example.org")
            await sio.emit("hello", "from python")
            name, *arguments = await sio.receive(timeout=5)

    `args` and `kwargs` are those of `AsyncClient`. While a connection that was lost is made again,
    `emit`, `call` and `receive` wait for it. Of the events that nobody receives the newest
    `max_buffered_events`, 10,000 by default, are kept. Its end in the `async with` statement
    disconnects.
    """

    client_class = AsyncClient

    def _set_up(self) -> AbstractContextManager[Any]:
        self._waiters: set[asyncio.Future[None]] = set()
        return nullcontext()  # everything happens in one loop

    def _new_event(self) -> asyncio.Event:
        return asyncio.Event()

    def _state_changed(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def _until(self, found: Callable[[], Any], deadline: float | None, late: str) -> Any:
        while (value := found()) is None:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                async with asyncio.timeout(None if deadline is None else deadline - monotonic()):
                    await waiter
            except builtins.TimeoutError:
                raise TimeoutError(late) from None
            finally:
                self._waiters.discard(waiter)
        return value

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.disconnect()
