"""Hooks on rooms: told when a room is made, joined, left and deleted.

The table of rooms reports while it changes, and must not be called back. So
what happened is queued, and the handlers run right after, one at a time, in
the order in which it happened.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sio_core.socketio import Joined, Left, RoomCreated, RoomDeleted, RoomEvent
from sio_core.socketio.handlers import ANY, Handler

from .stepping import resolve

if TYPE_CHECKING:
    from .async_server import AsyncServer

EVENTS: dict[type, str] = {
    RoomCreated: "create-room",
    RoomDeleted: "delete-room",
    Joined: "join-room",
    Left: "leave-room",
}


class RoomEvents:
    """The handlers of one manager, and what waits for them.

    Give `observe` to the table of rooms; it needs a running event loop.
    """

    def __init__(self, server: Callable[[], AsyncServer]) -> None:
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
            task = asyncio.get_running_loop().create_task(self._run())
            self._server()._dispatcher.keep(task, "room events")

    async def _run(self) -> None:
        try:
            while self._queue:
                name, handler, args = self._queue.popleft()
                try:
                    await resolve(handler(*args))
                except Exception as error:
                    self._server().logger.error(
                        "the handler of %r raised an exception", name, exc_info=error
                    )
        finally:
            self._running = False
