"""Hooks on rooms: told when a room is made, joined, left and deleted.

The table of rooms reports while it changes, and must not be called back. So
what happened is queued, and the handlers run right after, one at a time, in
the order in which it happened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from sio_core.handlers import ANY, Handler
from sio_core.socketio import Joined, Left, RoomCreated, RoomDeleted, RoomEvent

from ..dispatch.local_clients import LocalClients
from ..dispatch.runners import Flow

EVENTS: dict[type, str] = {
    RoomCreated: "create-room",
    RoomDeleted: "delete-room",
    Joined: "join-room",
    Left: "leave-room",
}


class RoomEvents:
    """The handlers of one manager, and the events of rooms that wait for them.

    Give `observe` to the table of rooms. `local()` are the clients whose rooms they are, and
    run the handlers.
    """

    def __init__(self, local: Callable[[], LocalClients[Any, Any]]) -> None:
        self._local = local
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
            local = self._local()
            local.run_room_handlers(self._call_handlers(local))

    def _call_handlers(self, local: LocalClients[Any, Any]) -> Flow[None]:
        """Call the handlers of what waits, one at a time and in the order in which it happened."""
        try:
            while (found := local.calls.exclusively(self._next)) is not None:
                name, handler, args = found
                try:
                    yield partial(handler, *args)
                except BaseException as error:
                    if not local.ends_handler_alone(error):
                        raise
                    local.log_raised(name, error)
        except BaseException:
            # The task was cancelled: the next event of a room has the handlers called again.
            self._running = False
            raise

    def _next(self) -> tuple[str, Handler, tuple[Any, ...]] | None:
        """Return the next event, its handler and the arguments; None if no event waits."""
        if self._queue:
            return self._queue.popleft()
        self._running = False
        return None
