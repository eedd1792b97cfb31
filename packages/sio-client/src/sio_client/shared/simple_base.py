"""What `SimpleClient` and `AsyncSimpleClient` have in common: all but the waiting.

Which client is in use, whether it is connected, and the events that nobody has asked for yet.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar, Unpack

from sio_core.exceptions import DisconnectedError

from ..options import AllClientOptions
from .base_client import BaseClient

ClientT = TypeVar("ClientT", bound=BaseClient)

MAX_BUFFERED_EVENTS = 10_000


class SimpleBase(Generic[ClientT]):
    """A `SimpleBase` is what both simple clients share.

    Every change is made with a lock held, and told. The client's handlers may run in other threads,
    and those of a client that is not in use any more change nothing.
    """

    client_class: type[ClientT]
    """What connects; a subclass may name one of its own."""

    def __init__(
        self,
        *args: Any,
        max_buffered_events: int = MAX_BUFFERED_EVENTS,
        **kwargs: Unpack[AllClientOptions],
    ) -> None:
        if not isinstance(max_buffered_events, int) or max_buffered_events < 1:
            raise ValueError("max_buffered_events must be a whole number of at least 1")
        self.client_args = args
        self.client_kwargs: dict[str, Any] = {**kwargs}
        self.client: ClientT | None = None
        """The client within; None before `connect`, and again when it has ended."""
        self.namespace = "/"
        self.connected = False
        """True from `connect` to the end, also while a lost connection is made again."""
        self.input_buffer: deque[list[Any]] = deque()
        """The events that `receive` has not returned yet; they stay there after the end."""
        self.max_buffered_events = max_buffered_events
        self._dropped = 0
        self._input_event: Any = None
        self._connected_event: Any = None
        self._state_lock = self._set_up()

    def _set_up(self) -> AbstractContextManager[Any]:
        """Make what waits, in the colour of the class. Returns the lock for changes."""
        raise NotImplementedError

    def _state_changed(self) -> None:
        """Wake those who wait for a change. Call it with the lock held."""
        raise NotImplementedError

    def _new_event(self) -> Any:
        """Make an event that can be set and waited for."""
        raise NotImplementedError

    def _until(self, found: Callable[[], Any], deadline: float | None, late: str) -> Any:
        """Wait until `found` returns something, which it does after a change. Returns that.

        Raises `TimeoutError` at `deadline`, by `time.monotonic`, saying `late`. It may be awaited.
        """
        raise NotImplementedError

    @property
    def input_event(self) -> Any:
        """An event of `threading` or `asyncio` that is set while `receive` would not wait."""
        with self._state_lock:
            if self._input_event is None:
                self._input_event = self._new_event()
                self._show()
        return self._input_event

    @property
    def connected_event(self) -> Any:
        """An event of `threading` or `asyncio` that is set while `connected` is true."""
        with self._state_lock:
            if self._connected_event is None:
                self._connected_event = self._new_event()
                self._show()
        return self._connected_event

    @property
    def sid(self) -> str | None:
        """The session id, which changes with each connection; None while there is none."""
        client = self.client
        return None if client is None else client.get_sid(self.namespace)

    @property
    def transport(self) -> str:
        """The transport in use, `"polling"` or `"websocket"`; empty while there is none."""
        client = self.client
        try:
            return "" if client is None else client.transport()
        except DisconnectedError:
            return ""

    def _show(self) -> None:
        """Set or clear the events that were asked for, with the lock held."""
        shown = ((self._input_event, self.input_buffer), (self._connected_event, self.connected))
        for event, is_so in shown:
            if event is None:
                continue
            if is_so:
                event.set()
            else:
                event.clear()

    # For the two clients ----------------------------------------------------------

    def _start(self, namespace: str) -> ClientT:
        """Go over to a new client. Raises RuntimeError when there is one in use."""
        with self._state_lock:
            if self.client is not None:
                raise RuntimeError("Already connected")
            client = self.client = self.client_class(*self.client_args, **self.client_kwargs)
            self.namespace = namespace
            self.input_buffer.clear()
            self._dropped = 0
            self._show()
        self._listen(client, namespace)
        return client

    def _began(self, client: ClientT) -> None:
        """The client is connected."""
        with self._state_lock:
            # It may have come to its end already.
            self.connected = self.client is client
            self._show()
            self._state_changed()

    def _over(self, client: ClientT | None) -> None:
        """The client has ended."""
        with self._state_lock:
            if self.client is client:
                self.client = None
                self.connected = False
                self._show()
                self._state_changed()

    def _ready(self) -> ClientT | None:
        """The client if it can send now, None if that is to be waited for.

        Raises `DisconnectedError` when it is over.
        """
        client = self.client
        if client is None:
            raise DisconnectedError("the client is not connected")
        return None if client.get_sid(self.namespace) is None else client

    def _next_event(self) -> list[Any] | None:
        """Take the next event, None if that is to be waited for.

        Raises `DisconnectedError` when none will come.
        """
        with self._state_lock:
            if self.input_buffer:
                self._dropped = 0
                event = self.input_buffer.popleft()
                self._show()
                return event
            if self.client is None:
                raise DisconnectedError("the client is not connected")
        return None

    def _listen(self, client: ClientT, namespace: str) -> None:
        def told() -> None:
            with self._state_lock:
                self._state_changed()

        def came(*event: Any) -> None:
            with self._state_lock:
                if self.client is client:
                    self._keep(list(event))
                    self._state_changed()

        client.on("connect", told, namespace)
        client.on("__disconnect_final", lambda: self._over(client), namespace)
        client.on("*", came, namespace)

    def _keep(self, event: list[Any]) -> None:
        buffer = self.input_buffer
        if len(buffer) >= self.max_buffered_events:
            buffer.popleft()
            self._dropped += 1
            if self._dropped == 1 and self.client is not None:
                # Once until `receive` is called again; an error, as events are lost.
                self.client.logger.error(
                    "%d events wait for receive(): the oldest is dropped for each that comes; "
                    "call receive() more often, or raise max_buffered_events",
                    len(buffer) + 1,
                )
        buffer.append(event)
        self._show()
