"""`AsyncSimpleClient`: a client without handlers, whose user asks for the next event."""

from __future__ import annotations

import asyncio
import builtins
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, ClassVar

from sio_core.exceptions import BadNamespaceError, DisconnectedError, TimeoutError

from .async_client import AsyncClient


class AsyncSimpleClient:
    """A client of one namespace whose user sends and receives events one after another.

    The arguments are those of `AsyncClient`. While a lost connection is being made
    again, `emit`, `call` and `receive` wait for it.
    """

    client_class: ClassVar[type[AsyncClient]] = AsyncClient
    """What connects; a subclass may name one of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.client_args = args
        self.client_kwargs = kwargs
        self.client: AsyncClient | None = None
        self.namespace = "/"
        self.connected = False
        self.input_buffer: deque[list[Any]] = deque()
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
        if self.connected:
            raise RuntimeError("Already connected")
        self.connected = True
        self.namespace = namespace
        self.input_buffer.clear()
        self.client = client = self.client_class(*self.client_args, **self.client_kwargs)
        self._listen(client, namespace)
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

    def _listen(self, client: AsyncClient, namespace: str) -> None:
        """Have everything that happens to `client` wake those who wait."""

        def connected() -> None:
            self._wake()

        def ended() -> None:
            self._over(client)

        def received(event: Any, *args: Any) -> None:
            if self.client is client:
                self.input_buffer.append([event, *args])
                self._wake()

        client.on("connect", connected, namespace)
        client.on("__disconnect_final", ended, namespace)
        client.on("*", received, namespace)

    def _over(self, client: AsyncClient) -> None:
        if self.client is client:
            self.client = None
            self.connected = False
            self._wake()

    async def disconnect(self) -> None:
        """Disconnect, as `AsyncClient.disconnect` does; a `receive` that waits ends."""
        client = self.client
        if client is not None:
            self._over(client)
            await client.disconnect()

    @property
    def sid(self) -> str | None:
        """The session id, which changes with each connection; None while there is none."""
        return self.client.get_sid(self.namespace) if self.client else None

    @property
    def transport(self) -> str:
        """The transport in use, `"polling"` or `"websocket"`; empty while there is none."""
        try:
            return self.client.transport() if self.client else ""
        except DisconnectedError:
            return ""

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
        while True:
            client = self.client
            if client is None:
                raise DisconnectedError("the client is not connected")
            if self.namespace in client.namespaces:
                return client
            await self._change(deadline, "the client was not connected again in time")

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
        while not self.input_buffer:
            if self.client is None:
                raise DisconnectedError("the client is not connected")
            await self._change(deadline, "no event came in time")
        return self.input_buffer.popleft()

    async def __aenter__(self) -> AsyncSimpleClient:
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
