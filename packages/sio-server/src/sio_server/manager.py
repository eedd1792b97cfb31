"""The client manager: the documented face over the core's rooms.

A server asks its manager for everything that another server process might
have a say in. This one knows only its own process; managers for a message
queue build on it. It works for both colours of server where nothing waits;
`AsyncManager` adds the coroutines.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sio_core.socketio import Socket

from .api import event_args, recipients, sids
from .room_events import RoomEvents

if TYPE_CHECKING:
    from .async_server import AsyncServer


class RoomsView(Mapping[str, Mapping[Hashable, Mapping[str, str]]]):
    """`manager.rooms[namespace][room]`: Engine.IO ids by sid; room None is everyone."""

    def __init__(self, manager: AsyncManager) -> None:
        self._manager = manager

    def __getitem__(self, namespace: str) -> Mapping[Hashable, Mapping[str, str]]:
        table = self._manager.server._core.rooms
        if namespace not in table.everyone:
            raise KeyError(namespace)
        names: list[Hashable] = [None, *table.names(namespace)]
        return {
            room: {
                socket.sid: socket.session.sid for socket in list(table.members(namespace, room))
            }
            for room in names
        }

    def __iter__(self) -> Iterator[str]:
        return iter(self._manager.get_namespaces())

    def __len__(self) -> int:
        return len(list(self._manager.get_namespaces()))


class AsyncManager:
    """Clients and rooms of one asyncio server process."""

    server: AsyncServer

    def __init__(self) -> None:
        self.logger: logging.Logger | None = None
        self._room_events = RoomEvents(lambda: self.server)

    def set_server(self, server: AsyncServer) -> None:
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
        reported too. Handlers run soon after, one at a time and in order; they
        may be coroutine functions, and what they raise is logged. Raises
        ValueError for another event.
        """

        def register(function: Any) -> Any:
            self._room_events.add(event, function, namespace or "/")
            server: AsyncServer | None = getattr(self, "server", None)
            if server is not None:
                server._core.rooms.observe = self._room_events.observe
            return function

        return register if handler is None else register(handler)

    # Clients --------------------------------------------------------------

    @property
    def rooms(self) -> RoomsView:
        """Members by namespace and room: a view of the moment, not to be changed."""
        return RoomsView(self)

    def get_namespaces(self) -> Iterable[str]:
        """The namespaces that have clients."""
        return list(self.server._core.rooms.everyone)

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        """Pairs of sid and Engine.IO session id for everyone in a room, or in a list of rooms."""
        for socket in list(self.server._core.rooms.select(namespace, recipients(room, None))):
            yield socket.sid, socket.session.sid

    async def connect(self, eio_sid: str, namespace: str) -> str | None:
        """The sid of a connection in a namespace, or None if it has not asked for it."""
        return self.sid_from_eio_sid(eio_sid, namespace)

    def is_connected(self, sid: str, namespace: str) -> bool:
        """True while the client can be sent to."""
        socket = self.server._core.find(sid, namespace)
        return socket is not None and socket.client.sockets.get(namespace) is socket

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

    async def can_disconnect(self, sid: str, namespace: str) -> bool:
        """True if the client is connected here, so that this server can disconnect it."""
        return self.is_connected(sid, namespace)

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:
        """The Engine.IO session id of a client that is about to be disconnected."""
        return self.eio_sid_from_sid(sid, namespace)

    async def disconnect(self, sid: str, namespace: str, **kwargs: Any) -> None:
        """Disconnect a client of this process."""
        await self.server._disconnect_local(sid, namespace)

    # Rooms ----------------------------------------------------------------

    async def enter_room(
        self, sid: str, namespace: str, room: Hashable, eio_sid: str | None = None
    ) -> None:
        """Put a client into a room. Raises ValueError for a sid that is not connected."""
        socket = self.server._core.find(sid, namespace)
        if socket is None:
            raise ValueError("sid is not connected to requested namespace")
        self.server._core.join(socket, room)

    async def leave_room(self, sid: str, namespace: str, room: Hashable) -> None:
        """Take a client out of a room; does nothing where it is not in it."""
        socket = self.server._core.find(sid, namespace)
        if socket is not None:
            self.server._core.leave(socket, room)

    async def close_room(self, room: Hashable, namespace: str) -> None:
        """Take every client out of a room."""
        self.server._core.rooms.close(namespace, room)

    def get_rooms(self, sid: str, namespace: str) -> list[Any]:
        """The rooms of a client, its own first; empty for a stranger."""
        socket = self.server._core.find(sid, namespace)
        return [] if socket is None else self.server._core.rooms.rooms_of(socket)

    # Messages -------------------------------------------------------------

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
        if len(args) == 3:
            namespace, ack_id, data = args
            namespaces = [namespace]
        else:
            ack_id, data = args
            namespaces = list(self.get_namespaces())
        for namespace in namespaces:
            socket = self.server._core.find(sid, namespace)
            if socket is not None and await self.server._trigger_callback(socket, ack_id, data):
                return

    def _get_logger(self) -> logging.Logger:
        """The manager's own logger, or the server's."""
        return self.logger or self.server.logger
