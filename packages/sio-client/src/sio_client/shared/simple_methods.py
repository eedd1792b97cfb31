"""The methods of both simple clients: coroutines, which `SimpleClient` runs to their end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sio_core.exceptions import BadNamespaceError
from sio_core.handlers.flows import resolve

from .simple_base import ClientT, SimpleBase

NOT_AGAIN = "the client was not connected again in time"
NO_EVENT = "no event came in time"


class SimpleClientMethods(SimpleBase[ClientT]):
    """`SimpleClientMethods` has the methods of both simple clients that wait."""

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
        client: Any = self._start(namespace)
        arguments = (url, headers, auth, transports, [namespace], socketio_path, True, wait_timeout)
        try:
            await resolve(client.connect(*arguments))
        except BaseException:
            self._over(client)
            raise
        self._began(client)

    async def emit(self, event: str, data: Any = None) -> None:
        """Send an event; `event` and `data` are those of `AsyncClient.emit`.

        For example `await sio.emit("hello", "from python")`. Raises `DisconnectedError` when the
        client is not connected any more, and what `AsyncClient.emit` raises for data.
        """
        while True:
            client = await resolve(self._until(self._ready, None, NOT_AGAIN))
            try:
                await resolve(client.emit(event, data, namespace=self.namespace))
                return
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
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            client = await resolve(self._until(self._ready, deadline, NOT_AGAIN))
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            try:
                answer = client.call(event, data, namespace=self.namespace, timeout=left)
                return await resolve(answer)
            except BadNamespaceError:
                continue

    async def receive(self, timeout: float | None = None) -> list[Any]:
        """Wait for the next event. Returns a list of its name and its arguments.

        For example `name, *arguments = await sio.receive(timeout=5)`. `timeout` is in seconds, None
        (default) for no limit. Events come in the order in which they were sent. Raises
        `TimeoutError` of `sio_client.exceptions` when none comes in time, `DisconnectedError` when
        none will come any more.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        event: list[Any] = await resolve(self._until(self._next_event, deadline, NO_EVENT))
        return event

    async def disconnect(self) -> None:
        """End the connection.

        A `receive` that waits ends, too; events that have come can still be received.
        """
        client: Any = self.client
        if client is not None:
            try:
                await resolve(client.disconnect())
            finally:
                self._over(client)
