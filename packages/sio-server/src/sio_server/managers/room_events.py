"""Hooks on rooms: told when a room is made, joined, left and deleted.

The table of rooms reports while it changes, and must not be called back. So
what happened is queued, and the handlers run right after, one at a time, in
the order in which it happened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sio_core.handlers import ANY, Handler
from sio_core.socketio import Joined, Left, RoomCreated, RoomDeleted, RoomEvent

if TYPE_CHECKING:
    from ..shared import ServerApi

EVENTS: dict[type, str] = {
    RoomCreated: "create-room",
    RoomDeleted: "delete-room",
    Joined: "join-room",
    Left: "leave-room",
}


class RoomEvents:
    """The handlers of one manager, and what waits for them.

    Give `observe` to the table of rooms. The server runs what waits, by
    `_run_room_events`, and asks for it with `next` until that returns None.
    """

    def __init__(self, server: Callable[[], ServerApi[Any]]) -> None:
        self._server = server
        self._handlers: dict[tuple[str, str], list[Handler]] = {}
        self._queue: deque[tuple[str, Handler, tuple[Any, ...]]] = deque()
        self._running = False

    def __bool__(self) -> bool:
        return bool(self._handlers)

    def add(self, event: str, handler: Handler, namespace: str) -> None:
        """Register `handler`. Raises ValueError for an event that rooms do not have."""
        if event not in EVENTS.values():
            raise ValueError(f"no event {event!r}: rooms have {', '.join(EVENTS.values())}")
        self._handlers.setdefault((namespace, event), []).append(handler)

    def observe(self, event: RoomEvent) -> None:
        """Queue what happened for its handlers."""
        name = EVENTS[type(event)]
        args: tuple[Any, ...] = (event.room,)
        if isinstance(event, Joined | Left):
            args = (event.room, event.sid)
        for handler in self._handlers.get((event.namespace, name), ()):
            self._queue.append((name, handler, args))
        for handler in self._handlers.get((ANY, name), ()):
            self._queue.append((name, handler, (event.namespace, *args)))
        if self._queue and not self._running:
            self._running = True
            self._server()._run_room_events(self)

    def next(self) -> tuple[str, Handler, tuple[Any, ...]] | None:
        """What is to be called next: the event, its handler and the arguments; or None."""
        if self._queue:
            return self._queue.popleft()
        self.rest()
        return None

    def rest(self) -> None:
        """Note that no handler is being called: the next event of a room has them called again."""
        self._running = False
