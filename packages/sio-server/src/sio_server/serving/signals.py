"""Notices the signals that end a web server, before the web server does.

Neither ASGI nor WSGI tells an application so: a web server first waits for open requests, and a
poll or a WebSocket stays open. So the signals that end the process also start the shutdown of
Socket.IO, and are then passed on to the handler that was there.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any, TypeAlias

SIGNALS = (signal.SIGTERM, signal.SIGINT)

Handler: TypeAlias = Callable[[int, FrameType | None], Any]
PassOn: TypeAlias = Callable[[], Any]
"""Passes a signal on to the handler that was there."""


class SignalWatch:
    """Calls `stopping` in the handler of each SIGTERM and SIGINT, which then passes the signal on.

    Only where the web server has a handler of its own to pass the signal on to,
    and only in the main thread; elsewhere `start` does nothing.
    """

    def __init__(self, stopping: Callable[[PassOn], None]) -> None:
        self._stopping = stopping
        self._installed: dict[int, tuple[Handler, Handler]] = {}
        """What was installed for each signal, and what it took the place of."""

    def start(self) -> None:
        """Watch from now on, also where another handler has been set since: takes 4 µs."""
        for number in SIGNALS:
            current = signal.getsignal(number)
            installed, _ = self._installed.get(number, (None, None))
            if not callable(current) or current in (installed, signal.default_int_handler):
                continue
            # Each installed handler has its own `previous`: another watch may stand between two.
            handler = partial(self._handle, current)
            # In another thread than the main one this fails. `threading` cannot be asked which
            # one it is: with eventlet's patches it does not know.
            with contextlib.suppress(ValueError):
                signal.signal(number, handler)
                self._installed[number] = handler, current

    def stop(self) -> None:
        """Put back the signal handlers that were there, unless others were installed since."""
        with contextlib.suppress(ValueError):  # as above
            for number, (installed, previous) in list(self._installed.items()):
                if signal.getsignal(number) is installed:
                    signal.signal(number, previous)
                del self._installed[number]

    def _handle(self, previous: Handler, number: int, frame: FrameType | None) -> None:
        self._stopping(partial(previous, number, frame))
