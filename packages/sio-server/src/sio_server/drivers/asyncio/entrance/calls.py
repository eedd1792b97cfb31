"""The calls of an asyncio server into its core: what is sent needs no lock, and fewer steps."""

from __future__ import annotations

from typing import Any

from sio_core import socketio
from sio_core.socketio import Emit, Socket

from ...calls import Calls
from .entrance import Entrance


class AsyncCalls(Calls):
    """`Calls` whose events and acknowledgements the core encodes as it sends them."""

    def __init__(self, entrance: Entrance[Any], core: socketio.Server) -> None:
        super().__init__(entrance, core)
        self._settle = entrance.settle

    def send(self, emit: Emit) -> None:
        """Send an event. Raises ValueError for a reserved name and for what cannot be sent."""
        self._core.send(emit)
        self._settle()

    def acknowledge(self, socket: Socket, ack_id: int, values: list[Any]) -> None:
        """Answer an event of a client. Raises ValueError for what cannot be sent."""
        self._core.ack(socket, ack_id, values)
        self._settle()
