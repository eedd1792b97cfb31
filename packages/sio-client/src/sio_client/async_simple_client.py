"""`AsyncSimpleClient`: a client without handlers, whose user asks for the next event."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any, Self

from sio_core.exceptions import BadNamespaceError, TimeoutError
from sio_core.handlers import flows

from .async_client import AsyncClient
from .simple_base import SimpleBase


class AsyncSimpleClient(SimpleBase[AsyncClient]):
    """A client of one namespace whose user sends and receives events one after another.

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

    # Connecting ---------------------------------------------------------------

    async def connect(
        self,
        url: str | Callable[[], Any],
        headers: Mapping[str, str] | Callable[[], Any] = {},  # noqa: B006 - never changed
        auth: Any = None,
        transports: Iterable[str] | str | None = None,
        namespace: str = "/",
        socketio_path: str = "socket.io",
        wait_timeout: float = 5,
    ) -> None:
        """Connect to a namespace of a server.

        For example `await sio.connect("https://example.org", namespace="/chat")`. `url`, `headers`,
        `auth`, `transports` and `socketio_path` are those of `AsyncClient.connect`; `namespace` is
        `/` by default, and has `wait_timeout` seconds, 5 by default, once the server has answered.
        Raises `ConnectionError` of `sio_client.exceptions` when it could not be connected,
        `RuntimeError` when it is connected already. Call `disconnect` in the end.
        """
        flow = self._connecting(
            url, headers, auth, transports, namespace, socketio_path, wait_timeout
        )
        await flows.run_awaiting(flow)

    async def disconnect(self) -> None:
        """End the connection.

        A `receive` that waits ends, too; events that have come can still be received.
        """
        await flows.run_awaiting(self._disconnecting())

    # Waiting ------------------------------------------------------------------

    def _state_changed(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def _change(self, deadline: float | None, late: str) -> None:
        """Wait until something happens. Raises `TimeoutError` at the deadline, saying `late`."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout_at(deadline):
                await waiter
        except builtins.TimeoutError:
            raise TimeoutError(late) from None
        finally:
            self._waiters.discard(waiter)

    async def _connection(self, deadline: float | None) -> AsyncClient:
        """The client, once it is connected. Raises `DisconnectedError` when it will not be."""
        while (client := self._ready()) is None:
            await self._change(deadline, "the client was not connected again in time")
        return client

    # Sending and receiving ----------------------------------------------------

    async def emit(self, event: str, data: Any = None) -> None:
        """Send an event; `event` and `data` are those of `AsyncClient.emit`.

        For example `await sio.emit("hello", "from python")`. Raises `DisconnectedError` when the
        client is not connected any more, and what `AsyncClient.emit` raises for data.
        """
        while True:
            client = await self._connection(None)
            try:
                return await client.emit(event, data, namespace=self.namespace)
            except BadNamespaceError:
                continue  # the connection was lost just now: wait for the next one

    async def call(self, event: str, data: Any = None, timeout: float | None = 60) -> Any:
        """Send an event and wait for its acknowledgement.

        For example `total = await sio.call("add", (1, 2))`. `event` and `data` are those of
        `AsyncClient.emit`; `timeout` is in seconds, 60 by default, None for no limit, and includes
        the time in which a lost connection is made again. Returns None, the one value, or a tuple
        of several. Raises `TimeoutError` of `sio_client.exceptions` when the time is over, and
        `CallAbortedError`, which is one, when the connection is lost meanwhile; `DisconnectedError`
        when the client is not connected any more.
        """
        deadline = _deadline(timeout)
        while True:
            client = await self._connection(deadline)
            left = None if deadline is None else deadline - asyncio.get_running_loop().time()
            try:
                return await client.call(event, data, namespace=self.namespace, timeout=left)
            except BadNamespaceError:
                continue

    async def receive(self, timeout: float | None = None) -> list[Any]:
        """Wait for the next event. Returns a list of its name and its arguments.

        For example `name, *arguments = await sio.receive(timeout=5)`. `timeout` is in seconds, None
        (default) for no limit. Events come in the order in which they were sent. Raises
        `TimeoutError` of `sio_client.exceptions` when none comes in time, `DisconnectedError` when
        none will come any more.
        """
        deadline = _deadline(timeout)
        while (event := self._next_event()) is None:
            await self._change(deadline, "no event came in time")
        return event

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.disconnect()


def _deadline(timeout: float | None) -> float | None:
    return None if timeout is None else asyncio.get_running_loop().time() + timeout
