"""What the application's side asks of the core: servers, dispatchers and managers go through here.

Each method enters the core by the driver's entrance, which has the output written. What is
sent is encoded first, outside of any lock: `json` or `serializer` may be the application's and
look at the server.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from typing import Any, ParamSpec, Protocol, TypeVar

from sio_core import Prepared, socketio
from sio_core.engineio import Session
from sio_core.socketio import Delivery, Emit, Event, RoomEvent, Socket, SocketState

P = ParamSpec("P")
R = TypeVar("R")


class Entrance(Protocol):
    """The entrance of either driver."""

    def call(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...
    def exclusively(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...
    def dispatch(self, events: Iterable[Any]) -> None: ...
    @property
    def now(self) -> Callable[[], float]: ...


class Calls:
    """The calls of one server's application side, into the core that `entrance` leads to."""

    def __init__(self, entrance: Entrance, core: socketio.Server) -> None:
        self._core = core
        self._call = entrance.call
        self.exclusively = entrance.exclusively
        """Call a function that must not wait while no other thread reads or changes the core."""
        self.dispatch = entrance.dispatch
        """Hand on events that a call has caused."""
        self._entrance = entrance

    def now(self) -> float:
        """Return the time of the core, in seconds."""
        return self._entrance.now()

    @property
    def parser(self) -> socketio.Parser:
        """Return the parser that makes the frames of packets."""
        return self._core.parser

    @property
    def accept_timeout(self) -> float | None:
        """Return the seconds that a connect handler gets, or None."""
        return self._core.config.accept_timeout

    # Who is there ---------------------------------------------------------

    def find(self, sid: str, namespace: str) -> Socket | None:
        """Return the client of a sid, from its connect request until it is released, or None."""
        return self._core.find(sid, namespace)

    def load_of(self, sid: str, namespace: str) -> Any:
        """Return the load of the client of a sid, or None for a stranger."""
        socket = self._core.find(sid, namespace)
        return None if socket is None else socket.session.driver

    def find_by_session(self, eio_sid: str, namespace: str) -> Socket | None:
        """Return the client of an Engine.IO session in a namespace, or None."""
        session = self._core.engine.sessions.get(eio_sid)
        if session is None or session.owner is None:
            return None
        socket: Socket | None = session.owner.sockets.get(namespace)
        return socket

    def slow_recipient(self, emit: Emit) -> Session | None:
        """Return the session of the one client that an event is for, if half of its queue is full.

        None for an event to everyone or to several rooms.
        """
        to = emit.to
        if to is None or len(to) != 1:
            return None
        (room,) = to
        socket = self._core.find(str(room), emit.namespace)
        return socket.session if socket is not None and socket.session.outbound_full else None

    def pending_acks(self) -> dict[str, dict[int, Any]]:
        """Return what waits for acknowledgements, by sid and by number."""
        return self.exclusively(self._core.pending_acks)

    def sids_of(self, state: SocketState) -> dict[str, list[str]]:
        """Return the sids of the clients that are in a state, by namespace."""
        return self.exclusively(self._core.sids_of, state)

    # Rooms ----------------------------------------------------------------

    def namespaces(self) -> list[str]:
        """Return the namespaces that have clients."""
        return list(self._core.rooms.everyone)

    def room_names(self, namespace: str) -> list[Hashable]:
        """Return every room of a namespace that has a name and a member."""
        return self.exclusively(self._core.rooms.names, namespace)

    def has_clients(self, namespace: str) -> bool:
        """Return whether a namespace has clients that can be sent to; needs no lock."""
        return namespace in self._core.rooms.everyone

    def member(self, namespace: str, sid: str) -> Socket | None:
        """Return the client of a sid, if it can be sent to."""
        return self._core.rooms.everyone.get(namespace, {}).get(sid)

    def members(self, namespace: str, room: Hashable) -> list[Socket]:
        """Return the clients in a room (None: all), in the order in which they joined."""
        return self.exclusively(lambda: list(self._core.rooms.members(namespace, room)))

    def everyone(self) -> Iterator[Socket]:
        """Go through the clients of all namespaces: only where nothing changes meanwhile."""
        for sockets in self._core.rooms.everyone.values():
            yield from sockets.values()

    def count_members(self, namespace: str, room: Hashable) -> int:
        """Return how many clients are in a room (None: all)."""
        return len(self._core.rooms.members(namespace, room))

    def select(
        self, namespace: str, to: Collection[Hashable] | None, skip: Collection[Hashable] = ()
    ) -> list[Socket]:
        """Return the clients of all rooms in `to` (None: everyone), each once, without `skip`."""
        return self.exclusively(lambda: list(self._core.rooms.select(namespace, to, skip)))

    def rooms_of(self, socket: Socket) -> list[Hashable]:
        """Return the rooms of a client, its own first."""
        return self.exclusively(self._core.rooms.rooms_of, socket)

    def join(self, socket: Socket, room: Hashable) -> None:
        """Put a client into a room. Raises ValueError for a room that cannot be joined."""
        self._call(self._core.join, socket, room)

    def leave(self, socket: Socket, room: Hashable) -> None:
        """Take a client out of a room."""
        self._call(self._core.leave, socket, room)

    def close_room(self, room: Hashable, namespace: str) -> None:
        """Take every client out of a room. Raises ValueError for the room of a client's own."""
        self._call(self._core.close_room, room, namespace)

    def observe_rooms(self, observer: Callable[[RoomEvent], None]) -> None:
        """Have `observer` told of every room that is created, joined, left and deleted."""
        self._core.rooms.observers.append(observer)

    def are_events_observed(self) -> bool:
        """Return whether an observer hears of the events that clients are sent."""
        return self._core.observers.known_sent is not None

    # Coming and going -----------------------------------------------------

    def accept(self, socket: Socket) -> None:
        """Let a client into the namespace that it asked for."""
        self._call(self._core.accept, socket, self._core.prepare_accept(socket))

    def refuse(self, socket: Socket, answer: Prepared) -> None:
        """Refuse a client by what `prepare_refusal` made, and hand on what that caused."""
        self.dispatch(self._call(self._core.refuse, socket, answer, self.now()))

    def prepare_refusal(self, socket: Socket, data: Any) -> Prepared:
        """Encode what a refused client is told. Raises ValueError for what cannot be sent."""
        return self._core.prepare_refuse(socket, data)

    def disconnect(self, socket: Socket, *, close: bool = False) -> list[Event]:
        """End a client's namespace, or with `close` its connection: its events are the caller's."""
        return self._call(self._core.disconnect, socket, self.now(), close=close)

    def release(self, socket: Socket) -> None:
        """Forget a client whose disconnect handler has returned."""
        self.exclusively(self._core.release, socket)

    # Messages -------------------------------------------------------------

    def send(self, emit: Emit) -> None:
        """Send an event. Raises ValueError for a reserved name and for what cannot be sent."""
        core = self._core
        delivery = self.exclusively(core.begin_send, emit)
        if delivery is not None:
            core.encode_send(delivery)
            self._call(core.finish_send, delivery)

    def prepare_event(self, emit: Emit) -> Prepared:
        """Encode an event for `send_prepared`. Raises ValueError for what cannot be sent."""
        return self._core.prepare_event(emit)

    def send_prepared(self, emit: Emit, message: Prepared) -> None:
        """Send an event that is encoded already."""
        self._call(self._core.finish_send, Delivery(emit, None, message))

    def send_for_ack(self, emit: Emit) -> tuple[int, int]:
        """Do `send`. Returns the number of the acknowledgement (or 0) and how many were sent it."""
        core = self._core
        delivery = self.exclusively(core.begin_send, emit)
        if delivery is None:
            return 0, 0
        core.encode_send(delivery)
        return delivery.ack_id or 0, self._call(core.finish_send, delivery)

    def acknowledge(self, socket: Socket, ack_id: int, values: list[Any]) -> None:
        """Answer an event of a client. Raises ValueError for what cannot be sent."""
        core = self._core
        self._call(core.send_ack, socket, core.prepare_ack(socket, ack_id, values))

    def take_ack(self, socket: Socket, ack_id: int) -> Any:
        """Return what waits for the acknowledgement `ack_id` of a client, or None, once."""
        return self.exclusively(self._core.take_ack, socket, ack_id)

    def forget_ack(self, sid: str, namespace: str, ack_id: int) -> None:
        """Wait no more for an acknowledgement; a stranger is ignored."""
        self.exclusively(self._forget_ack, sid, namespace, ack_id)

    def _forget_ack(self, sid: str, namespace: str, ack_id: int) -> None:
        socket = self._core.find(sid, namespace)
        if socket is not None:
            self._core.forget_ack(socket, ack_id)
