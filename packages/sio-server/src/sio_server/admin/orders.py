"""What the page may ask for: clients join and leave rooms and are disconnected.

An order names its clients by a filter: a sid, a room, or None for all of a namespace. Each server
of a fleet carries it out for its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from sio_core.socketio import Socket

from ..dispatch.runners import Flow
from ..drivers.calls import Calls
from .descriptions import room_name, socket_id
from .redaction import CUT

MAX_LENGTH: Final = 1_000
"""Characters of each name in an order."""
IN_A_TURN: Final = 100
"""Clients for which an order is carried out before others have their turn."""


def read_order(order: Any) -> tuple[str, str, Any, str | None] | None:
    """Return what an order says, or None for what is none; another server may have sent it.

    That is its kind, the namespace, the room (or whether to close the connection), the filter.
    """
    if not isinstance(order, list | tuple) or len(order) != 4:
        return None
    kind, namespace, what, chosen = order
    kinds = {"join": str, "leave": str, "disconnect": bool}
    if type(kind) is not str or type(namespace) is not str or type(what) is not kinds.get(kind):
        return None
    if chosen is not None and type(chosen) is not str:
        return None
    if any(len(text) > MAX_LENGTH for text in (namespace, what, chosen) if isinstance(text, str)):
        return None
    return kind, namespace, what, chosen


def chosen_sockets(calls: Calls, namespace: str, chosen: str | None) -> list[Socket]:
    """Return the clients of this process that a filter names, as the page knows them."""
    if chosen is None:
        return calls.select(namespace, None)
    if found := calls.select(namespace, [chosen]):
        return found
    if CUT in chosen:  # only a part of its sid is shown
        everyone = calls.select(namespace, None)
        return [socket for socket in everyone if socket_id(socket) == chosen]
    names = [room for room in calls.room_names(namespace) if not isinstance(room, str)]
    return calls.select(namespace, [room for room in names if room_name(room, None) == chosen])


class Orders:
    """Carries orders out for the clients of one server: `calls` finds them."""

    def __init__(self, server: Any, calls: Calls) -> None:
        self._server = server
        self._calls = calls

    def carry_out(self, kind: str, namespace: str, what: Any, chosen: str | None) -> Flow[None]:
        """Carry out an order, client after client."""
        sockets = chosen_sockets(self._calls, namespace, chosen)
        for number, socket in enumerate(sockets, 1):
            for call in self._calls_for(kind, socket, what):
                try:
                    yield call
                except ValueError as error:
                    self._server.logger.warning("admin: %s failed: %s", kind, error)
            if number % IN_A_TURN == 0:
                yield partial(self._server.sleep, 0)

    def _calls_for(self, kind: str, socket: Socket, what: Any) -> list[Callable[[], Any]]:
        server, sid, namespace = self._server, socket.sid, socket.namespace
        if kind == "join":
            return [partial(server.enter_room, sid, what, namespace)]
        if kind == "leave":
            rooms = [room for room in self._calls.rooms_of(socket) if _is_called(room, what)]
            return [partial(server.leave_room, sid, room, namespace) for room in rooms]
        return [partial(server.disconnect, sid, namespace, ignore_queue=True, close=what)]


def _is_called(room: Any, name: str) -> bool:
    return bool(room == name) or (not isinstance(room, str) and room_name(room, None) == name)
