"""Pings on an ordinary WebSocket route, as uvicorn's own classes send them.

Socket.IO connections have the heartbeat of their protocol instead.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable


class Keepalive:
    """Calls `ping` with a new payload every `interval` seconds.

    When no pong brings the payload back within `timeout` seconds (None: that
    does not matter) `give_up` is called. The caller calls `stop` in the end.
    """

    __slots__ = ("_give_up", "_interval", "_loop", "_payload", "_ping", "_timeout", "_timer")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        interval: float,
        timeout: float | None,
        ping: Callable[[bytes], None],
        give_up: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._interval = interval
        self._timeout = timeout
        self._ping = ping
        self._give_up = give_up
        self._payload = b""
        self._timer = loop.call_later(interval, self._due)

    def _due(self) -> None:
        self._payload = random.randbytes(4)
        self._ping(self._payload)
        if self._timeout is None:
            self._timer = self._loop.call_later(self._interval, self._due)
        else:
            self._timer = self._loop.call_later(self._timeout, self._give_up)

    def pong(self, payload: bytes) -> None:
        """A pong came in; only the one that answers the last ping counts."""
        if self._payload and payload == self._payload:
            self._payload = b""
            self._timer.cancel()
            self._timer = self._loop.call_later(self._interval, self._due)

    def stop(self) -> None:
        """No more pings."""
        self._timer.cancel()
