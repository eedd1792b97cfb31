"""What a program may ask a manager about the clients of this process, and their rooms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sio_core.socketio import SocketState

from ..drivers.calls import Calls
from .rooms_view import RoomsView


class LookUps:
    """A manager derives from this: it looks clients up by their ids and rooms."""

    _calls: Calls

    @property
    def rooms(self) -> RoomsView:
        """Return the Engine.IO ids by namespace, room and sid, room None for everyone: a view."""
        return RoomsView(self._calls)

    @property
    def callbacks(self) -> dict[str, dict[int, Any]]:
        """Return what waits for acknowledgements now: by sid, and by the number of the event."""
        return self._calls.pending_acks()

    @property
    def pending_connect(self) -> dict[str, list[str]]:
        """Return the sids whose connect handlers have not returned yet, by namespace."""
        return self._calls.sids_of(SocketState.REQUESTED)

    @property
    def pending_disconnect(self) -> dict[str, list[str]]:
        """Return the sids whose disconnect handlers have not returned yet, by namespace."""
        return self._calls.sids_of(SocketState.DISCONNECTED)

    def is_pre_connected(self, sid: str, namespace: str) -> bool:
        """Return whether the connect handler of the client `sid` of `namespace` still runs."""
        return sid in self.pending_connect.get(namespace, ())

    def is_sid_room(self, namespace: str, room: Any) -> bool:
        """Return whether `room` is that of a client's own in `namespace`."""
        return isinstance(room, str) and self.is_connected(room, namespace)

    def get_namespaces(self) -> Iterable[str]:
        """Return the namespaces that have clients."""
        return self._calls.namespaces()

    def is_connected(self, sid: str, namespace: str) -> bool:
        """Return whether the client `sid` of `namespace` can be sent to."""
        socket = self._calls.find(sid, namespace)
        return socket is not None and socket.connection.sockets.get(namespace) is socket

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:
        """Return the sid in `namespace` of the Engine.IO id `eio_sid`, or None."""
        socket = self._calls.find_by_session(eio_sid, namespace)
        return None if socket is None else socket.sid

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        """Return the Engine.IO id of the client `sid` of `namespace`, or None."""
        socket = self._calls.find(sid, namespace)
        return None if socket is None else socket.session.sid

    def get_rooms(self, sid: str, namespace: str) -> list[Any]:
        """Return the rooms of the client `sid` of `namespace`, its own first."""
        socket = self._calls.find(sid, namespace)
        if socket is None:
            return []
        return self._calls.rooms_of(socket)
