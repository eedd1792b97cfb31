"""Tell clients that the process is ending as soon as it is asked to end.

WSGI has no word for it: web servers first wait for open requests, and a poll
or a WebSocket stays open. So the signals that end a server also start the
shutdown of Socket.IO here, and are then passed on to whoever handled them.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)
TRIES = 2
"""When the application is made and at the first request: to look takes 4 µs."""


class SignalWatch:
    """Calls `stopping` at every SIGTERM and SIGINT, in the signal's handler.

    Only where the web server has a handler of its own to pass the signal on
    to, and only in the main thread; elsewhere `start` does nothing.
    """

    def __init__(self, stopping: Callable[[], None]) -> None:
        self._stopping = stopping
        self._watching = False
        self._tries = TRIES

    def start(self) -> None:
        """Begin to watch."""
        if self._watching or not self._tries:
            return
        self._tries -= 1
        for number in SIGNALS:
            current = signal.getsignal(number)
            if callable(current) and current is not signal.default_int_handler:
                # In another thread this fails. `threading` cannot be asked which one it is:
                # with eventlet's patches it does not know.
                with contextlib.suppress(ValueError):
                    signal.signal(number, partial(self._handle, current))
                    self._watching = True

    def _handle(
        self, previous: Callable[[int, FrameType | None], Any], number: int, frame: FrameType | None
    ) -> None:
        try:
            self._stopping()
        finally:
            previous(number, frame)
