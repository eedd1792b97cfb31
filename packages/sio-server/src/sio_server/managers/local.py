"""The client manager: the documented face over the core's rooms.

A server asks its manager for everything that another server process might
have a say in. This one knows only its own process; managers for a message
queue build on it. `BaseManager` is what needs no waiting; `AsyncManager` and
`Manager` add the methods that are coroutines in the one and plain in the other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sio_core.handlers import event_args
from sio_core.socketio import Socket

from ..shared import ServerApi, recipients, sids
from .room_events import RoomEvents
from .rooms_view import RoomsView

if TYPE_CHECKING:
    from ..async_server import AsyncServer  # noqa: F401 - below, as text
    from ..server import Server  # noqa: F401

ServerT = TypeVar("ServerT", bound=ServerApi[Any])


class BaseManager(Generic[ServerT]):
    """Clients and rooms of one server process: what needs no waiting."""

    server: ServerT

    def __init__(self) -> None:
        self.logger: logging.Logger | None = None
        self._room_events = RoomEvents(lambda: self.server)

    def set_server(self, server: ServerT) -> None:
        """Called by the server that this manager is given to."""
        self.server = server
        if self._room_events:
            server._core.rooms.observe = self._room_events.observe

    def initialize(self) -> None:
        """Called once, before the first client connects; a place to start background tasks."""

    def on(self, event: str, handler: Any = None, namespace: str | None = None) -> Any:
        """Register a handler for what happens to rooms; without `handler`, return a decorator.

        `"create-room"` and `"delete-room"` are handled by `handler(room)`,
        `"join-room"` and `"leave-room"` by `handler(room, sid)`; with `"*"` as the
        namespace, its name comes first. The room of each client's own is
        reported too. Handlers run soon after, one at a time and in order, for an
        `AsyncManager` they may be coroutine functions; what they raise is logged.
        Raises ValueError for another event.
        """

        def register(function: Any) -> Any:
            self._room_events.add(event, function, namespace or "/")
            server: ServerT | None = getattr(self, "server", None)
            if server is not None:
                server._core.rooms.observe = self._room_events.observe
            return function

        return register if handler is None else register(handler)

    @property
    def rooms(self) -> RoomsView:
        """Engine.IO ids by namespace, room and sid, room None for everyone: a view."""
        return RoomsView(self.server)

    def get_namespaces(self) -> Iterable[str]:
        """The namespaces that have clients."""
        return list(self.server._core.rooms.everyone)

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        """Pairs of sid and Engine.IO session id for everyone in a room, or in a list of rooms."""
        select = self.server._core.rooms.select
        for socket in self.server._read(lambda: list(select(namespace, recipients(room, None)))):
            yield socket.sid, socket.session.sid

    def is_connected(self, sid: str, namespace: str) -> bool:
        """True while the client can be sent to."""
        socket = self.server._core.find(sid, namespace)
        return socket is not None and socket.connection.sockets.get(namespace) is socket

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:
        """The sid in `namespace` of the connection with this Engine.IO session id."""
        session = self.server._engine.sessions.get(eio_sid)
        if session is None or session.owner is None:
            return None
        socket: Socket | None = session.owner.sockets.get(namespace)
        return None if socket is None else socket.sid

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        """The Engine.IO session id of a client."""
        socket = self.server._core.find(sid, namespace)
        return None if socket is None else socket.session.sid

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:
        """The Engine.IO session id of a client that is about to be disconnected."""
        return self.eio_sid_from_sid(sid, namespace)

    def get_rooms(self, sid: str, namespace: str) -> list[Any]:
        """The rooms of a client, its own first; empty for a stranger."""
        socket = self.server._core.find(sid, namespace)
        if socket is None:
            return []
        return self.server._read(lambda: self.server._core.rooms.rooms_of(socket))

    def _enter(self, sid: str, namespace: str, room: Hashable) -> None:
        socket = self.server._core.find(sid, namespace)
        if socket is None:
            raise ValueError("sid is not connected to requested namespace")
        self.server._core.join(socket, room)

    def _leave(self, sid: str, namespace: str, room: Hashable) -> None:
        socket = self.server._core.find(sid, namespace)
        if socket is not None:
            self.server._core.leave(socket, room)

    def _acknowledged(self, sid: str, args: tuple[Any, ...]) -> tuple[list[Socket], int, Any]:
        """The sockets that an acknowledgement may be for, its id and its arguments."""
        if len(args) == 3:
            namespace, ack_id, data = args
            namespaces = [namespace]
        else:
            ack_id, data = args
            namespaces = list(self.get_namespaces())
        found = (self.server._core.find(sid, namespace) for namespace in namespaces)
        return [socket for socket in found if socket is not None], ack_id, data

    def _get_logger(self) -> logging.Logger:
        """The manager's own logger, or the server's."""
        return self.logger or self.server.logger


class AsyncManager(BaseManager["AsyncServer"]):
    """Clients and rooms of one asyncio server process."""

    async def connect(self, eio_sid: str, namespace: str) -> str | None:
        """The sid of a connection in a namespace, or None if it has not asked for it."""
        return self.sid_from_eio_sid(eio_sid, namespace)

    async def can_disconnect(self, sid: str, namespace: str) -> bool:
        """True if the client is connected here, so that this server can disconnect it."""
        return self.is_connected(sid, namespace)

    async def disconnect(self, sid: str, namespace: str, **kwargs: Any) -> None:
        """Disconnect a client of this process."""
        await self.server._disconnect_local(sid, namespace)

    async def enter_room(
        self, sid: str, namespace: str, room: Hashable, eio_sid: str | None = None
    ) -> None:
        """Put a client into a room.

        Raises ValueError for a sid that is not connected, and for a room that is the sid of
        another client.
        """
        self._enter(sid, namespace, room)

    async def leave_room(self, sid: str, namespace: str, room: Hashable) -> None:
        """Take a client out of a room; does nothing where it is not in it."""
        self._leave(sid, namespace, room)

    async def close_room(self, room: Hashable, namespace: str) -> None:
        """Take every client out of a room. Raises ValueError for one that is a client's sid."""
        self.server._core.close_room(room, namespace)

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Callable[..., Any] | None = None,
        to: Any = None,
        **kwargs: Any,
    ) -> None:
        """Send an event to the clients of this process that are in the given rooms."""
        await self.server._emit_local(
            event, event_args(data), namespace, recipients(to, room), sids(skip_sid), callback
        )

    async def trigger_callback(self, sid: str, *args: Any) -> None:
        """Call the callback that waits for acknowledgement `id` of `sid`.

        Takes `(sid, id, data)` as well as the older `(sid, namespace, id, data)`.
        """
        sockets, ack_id, data = self._acknowledged(sid, args)
        for socket in sockets:
            if await self.server._trigger_callback(socket, ack_id, data):
                return


class Manager(BaseManager["Server"]):
    """Clients and rooms of one blocking server process."""

    def connect(self, eio_sid: str, namespace: str) -> str | None:
        """The sid of a connection in a namespace, or None if it has not asked for it."""
        return self.sid_from_eio_sid(eio_sid, namespace)

    def can_disconnect(self, sid: str, namespace: str) -> bool:
        """True if the client is connected here, so that this server can disconnect it."""
        return self.is_connected(sid, namespace)

    def disconnect(self, sid: str, namespace: str, **kwargs: Any) -> None:
        """Disconnect a client of this process."""
        self.server._disconnect_local(sid, namespace)

    def enter_room(
        self, sid: str, namespace: str, room: Hashable, eio_sid: str | None = None
    ) -> None:
        """Put a client into a room.

        Raises ValueError for a sid that is not connected, and for a room that is the sid of
        another client.
        """
        self.server.driver.call(self._enter, sid, namespace, room)

    def leave_room(self, sid: str, namespace: str, room: Hashable) -> None:
        """Take a client out of a room; does nothing where it is not in it."""
        self.server.driver.call(self._leave, sid, namespace, room)

    def close_room(self, room: Hashable, namespace: str) -> None:
        """Take every client out of a room. Raises ValueError for one that is a client's sid."""
        self.server.driver.call(self.server._core.close_room, room, namespace)

    def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Callable[..., Any] | None = None,
        to: Any = None,
        **kwargs: Any,
    ) -> None:
        """Send an event to the clients of this process that are in the given rooms."""
        self.server._emit_local(
            event, event_args(data), namespace, recipients(to, room), sids(skip_sid), callback
        )

    def trigger_callback(self, sid: str, *args: Any) -> None:
        """Call the callback that waits for acknowledgement `id` of `sid`.

        Takes `(sid, id, data)` as well as the older `(sid, namespace, id, data)`.
        """
        sockets, ack_id, data = self._acknowledged(sid, args)
        for socket in sockets:
            if self.server._trigger_callback(socket, ack_id, data):
                return
