"""`SimpleClient`: a client without handlers, whose events are asked for one by one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Self

from sio_core.exceptions import TimeoutError
from sio_core.handlers.both_colours import blocking

from .client import Client
from .shared.simple_base import SimpleBase
from .shared.simple_methods import SimpleClientMethods


class SimpleClient(SimpleBase[Client]):
    """A `SimpleClient` sends and receives the events of one namespace one after another.

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

    def _new_event(self) -> threading.Event:
        return threading.Event()

    def _state_changed(self) -> None:
        self._changed.notify_all()

    connect = blocking(SimpleClientMethods[Client].connect)
    emit = blocking(SimpleClientMethods[Client].emit)
    call = blocking(SimpleClientMethods[Client].call)
    receive = blocking(SimpleClientMethods[Client].receive)
    disconnect = blocking(SimpleClientMethods[Client].disconnect)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.disconnect()

    def _until(self, found: Callable[[], Any], deadline: float | None, late: str) -> Any:
        left = None if deadline is None else deadline - time.monotonic()
        value: Any = None

        def came() -> bool:
            nonlocal value
            value = found()
            return value is not None

        with self._changed:
            if not self._changed.wait_for(came, left):
                raise TimeoutError(late)
        return value
