"""Which clients there are, and since when: all that an instrumented server hears at any time."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

from sio_core import Reason
from sio_core.socketio import Socket

from ..drivers.calls import Calls
from ..observing import Observer
from .descriptions import rooms_of


class Arrivals(Observer):
    """Tells `arrived` of each client that was let in."""

    def __init__(self, arrived: Callable[[Socket], None]) -> None:
        self._arrived = arrived
        self._begun = time.time()

    def connected(self, socket: Socket) -> None:
        """Call `arrived`."""
        self._arrived(socket)

    def since(self, socket: Socket) -> float:
        """Return the time of the server's instrumenting, in seconds since 1970, for any client."""
        return self._begun


class DatedArrivals(Arrivals):
    """`Arrivals` that keep when each client was let in, until it leaves."""

    def __init__(self, arrived: Callable[[Socket], None]) -> None:
        super().__init__(arrived)
        self._since: dict[Socket, float] = {}

    def connected(self, socket: Socket) -> None:
        """Note the time, and call `arrived`."""
        self._since[socket] = time.time()
        self._arrived(socket)

    def disconnected(self, socket: Socket, reason: Reason) -> None:
        """Forget a client."""
        self._since.pop(socket, None)

    def since(self, socket: Socket) -> float:
        """Return when a client was let in, in seconds since 1970."""
        return self._since.get(socket, self._begun)


def clients_of(calls: Calls, most: int) -> list[tuple[Socket, list[Hashable]]]:
    """Return the clients of this process, `most` at most, and the rooms of each.

    Call it where nothing changes meanwhile.
    """
    found: list[tuple[Socket, list[Hashable]]] = []
    for socket in calls.everyone() if most else ():
        if socket.connected:
            found.append((socket, rooms_of(socket)))
            if len(found) == most:
                break
    return found
