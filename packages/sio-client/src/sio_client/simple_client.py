"""`SimpleClient`: a client without handlers, whose events are asked for one by one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any, ClassVar, Self, Unpack

from sio_core.exceptions import BadNamespaceError, TimeoutError

from .client import Client
from .options import AllClientOptions
from .simple_base import MAX_BUFFERED_EVENTS, SimpleState


class SimpleClient(SimpleState[Client]):
    """One connection to one namespace; events wait until `receive` takes them.

    The arguments are those of `Client`. While a connection that broke is made again,
    `emit`, `call` and `receive` wait for it. Of the events that nobody receives the newest
    `max_buffered_events` are kept. It can be used in a `with` statement, which disconnects at
    its end.
    """

    client_class: ClassVar[type[Client]] = Client
    """What connects; a subclass may name one of its own."""

    def __init__(
        self,
        *args: Any,
        max_buffered_events: int = MAX_BUFFERED_EVENTS,
        **kwargs: Unpack[AllClientOptions],
    ) -> None:
        self._changed = changed = threading.Condition()
        super().__init__(args, kwargs, max_buffered_events, changed, changed.notify_all)

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
        """Connect to one namespace of a server.

        Raises RuntimeError when it is connected already, `ConnectionError` when it could
        not be connected; the arguments are those of `Client.connect`.
        """
        client = self._begin(
            lambda: self.client_class(*self.client_args, **self.client_kwargs), namespace
        )
        try:
            client.connect(
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

    def emit(self, event: str, data: Any = None) -> None:
        """Send an event. Raises `DisconnectedError` when it is not connected any more."""
        while True:
            client = self._await_ready(None)
            try:
                return client.emit(event, data, namespace=self.namespace)
            except BadNamespaceError:
                continue  # lost just now

    def call(self, event: str, data: Any = None, timeout: float | None = 60) -> Any:
        """Send an event and wait for its acknowledgement.

        Returns None, the one value, or a tuple of several. Raises `TimeoutError` when it
        does not come in `timeout` seconds, with a connection that has to be made again
        within them, or when the connection is lost meanwhile; `DisconnectedError` when
        it is not connected any more.
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

        Raises `TimeoutError` when none comes in `timeout` seconds (None: never), and
        `DisconnectedError` when none will come any more.
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
        """End the connection."""
        client = self.client
        if client is not None:
            client.disconnect()
            self._over(client)

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
