"""`manager.rooms[namespace][room]` as programs read it: views on the core's table of rooms.

Nothing is copied before it is asked for. What is iterated over is a copy, so that
clients may come and go meanwhile.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from sio_core.socketio import Socket

from ..drivers.calls import Calls


class RoomMembers(Mapping[str, str]):
    """The members of one room: Engine.IO ids by sid."""

    __slots__ = ("_calls", "_namespace", "_room")

    def __init__(self, calls: Calls, namespace: str, room: Hashable) -> None:
        self._calls = calls
        self._namespace = namespace
        self._room = room

    def __getitem__(self, sid: str) -> str:
        socket = self._calls.member(self._namespace, sid)
        if socket is None or not self._has(socket):
            raise KeyError(sid)
        return socket.session.sid

    def _has(self, socket: Socket) -> bool:
        room = self._room
        if room is None or (room == socket.sid and socket.personal):
            return True
        return socket.rooms is not None and room in socket.rooms

    def __iter__(self) -> Iterator[str]:
        members = self._calls.members(self._namespace, self._room)
        return iter([socket.sid for socket in members])

    def __len__(self) -> int:
        return self._calls.count_members(self._namespace, self._room)

    def __repr__(self) -> str:
        return repr(dict(self))


class NamespaceRooms(Mapping[Hashable, RoomMembers]):
    """The rooms of one namespace: their members by name, and everyone by None."""

    __slots__ = ("_calls", "_namespace")

    def __init__(self, calls: Calls, namespace: str) -> None:
        self._calls = calls
        self._namespace = namespace

    def __getitem__(self, room: Hashable) -> RoomMembers:
        members = RoomMembers(self._calls, self._namespace, room)
        if not len(members):
            raise KeyError(room)
        return members

    def __iter__(self) -> Iterator[Hashable]:
        return iter([None, *self._calls.room_names(self._namespace)])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        return repr(dict(self))


class RoomsView(Mapping[str, NamespaceRooms]):
    """The rooms of a server by namespace."""

    __slots__ = ("_calls",)

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __getitem__(self, namespace: str) -> NamespaceRooms:
        if namespace not in self._calls.namespaces():
            raise KeyError(namespace)
        return NamespaceRooms(self._calls, namespace)

    def __iter__(self) -> Iterator[str]:
        return iter(self._calls.namespaces())

    def __len__(self) -> int:
        return len(self._calls.namespaces())

    def __repr__(self) -> str:
        return repr(dict(self))
