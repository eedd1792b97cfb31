"""One call of a handler that an event stands for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from sio_core.socketio import ClientSocket

FINAL: Final = "__disconnect_final"
"""The event of a client whose connection has ended and is not made again."""
LIFECYCLE: Final = frozenset(("connect", "connect_error", "disconnect", FINAL))
"""The events of a client's own making, which a catch-all handler never sees."""


@dataclass(slots=True)
class HandlerCall:
    """A `HandlerCall` is an event on its way to its handlers.

    With `ack_id` what they return goes back to `socket`.
    """

    name: Any
    namespace: str
    args: tuple[Any, ...] = field(repr=False)
    socket: ClientSocket | None = None
    ack_id: int | None = None
