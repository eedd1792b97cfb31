"""`AsyncSimpleClient`: a client without handlers, whose user asks for the next event."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from types import TracebackType
from typing import Any, ClassVar, Self, Unpack

from sio_core.exceptions import BadNamespaceError, TimeoutError

from .async_client import AsyncClient
from .options import AllClientOptions
from .simple_base import MAX_BUFFERED_EVENTS, SimpleState


class AsyncSimpleClient(SimpleState[AsyncClient]):
    """A client of one namespace whose user sends and receives events one after another.

    The arguments are those of `AsyncClient`. While a lost connection is being made
    again, `emit`, `call` and `receive` wait for it. Of the events that nobody receives the
    newest `max_buffered_events` are kept. It can be used in an `async with` statement, which
    disconnects at its end.
    """

    client_class: ClassVar[type[AsyncClient]] = AsyncClient
    """What connects; a subclass may name one of its own."""

    def __init__(
        self,
        *args: Any,
        max_buffered_events: int = MAX_BUFFERED_EVENTS,
        **kwargs: Unpack[AllClientOptions],
    ) -> None:
        # Everything happens in one loop: there is nothing to lock.
        super().__init__(args, kwargs, max_buffered_events, nullcontext(), self._wake)
        self._waiters: set[asyncio.Future[None]] = set()

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
        """Connect to a namespace of a server; the arguments are those of `AsyncClient.connect`.

        Raises `ConnectionError` when that fails, RuntimeError when the client is
        connected already.
        """
        client = self._begin(
            lambda: self.client_class(*self.client_args, **self.client_kwargs), namespace
        )
        try:
            await client.connect(
                url,
                headers=headers,
                auth=auth,
                transports=transports,
                namespaces=[namespace],
                socketio_path=socketio_path,
                wait_timeout=wait_timeout,
            )
        except BaseException:
            self._over(client)
            raise
        self._began(client)

    async def disconnect(self) -> None:
        """Disconnect, as `AsyncClient.disconnect` does; a `receive` that waits ends."""
        client = self.client
        if client is not None:
            try:
                await client.disconnect()
            finally:
                self._over(client)

    # Waiting ------------------------------------------------------------------

    def _wake(self) -> None:
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
        """Send an event; the arguments are those of `AsyncClient.emit`.

        Raises `DisconnectedError` when there is no connection and will be none.
        """
        while True:
            client = await self._connection(None)
            try:
                return await client.emit(event, data, namespace=self.namespace)
            except BadNamespaceError:
                continue  # it was lost just now

    async def call(self, event: str, data: Any = None, timeout: float | None = 60) -> Any:
        """Send an event and wait for its acknowledgement, as `AsyncClient.call` does.

        Raises `DisconnectedError` when there is no connection and will be none. One that
        is lost after the event was sent raises `CallAbortedError`: the event is not
        sent a second time.
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
        """The next event of the server as `[name, *arguments]`, in the order of their sending.

        Raises `TimeoutError` when there is none within `timeout` seconds (None: no
        limit), `DisconnectedError` when there will be none.
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
