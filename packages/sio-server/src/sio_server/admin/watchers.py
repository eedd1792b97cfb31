"""The observers of an instrumented server: they count, and in development say what happens.

A server has one only while somebody looks at the page.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Hashable
from itertools import islice
from typing import Any, Final

from sio_core import Reason
from sio_core.engineio import Session
from sio_core.socketio import Emit, Socket

from ..observing import Observer
from .descriptions import describe, iso_time, room_name, rooms_of, socket_id
from .event_buffer import EventBuffer
from .redaction import cut, shown_values

MAX_RECIPIENTS: Final = 20
"""Clients of one emit of which the page hears."""


class Traffic(Observer):
    """Counts connections, packets and bytes: all that there is in the mode `production`."""

    def __init__(self) -> None:
        self._opened = 0
        self._closed: Counter[str] = Counter()
        self._packets_in = self._bytes_in = self._packets_out = self._bytes_out = 0

    def session_opened(self, session: Session) -> None:
        """Count a connection."""
        self._opened += 1

    def session_closed(self, session: Session, reason: Reason) -> None:
        """Count the end of a connection."""
        self._closed[str(reason)] += 1

    def received(self, session: Session, packets: int, size: int) -> None:
        """Count what came in."""
        self._packets_in += packets
        self._bytes_in += size

    def sent(self, session: Session, packets: int, size: int) -> None:
        """Count what goes out."""
        self._packets_out += packets
        self._bytes_out += size

    def take(self, buffer: EventBuffer) -> None:
        """Move the numbers to `buffer`. Call it where nothing is counted meanwhile."""
        counts = {
            "rawConnection": self._opened,
            "packetsIn": self._packets_in,
            "packetsOut": self._packets_out,
            "bytesIn": self._bytes_in,
            "bytesOut": self._bytes_out,
        }
        for kind, count in counts.items():
            if count:
                buffer.push(kind, count)
        for reason, count in self._closed.items():
            buffer.push("rawDisconnection", count, reason)
        Traffic.__init__(self)


class Development(Traffic):
    """Says beside that what each client does: `tell(event, *arguments)` has it sent to the page.

    `find(sid, namespace)` looks a client up. The events of `namespace`, which is that of the page,
    are not told.
    """

    def __init__(
        self,
        tell: Callable[..., None],
        find: Callable[[str, str], Socket | None],
        namespace: str,
        *,
        resolved: bool,
    ) -> None:
        super().__init__()
        self._tell = tell
        self._find = find
        self._namespace = namespace
        self._resolved = resolved

    def connected(self, socket: Socket) -> None:
        """Tell of a client that was let in."""
        now = time.time()
        described = describe(socket, rooms_of(socket), now, resolved=self._resolved)
        self._tell("socket_connected", described, iso_time(now))

    def session_upgraded(self, session: Session) -> None:
        """Tell of the transport of each client on a connection."""
        for socket in session.owner.sockets.values() if session.owner is not None else ():
            if socket.connected:
                told = {"id": socket_id(socket), "nsp": socket.namespace}
                self._tell("socket_updated", {**told, "transport": session.transport})

    def disconnected(self, socket: Socket, reason: Reason) -> None:
        """Tell of a client that has left, and was in rooms until then."""
        for room in rooms_of(socket):
            self._tell_of_room("room_left", socket, room)
        told = socket.namespace, socket_id(socket), str(reason)
        self._tell("socket_disconnected", *told, iso_time(time.time()))

    def room_joined(self, namespace: str, room: Hashable, sid: str) -> None:
        """Tell of a client that joined a room after it was let in."""
        socket = self._find(sid, namespace)
        if socket is not None and socket.connected:
            self._tell_of_room("room_joined", socket, room)

    def room_left(self, namespace: str, room: Hashable, sid: str) -> None:
        """Tell of a client that left a room, and stays."""
        socket = self._find(sid, namespace)
        if socket is not None and socket.connected:
            self._tell_of_room("room_left", socket, room)

    def _tell_of_room(self, event: str, socket: Socket, room: Hashable) -> None:
        name = room_name(room, socket.session)
        self._tell(event, socket.namespace, name, socket_id(socket), iso_time(time.time()))

    def event_received(self, socket: Socket, name: Any, args: list[Any], size: int) -> None:
        """Tell of an event of a client."""
        if socket.namespace != self._namespace:
            self._tell_of_event("event_received", socket, [_event_name(name), *shown_values(args)])

    def event_sent(self, emit: Emit, sockets: Collection[Socket], size: int) -> None:
        """Tell of an event that some clients are sent."""
        if emit.namespace != self._namespace:
            args = [_event_name(emit.event), *shown_values(emit.args)]
            for socket in islice(sockets, MAX_RECIPIENTS):
                self._tell_of_event("event_sent", socket, args)

    def _tell_of_event(self, event: str, socket: Socket, args: list[Any]) -> None:
        now = iso_time(time.time())
        self._tell(event, socket.namespace, socket_id(socket), args, now)


def _event_name(name: Any) -> str:
    return cut(name if isinstance(name, str) else str(name)[:1_000])
