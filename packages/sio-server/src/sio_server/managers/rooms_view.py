"""`manager.rooms[namespace][room]` as programs read it: views on the core's table of rooms.

Nothing is copied before it is asked for. What is iterated over is a copy, so that
clients may come and go meanwhile.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sio_core.socketio import Socket

if TYPE_CHECKING:
    from ..shared import ServerApi


class RoomMembers(Mapping[str, str]):
    """The members of one room: Engine.IO ids by sid."""

    __slots__ = ("_namespace", "_room", "_server")

    def __init__(self, server: ServerApi[Any], namespace: str, room: Hashable) -> None:
        self._server = server
        self._namespace = namespace
        self._room = room

    def __getitem__(self, sid: str) -> str:
        socket = self._server._core.rooms.everyone.get(self._namespace, {}).get(sid)
        if socket is None or not self._has(socket):
            raise KeyError(sid)
        return socket.session.sid

    def _has(self, socket: Socket) -> bool:
        room = self._room
        if room is None or (room == socket.sid and socket.personal):
            return True
        return socket.rooms is not None and room in socket.rooms

    def __iter__(self) -> Iterator[str]:
        members = self._server._core.rooms.members
        found = self._server._read(lambda: list(members(self._namespace, self._room)))
        return iter([socket.sid for socket in found])

    def __len__(self) -> int:
        return len(self._server._core.rooms.members(self._namespace, self._room))

    def __repr__(self) -> str:
        return repr(dict(self))


class NamespaceRooms(Mapping[Hashable, RoomMembers]):
    """The rooms of one namespace: their members by name, and everyone by None."""

    __slots__ = ("_namespace", "_server")

    def __init__(self, server: ServerApi[Any], namespace: str) -> None:
        self._server = server
        self._namespace = namespace

    def __getitem__(self, room: Hashable) -> RoomMembers:
        members = RoomMembers(self._server, self._namespace, room)
        if not len(members):
            raise KeyError(room)
        return members

    def __iter__(self) -> Iterator[Hashable]:
        names = self._server._core.rooms.names
        return iter([None, *self._server._read(lambda: names(self._namespace))])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        return repr(dict(self))


class RoomsView(Mapping[str, NamespaceRooms]):
    """The rooms of a server by namespace."""

    __slots__ = ("_server",)

    def __init__(self, server: ServerApi[Any]) -> None:
        self._server = server

    def __getitem__(self, namespace: str) -> NamespaceRooms:
        if namespace not in self._server._core.rooms.everyone:
            raise KeyError(namespace)
        return NamespaceRooms(self._server, namespace)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._server._core.rooms.everyone))

    def __len__(self) -> int:
        return len(self._server._core.rooms.everyone)

    def __repr__(self) -> str:
        return repr(dict(self))
