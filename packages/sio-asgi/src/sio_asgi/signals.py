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
from typing import Any, TypeAlias

SIGNALS = (signal.SIGTERM, signal.SIGINT)

Handler: TypeAlias = Callable[[int, FrameType | None], Any]


class SignalWatch:
    """Calls `stopping` on the event loop at a SIGTERM or SIGINT.

    Only where the web server has a handler of its own to pass the signal on
    to, and only in the main thread; elsewhere `start` does nothing.
    """

    def __init__(self, stopping: Callable[[], None]) -> None:
        self._stopping = stopping
        self._loop: asyncio.AbstractEventLoop | None = None
        self._installed: dict[int, tuple[Handler, Handler]] = {}
        """What was installed for each signal, and what it took the place of."""

    def start(self) -> None:
        """Begin to watch for the running loop; a later loop takes the place of an earlier one."""
        loop = asyncio.get_running_loop()
        if loop is self._loop:
            return
        self._loop = loop
        if threading.current_thread() is not threading.main_thread():
            return
        for number in SIGNALS:
            current = signal.getsignal(number)
            installed, _ = self._installed.get(number, (None, None))
            if callable(current) and current is not installed:
                handler = self._handler(current)
                self._installed[number] = handler, current
                signal.signal(number, handler)

    def stop(self) -> None:
        """Give signals back to those who had them, where nobody took them since."""
        self._loop = None
        if threading.current_thread() is not threading.main_thread():
            return
        for number, (installed, previous) in self._installed.items():
            if signal.getsignal(number) is installed:
                signal.signal(number, previous)
        self._installed.clear()

    def _handler(self, previous: Handler) -> Handler:
        # Each installed handler has its own `previous`: another watch may stand between two.
        def handle(number: int, frame: FrameType | None) -> None:
            loop = self._loop
            if loop is not None and not loop.is_closed():
                loop.call_soon_threadsafe(self._stopping)
            previous(number, frame)

        return handle
