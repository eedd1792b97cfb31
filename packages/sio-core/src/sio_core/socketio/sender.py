"""What a server sends: events to the clients of rooms, and acknowledgements.

An event is one value, `Emit`, from whoever emits it to the sockets it is for.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..prepared import Prepared, prepare
from ..protocol_errors import LocalProtocolError
from ..reasons import TRANSPORT_ERROR, Reason
from ..timers import Timers
from .acks import Acks
from .config import Config
from .events import AckAborted, AckTimedOut, Event
from .observers import Observers
from .parsers.packets import ACK, EVENT, RESERVED_EVENTS, Packet
from .parsers.parser import Parser
from .parsers.validation import check_event_name
from .rooms import Rooms
from .socket import Socket
from .state import SocketState

CONNECTED = SocketState.CONNECTED
MANY = 1000
"""Recipients from which a broadcast counts towards `AT_A_STRETCH`."""
AT_A_STRETCH = 50_000
"""Deliveries of broadcasts after which who goes on sending lets others run: some 15 ms."""


class Outlet(Protocol):
    """What a driver looks at before it sends more: the `engineio.Server`."""

    any_outbound_full: bool


def event_args(data: Any) -> list[Any]:
    """Return the arguments of an event or an acknowledgement, from one value of the application.

    A tuple is several, None is none, anything else is one.
    """
    if isinstance(data, tuple):
        return list(data)
    return [] if data is None else [data]


# Not frozen at run time: see sio_core.engineio.session. An `Emit` is not changed once it is made.


@dataclass(slots=True)
class Emit:
    """One event for `Server.send`: what it is called, what it carries and whom it is for.

    `args` are the arguments of the event, which goes to the clients of `namespace` that are in
    one of the rooms `to` (None: to all of them) and in none of the rooms `skip`; the sid of a
    client is a room. A `volatile` event is dropped where it would have to wait; with
    `compress` false an answer to a poll that carries it is not compressed. With a `token` every
    client is asked to acknowledge, `until` a time of the driver's clock (None: for ever):
    `AckReceived`, `AckTimedOut` and `AckAborted` name the token.
    """

    event: str
    args: Sequence[Any] = field(repr=False)
    namespace: str = "/"
    to: Collection[Hashable] | None = None
    skip: Collection[Hashable] = ()
    volatile: bool = False
    compress: bool = True
    token: Any = field(default=None, repr=False)
    until: float | None = None


@dataclass(slots=True)
class Delivery:
    """An `Emit` on its way: `ack_id` is what clients acknowledge, `message` what they are sent."""

    emit: Emit
    ack_id: int | None
    message: Prepared | None = None


class Sender:
    """The half of a `Server` that sends: it knows rooms and acknowledgements, but no connections.

    `rooms` is who is in which, `parser` makes the frames of packets.
    """

    observers: Observers
    """Who is told of what happens."""

    def __init__(
        self, parser: Parser, config: Config, timers: Timers[Event], outlet: Outlet
    ) -> None:
        self._outlet = outlet
        self._deliveries = 0
        self.parser = parser
        self.config = config
        self.rooms = Rooms()
        self._timers = timers
        self._acks: Acks[Socket, Event] = Acks(
            timers, config.max_pending_acks, AckTimedOut, AckAborted
        )

    # Events -----------------------------------------------------------------

    def emit(
        self,
        name: str,
        args: Sequence[Any],
        *,
        namespace: str = "/",
        to: Iterable[Hashable] | None = None,
        skip: Collection[Hashable] = (),
        volatile: bool = False,
        compress: bool = True,
    ) -> None:
        """Send an event to every socket in the rooms `to`, but those in the rooms `skip`.

        For example `server.emit("said", ["Ann", "hello"], to=["chat"])`. `name` is the event's,
        `args` are its arguments; `to` None is everyone in `namespace`, and a sid is a room. A
        `volatile` event is dropped for those whose transport takes nothing now; a poll of messages
        with `compress` false alone is not compressed. The event is encoded once, and not at all
        where nobody is. Raises `LocalProtocolError` for a reserved name and for arguments that the
        parser cannot carry. Take `take_ready` next.
        """
        to = None if to is None else tuple(to)
        self.send(Emit(name, args, namespace, to, skip, volatile, compress))

    def emit_with_ack(
        self,
        name: str,
        args: Sequence[Any],
        token: Any,
        *,
        namespace: str = "/",
        to: Iterable[Hashable] | None = None,
        skip: Collection[Hashable] = (),
        until: float | None = None,
        compress: bool = True,
    ) -> int:
        """Send an event that each recipient is to acknowledge.

        Returns how many sockets it was sent to. `name`, `args`, `namespace`, `to`, `skip` and
        `compress` are those of `emit`. Each answer, `until` passing (in the driver's clock; None:
        no limit) and each recipient's leaving is reported once, with `token`. Raises as `emit`
        does. Take `take_ready` next.
        """
        to = None if to is None else tuple(to)
        return self.send(Emit(name, args, namespace, to, skip, False, compress, token, until))

    def send(self, emit: Emit) -> int:
        """Send an event to the sockets that `emit` names. Returns how many they are.

        The event is encoded once, and not at all where nobody is. Raises
        `LocalProtocolError` for a reserved name and for arguments that the
        parser cannot carry. Take `take_ready` next.
        """
        if emit.token is not None:
            delivery = self.begin_send(emit)
            if delivery is None:
                return 0
            self.encode_send(delivery)
            return self.finish_send(delivery)
        name, namespace = emit.event, emit.namespace
        if name in RESERVED_EVENTS:
            check_event_name(name)
        sockets = self.rooms.select(namespace, emit.to, emit.skip)
        if not sockets:
            return 0
        # The three steps below, without the calls.
        message = prepare(self.parser.encode(Packet(EVENT, namespace, [name, *emit.args])))
        message.volatile, message.compress = emit.volatile, emit.compress
        for socket in sockets:
            if socket.held is None:
                socket.session.send(message)
            else:
                self._hold(socket, message)
        if self.observers.known_sent is not None:
            self.observers.count_sent(emit, sockets, message.size)
        count = len(sockets)
        if count >= MANY:
            self._count(count)
        return count

    # The three steps of `send`, for a driver with a lock: `encode_send` calls the parser, whose
    # hooks may be the application's, and needs no lock; the other two do.

    def begin_send(self, emit: Emit) -> Delivery | None:
        """Begin to send `emit`: `encode_send` comes next. None if it reaches nobody.

        Raises `LocalProtocolError` for a reserved name.
        """
        if emit.event in RESERVED_EVENTS:
            check_event_name(emit.event)
        if not self.rooms.reaches(emit.namespace, emit.to, emit.skip):
            return None
        asks = emit.token is not None
        return Delivery(emit, self._acks.next_id(emit.namespace) if asks else None)

    def encode_send(self, delivery: Delivery) -> None:
        """Encode the event of `delivery`: `finish_send` comes next. Raises as `send` does."""
        delivery.message = self.prepare_event(delivery.emit, delivery.ack_id)

    def prepare_event(self, emit: Emit, ack_id: int | None = None) -> Prepared:
        """Encode `emit`, which is for this server's clients, for those of others, or for both.

        With `ack_id` it asks for that acknowledgement. Raises `LocalProtocolError` for a reserved
        name and for what the parser cannot carry.
        """
        if emit.event in RESERVED_EVENTS:
            check_event_name(emit.event)
        packet = Packet(EVENT, emit.namespace, [emit.event, *emit.args], ack_id)
        message = prepare(self.parser.encode(packet))
        message.volatile, message.compress = emit.volatile, emit.compress
        return message

    def finish_send(self, delivery: Delivery) -> int:
        """Send the event of `delivery`.

        Returns how many sockets it reached. Take `take_ready` next.
        """
        emit, ack_id, message = delivery.emit, delivery.ack_id, delivery.message
        assert message is not None, "encode_send comes first"
        sockets = self.rooms.select(emit.namespace, emit.to, emit.skip)
        if ack_id is not None:
            sockets = list(sockets)  # those that owe too many change the table of acknowledgements
            for socket in sockets:
                self._acks.expect(socket, ack_id, emit.token, emit.until)
        self._deliver(sockets, message)
        if sockets and self.observers.known_sent is not None:
            self.observers.count_sent(emit, sockets, message.size)
        count = len(sockets)
        if count >= MANY:
            self._count(count)
        return count

    def forget_ack(self, socket: Socket, ack_id: int) -> None:
        """Stop waiting for acknowledgement `ack_id` of `socket`; nothing more is reported of it."""
        self._acks.forget(socket, ack_id)

    def take_ack(self, socket: Socket, ack_id: int) -> Any:
        """Return the token that waits for acknowledgement `ack_id` of `socket`, or None.

        For an acknowledgement that came another way: the core takes it as answered.
        """
        pending = self._acks.receive(socket, ack_id)
        return None if pending is None else pending.token

    def ack(self, socket: Socket, ack_id: int, args: Sequence[Any]) -> None:
        """Acknowledge the event `ack_id` of `socket` with `args`.

        A socket that is gone is not told. Raises `LocalProtocolError` for arguments that the parser
        cannot carry. Take `take_ready` next.
        """
        if socket.state is CONNECTED:
            # `prepare_ack`, without the call.
            packet = Packet(ACK, socket.namespace, args, ack_id)
            socket.session.send(prepare(self.parser.encode(packet)))

    def send_ack(self, socket: Socket, message: Prepared) -> None:
        """Send a `message` of `prepare_ack` to `socket`; one that is gone is not told."""
        if socket.state is CONNECTED:
            socket.session.send(message)

    # Rooms ------------------------------------------------------------------

    def join(self, socket: Socket, room: Hashable) -> None:
        """Put `socket` into `room`, which exists from its first member on.

        Raises `LocalProtocolError` for None, and for the room of another socket's own.
        """
        if room is None:
            raise LocalProtocolError("None is not a room name: it stands for everyone")
        # Where clients choose room names, one would be sent what is meant for another.
        if room != socket.sid and room in self.rooms.everyone.get(socket.namespace, ()):
            raise LocalProtocolError("cannot enter a sid room: it is another client's own")
        self.rooms.join(socket, room)

    def leave(self, socket: Socket, room: Hashable) -> None:
        """Take `socket` out of `room`; the last one out ends the room."""
        self.rooms.leave(socket, room)

    def close_room(self, room: Hashable, namespace: str = "/") -> None:
        """Take every socket of `namespace` out of a room.

        Raises `LocalProtocolError` for a `room` that is a socket's own.
        """
        if room in self.rooms.everyone.get(namespace, ()):
            raise LocalProtocolError("cannot close a sid room: it is a client's own")
        self.rooms.close(namespace, room)

    # Packets ----------------------------------------------------------------

    # The methods named `prepare_` encode what another method sends. They look at nothing
    # but the parser, whose hooks may be the application's: a driver needs no lock for them.

    def prepare(self, packet: Packet) -> Prepared:
        """Encode `packet`. Raises `LocalProtocolError` for data the parser cannot carry."""
        return prepare(self.parser.encode(packet))

    def prepare_ack(self, socket: Socket, ack_id: int, args: Sequence[Any]) -> Prepared:
        """Encode acknowledgement `ack_id` of `socket` with `args` for `send_ack`.

        Raises as `prepare`.
        """
        return prepare(self.parser.encode(Packet(ACK, socket.namespace, args, ack_id)))

    def _deliver(self, sockets: Iterable[Socket], message: Prepared) -> None:
        for socket in sockets:
            if socket.held is None:
                socket.session.send(message)
            else:
                self._hold(socket, message)

    def _count(self, deliveries: int) -> None:
        """Have a program that sends one broadcast after the other let others run now and then."""
        self._deliveries += deliveries
        if self._deliveries >= AT_A_STRETCH:
            self._deliveries = 0
            self._outlet.any_outbound_full = True

    def _hold(self, socket: Socket, message: Prepared) -> None:
        """Keep a message for a socket that is not accepted yet."""
        if socket.held is None or len(socket.held) < self.config.max_held:
            socket.send(message)
        else:
            socket.session.fail(Reason(TRANSPORT_ERROR, "too many messages before accept"))
