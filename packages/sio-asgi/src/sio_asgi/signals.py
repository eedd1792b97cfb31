"""Tell clients that the process is ending as soon as it is asked to end.

ASGI has no word for it: web servers first wait for open requests, and a poll
or a WebSocket stays open. So the signals that end a server also start the
shutdown of Socket.IO here, and are then passed on to whoever handled them.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class SignalWatch:
    """Calls `stopping` on the event loop at the first SIGTERM or SIGINT.

    Only where the web server has a handler of its own to pass the signal on
    to, and only in the main thread; elsewhere `start` does nothing.
    """

    def __init__(self, stopping: Callable[[], None]) -> None:
        self._stopping = stopping
        self._previous: dict[int, Callable[[int, FrameType | None], Any]] = {}

    def start(self) -> None:
        """Begin to watch; on the running loop."""
        if self._previous or threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()

        def handle(number: int, frame: FrameType | None) -> None:
            previous = self._previous.get(number)
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._stopping)
            if previous is not None:
                previous(number, frame)

        for number in SIGNALS:
            current = signal.getsignal(number)
            if callable(current):
                self._previous[number] = current
                signal.signal(number, handle)
