"""`SimpleClient`: a client without handlers, whose events are asked for one by one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from sio_core.exceptions import BadNamespaceError, TimeoutError
from sio_core.handlers import flows

from .client import Client
from .simple_base import SimpleBase


class SimpleClient(SimpleBase[Client]):
    """A client of one namespace whose user sends and receives events one after another.

    For example::

        with SimpleClient() as sio:
            sio.connect("https://example.org")
            sio.emit("hello", "from python")
            name, *arguments = sio.receive(timeout=5)

    `args` and `kwargs` are those of `Client`. While a connection that was lost is made again,
    `emit`, `call` and `receive` wait for it. Of the events that nobody receives the newest
    `max_buffered_events`, 10,000 by default, are kept. Its end in the `with` statement disconnects.
    """

    client_class = Client

    def _set_up(self) -> threading.Condition:
        self._changed = threading.Condition()
        return self._changed

    def _state_changed(self) -> None:
        self._changed.notify_all()

    def connect(
        self,
        url: Any,
        headers: Any = {},  # noqa: B006 - it is documented so
        auth: Any = None,
        transports: Iterable[str] | str | None = None,
        namespace: str = "/",
        socketio_path: str = "socket.io",
        wait_timeout: float = 5,
    ) -> None:
        """Connect to a namespace of a server.

        For example `sio.connect("https://example.org", namespace="/chat")`. `url`, `headers`,
        `auth`, `transports` and `socketio_path` are those of `Client.connect`; `namespace` is `/`
        by default, and has `wait_timeout` seconds, 5 by default, once the server has answered.
        Raises `ConnectionError` of `sio_client.exceptions` when it could not be connected,
        `RuntimeError` when it is connected already. Call `disconnect` in the end.
        """
        flow = self._connecting(
            url, headers, auth, transports, namespace, socketio_path, wait_timeout
        )
        flows.run(flow)

    def emit(self, event: str, data: Any = None) -> None:
        """Send an event; `event` and `data` are those of `Client.emit`.

        For example `sio.emit("hello", "from python")`. Raises `DisconnectedError` when the client
        is not connected any more, and what `Client.emit` raises for data.
        """
        while True:
            client = self._await_ready(None)
            try:
                return client.emit(event, data, namespace=self.namespace)
            except BadNamespaceError:
                continue  # the connection was lost just now: wait for the next one

    def call(self, event: str, data: Any = None, timeout: float | None = 60) -> Any:
        """Send an event and wait for its acknowledgement.

        For example `total = sio.call("add", (1, 2))`. `event` and `data` are those of
        `Client.emit`; `timeout` is in seconds, 60 by default, None for no limit, and includes the
        time in which a lost connection is made again. Returns None, the one value, or a tuple of
        several. Raises `TimeoutError` of `sio_client.exceptions` when the time is over, and
        `CallAbortedError`, which is one, when the connection is lost meanwhile; `DisconnectedError`
        when the client is not connected any more.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            client = self._await_ready(deadline)
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            try:
                return client.call(event, data, namespace=self.namespace, timeout=left)
            except BadNamespaceError:
                continue

    def receive(self, timeout: float | None = None) -> list[Any]:
        """Wait for the next event. Returns a list of its name and its arguments.

        For example `name, *arguments = sio.receive(timeout=5)`. `timeout` is in seconds, None
        (default) for no limit. Events come in the order in which they were sent. Raises
        `TimeoutError` of `sio_client.exceptions` when none comes in time, `DisconnectedError` when
        none will come any more.
        """
        event: list[Any] | None = None

        def came() -> bool:
            nonlocal event
            event = self._next_event()
            return event is not None

        with self._changed:
            self._changed.wait_for(came, timeout)
        if event is None:
            raise TimeoutError("no event came in time")
        return event

    def disconnect(self) -> None:
        """End the connection.

        A `receive` that waits ends, too; events that have come can still be received.
        """
        flows.run(self._disconnecting())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.disconnect()

    def _await_ready(self, deadline: float | None) -> Client:
        """Wait until events can be sent. Returns the client that sends them.

        Raises `TimeoutError` at `deadline`, `DisconnectedError` when it is over.
        """
        left = None if deadline is None else deadline - time.monotonic()
        with self._changed:
            client = self._changed.wait_for(self._ready, left)
        if client is None:
            raise TimeoutError("the client was not connected again in time")
        return client
