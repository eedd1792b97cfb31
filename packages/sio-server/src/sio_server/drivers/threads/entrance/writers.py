"""What the entrance of the blocking driver has written: one connection, as the entrance sees it."""

from __future__ import annotations

from typing import Protocol


class Writer(Protocol):
    """The driver's side of a link, of a poll that waits, or of a body that is read."""

    def claim(self) -> bool:
        """Take its output, with the driver's lock held. After true `flush` is owed."""
        ...

    def flush(self) -> None:
        """Write what was claimed, or go on with the request."""
        ...


class OpenWebSocket(Protocol):
    """A WebSocket of which the driver owns the socket."""

    def abort(self) -> None:
        """End the WebSocket at once."""
        ...
