"""What the drivers' connections share: one WebSocket of a client, and the core's side of it."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from sio_core import Headers
from sio_core.engineio import LinkState, UpgradeToWebSocket

from .client.load import Load
from .entrance import SharedEntrance

EntranceT = TypeVar("EntranceT", bound=SharedEntrance[Any])
LoadT = TypeVar("LoadT", bound=Load)

CLOSING = LinkState.CLOSING
CLOSE_GRACE = 1.0
"""Seconds that a client gets to answer a close frame, or to take what it was sent before."""
LARGE = 10
"""Each 2 ** 10 characters or bytes of a message count as one message more: so a slice of 64 has at
most about 64 kB, one of 256 a quarter of a megabyte."""


class WebSocket(Generic[EntranceT, LoadT]):
    """One WebSocket, which is accepted with `headers`, and whose session has the `load`."""

    __slots__ = ("_entrance", "_link", "_slice_left", "headers", "load")

    def __init__(self, entrance: EntranceT, step: UpgradeToWebSocket, load: LoadT) -> None:
        self.headers: Headers = step.headers
        self.load = load
        self._entrance = entrance
        self._link = step.link
        self._slice_left = load.SLICE
        """How many messages more are read before others have their turn."""

    def _begin(self) -> None:
        """Tell the core that the WebSocket is open, and take its output from now on."""
        self._link.driver = self
        self._entrance.input(self._link.opened)

    def _end(self, error: str) -> None:
        """Tell the core that the WebSocket is gone, and what broke it, if anything did."""
        self._entrance.lose(self._link, error)
        self._link.driver = None  # no reference cycle is left

    def _log_failure(self, error: Exception) -> None:
        name = type(error).__name__
        self._entrance.log.debug("writing to a WebSocket failed: %s", name)
