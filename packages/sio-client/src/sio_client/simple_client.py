"""`SimpleClient`: a client without handlers, whose events are asked for one by one."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import Any, ClassVar, Self

from sio_core.exceptions import BadNamespaceError, DisconnectedError, TimeoutError

from .client import Client


class SimpleClient:
    """One connection to one namespace; events wait until `receive` takes them.

    The arguments are those of `Client`. While a connection that broke is made again,
    `emit`, `call` and `receive` wait for it. It can be used in a `with` statement,
    which disconnects at its end.
    """

    client_class: ClassVar[type[Client]] = Client

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.client_args = args
        self.client_kwargs = kwargs
        self.client: Client | None = None
        self.namespace = "/"
        self._changed = threading.Condition()
        self._events: deque[list[Any]] = deque()
        self._over = True

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
        if self.client is not None and not self._over:
            raise RuntimeError("Already connected")
        self.namespace = namespace
        self._events.clear()
        self._over = False
        self.client = client = self.client_class(*self.client_args, **self.client_kwargs)
        client.on("connect", self._told, namespace=namespace)
        client.on("disconnect", self._told, namespace=namespace)
        client.on("__disconnect_final", self._ended, namespace=namespace)
        client.on("*", self._came, namespace=namespace)
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
            self._ended()
            self.client = None
            raise

    @property
    def sid(self) -> str | None:
        """The session id, or None while it is not connected."""
        return None if self.client is None else self.client.get_sid(self.namespace)

    @property
    def transport(self) -> str:
        """The transport in use, `"polling"` or `"websocket"`; empty while it is not connected."""
        client = self.client
        return client.transport() if client is not None and client.connected else ""

    @property
    def connected(self) -> bool:
        """True while events can be sent."""
        return self.sid is not None

    def emit(self, event: str, data: Any = None) -> None:
        """Send an event. Raises `DisconnectedError` when it is not connected any more."""
        while True:
            client = self._ready()
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
            client = self._ready(deadline)
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
        with self._changed:
            if not self._changed.wait_for(lambda: self._events or self._over, timeout):
                raise TimeoutError("no event came in time")
            if self._events:
                return self._events.popleft()
        raise DisconnectedError("the client is not connected")

    def disconnect(self) -> None:
        """End the connection."""
        client, self.client = self.client, None
        if client is not None:
            client.disconnect()
        self._ended()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.disconnect()

    def _ready(self, deadline: float | None = None) -> Client:
        """Wait until events can be sent. Returns the client that sends them.

        Raises `TimeoutError` at `deadline`, `DisconnectedError` when it is over.
        """
        client = self.client
        if client is not None:
            left = None if deadline is None else deadline - time.monotonic()
            with self._changed:
                if not self._changed.wait_for(lambda: self._over or self.connected, left):
                    raise TimeoutError("the client was not connected again in time")
                if not self._over:
                    return client
        raise DisconnectedError("the client is not connected")

    # Handlers -----------------------------------------------------------------

    def _told(self, *args: Any) -> None:
        with self._changed:
            self._changed.notify_all()

    def _ended(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _came(self, *event: Any) -> None:
        with self._changed:
            self._events.append(list(event))
            self._changed.notify_all()
