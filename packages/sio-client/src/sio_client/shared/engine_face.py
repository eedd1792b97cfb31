"""What programs look at in `client.eio`."""

from __future__ import annotations

from collections.abc import Callable

from sio_core import engineio
from sio_core.exceptions import DisconnectedError


class EngineFace:
    """An `EngineFace` tells the state of the transport below a client.

    `engine` returns the connection that uses it, or None.
    """

    def __init__(self, engine: Callable[[], engineio.Client | None]) -> None:
        self._engine = engine

    @property
    def state(self) -> str:
        """`"connected"` or `"disconnected"`."""
        return "disconnected" if self._engine() is None else "connected"

    @property
    def sid(self) -> str | None:
        """The session id of the transport: a secret between client and server."""
        engine = self._engine()
        return None if engine is None else engine.sid

    def transport(self) -> str:
        """Return the transport in use. Raises `DisconnectedError` when there is no connection."""
        engine = self._engine()
        if engine is None:
            raise DisconnectedError("the client is not connected")
        return engine.transport
