"""Tell clients that the process is ending as soon as it is asked to end.

WSGI has no word for it: web servers first wait for open requests, and a poll
or a WebSocket stays open. So the signals that end a server also start the
shutdown of Socket.IO here, and are then passed on to whoever handled them.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)
TRIES = 2
"""When the application is made and at the first request: to look takes 4 µs."""


class SignalWatch:
    """Calls `stopping` at the first SIGTERM or SIGINT, in the signal's handler.

    Only where the web server has a handler of its own to pass the signal on
    to, and only in the main thread; elsewhere `start` does nothing.
    """

    def __init__(self, stopping: Callable[[], None]) -> None:
        self._stopping = stopping
        self._previous: dict[int, Callable[[int, FrameType | None], Any]] = {}
        self._told = False
        self._tries = TRIES

    def start(self) -> None:
        """Begin to watch."""
        if not self._tries or threading.current_thread() is not threading.main_thread():
            return
        self._tries -= 1
        if self._previous:
            return
        for number in SIGNALS:
            current = signal.getsignal(number)
            if callable(current) and current is not signal.default_int_handler:
                self._previous[number] = current
                signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if not self._told:
            self._told = True
            self._stopping()
        self._previous[number](number, frame)
