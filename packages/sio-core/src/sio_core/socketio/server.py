"""The Socket.IO server: namespaces, events and acknowledgements over Engine.IO.

Socket.IO protocol revision 5, and with older clients revision 4: see `dialects.py`. Engine.IO
events go in through `process`; what the application asks for goes in through the other methods,
those that send by `sender.py`. Outputs wait in the engine's sessions: `take_ready` names whose.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any

from .. import engineio
from ..engineio.session import Abandoned, Closed, Message, Opened, Upgraded, UpgradeFailed
from ..prepared import Deferred, Prepared, prepare
from ..protocol_errors import DecodeError
from ..reasons import (
    CLIENT_DISCONNECT,
    PARSE_ERROR,
    SERVER_DISCONNECT,
    TRANSPORT_ERROR,
    Reason,
    disconnect_reason,
)
from ..timers import Timers
from ..transitions import advance
from ..values import Frame
from .config import Config
from .connection import CONNECTIONS, Connection
from .decoded import Decoded, decode_in_slices
from .events import (
    AckReceived,
    ConnectionClosed,
    ConnectionOpened,
    ConnectionUpgraded,
    ConnectionUpgradeFailed,
    ConnectRequested,
    ConnectTimedOut,
    Disconnected,
    Event,
    EventReceived,
    NamespaceRefused,
)
from .observer import NOT_ANSWERED, REFUSED_BY_APPLICATION, UNKNOWN_NAMESPACE, Observer
from .observers import Observers
from .parsers.json_parser import JSONParser
from .parsers.packets import (
    ACK,
    CONNECT,
    CONNECT_ERROR,
    DISCONNECT,
    EVENT,
    Packet,
)
from .parsers.parser import Parser
from .sender import Sender
from .socket import Home, Socket
from .state import SOCKET, SocketInput, SocketState

OWN_PACKET_BYTES = 64
"""About what a packet takes that refuses a client or takes its leave, beside its namespace."""
INVALID_NAMESPACE = {"message": "Invalid namespace"}
REQUEST_TIMED_OUT = {"message": "Connect request timed out"}

# A member of an enum is found in 0.1 µs before Python 3.12, a name of a module in a tenth of that.
REQUESTED = SocketState.REQUESTED
CONNECTED = SocketState.CONNECTED
DISCONNECTED = SocketState.DISCONNECTED


class Server(Sender):
    """A `Server` holds all clients of one Socket.IO server: make one for each process.

    `engine` is the Engine.IO server below. `new_id` returns a fresh id of a socket, which other
    clients may learn. `accepts` says whether clients may connect to a namespace, by default to
    `/` alone.
    """

    def __init__(
        self,
        engine: engineio.Server,
        config: Config | None = None,
        *,
        new_id: Callable[[], str],
        parser: Parser | None = None,
        accepts: Callable[[str], bool] = lambda namespace: namespace == "/",
    ) -> None:
        super().__init__(
            JSONParser() if parser is None else parser,
            Config() if config is None else config,
            Timers(engine.timers.moves),
            engine,
        )
        self.observers = Observers(Observer, engine, self.rooms)
        self.engine = engine
        self.take_ready = engine.take_ready
        """Return what is ready to be sent or ended: see `engineio.Server.take_ready`."""
        self._accepts = accepts
        self._new_id = new_id
        self._released: dict[str, dict[str, Socket]] = {}

    # Network side ---------------------------------------------------------

    @property
    def decodes_itself(self) -> bool:
        """Return whether nothing of the application is called to decode a message.

        Then a driver with a lock may pass the events of a short message to `process` straight away.
        """
        return isinstance(self.parser, JSONParser) and self.parser.decodes_itself

    def decode(self, events: Iterable[engineio.Event]) -> list[engineio.Event | Decoded]:
        """Decode the messages among `events`; pass what this returns to `process` next.

        A driver with a lock calls this without it: nothing but the decoders of the connections is
        read, so no two threads may decode for one session at the same time. A driver without a
        lock passes its events to `process` straight away.
        """
        out: list[engineio.Event | Decoded] = []
        for event in events:
            session = event.session
            if type(event) is not Message or session.owner is None:
                out.append(event)
                continue
            data = event.data
            try:
                out.append(Decoded(data, session.owner.decoder.add(data), None, session))
            except DecodeError as error:
                out.append(Decoded(data, None, error, session))
        return out

    def decode_in_slices(
        self, events: Iterable[engineio.Event]
    ) -> Generator[None, None, list[engineio.Event | Decoded]]:
        """Do what `decode` does, for `events` that are long or many: others may have their turn.

        Call `next` on what this returns until it raises `StopIteration`, whose value is what
        `process` takes. Each call takes a few milliseconds at most where the parser and its codec
        are this package's own, and in between `Server` may be used. No two decodings of one
        session may overlap, unless its client itself sends side by side what has an order.
        """
        return decode_in_slices(events, self.decode)

    def process(self, events: Iterable[engineio.Event | Decoded], now: float) -> list[Event]:
        """Take events of the engine. Returns what they mean for the application.

        `events` are what an input of the engine returned, in order. A message that is no packet of
        Socket.IO ends its connection. Take `take_ready` next.
        """
        out: list[Event] = []
        for event in events:
            if type(event) is Message or type(event) is Decoded:
                connection = event.session.owner
                if connection is None:
                    continue
                try:
                    if type(event) is Decoded:
                        if event.error is not None:
                            raise event.error
                        packet = event.packet
                    else:
                        packet = connection.decoder.add(event.data)
                except DecodeError as error:
                    out += self._fail(connection, PARSE_ERROR, str(error), now)
                    continue
                if packet is None:
                    self._await_attachments(connection, event.data, now)
                elif packet.type == EVENT:
                    socket = connection.sockets.get(packet.namespace)
                    if socket is None or socket.state is not CONNECTED:
                        out += self._fail(connection, PARSE_ERROR, "event for no namespace", now)
                        continue
                    data = packet.data
                    if data:
                        received = EventReceived(socket, data[0], data[1:], packet.id)
                        out.append(received)
                        if (known := self.observers.known_received) is not None:
                            # Counted here, since a call would take as long as counting.
                            frame = event.data
                            try:
                                tally = known[packet.namespace][received.name]
                            except KeyError:
                                size = connection.size_of(frame)
                                self.observers.tell_received(
                                    socket, received.name, received.args, size
                                )
                            else:
                                tally.events += 1
                                if type(frame) is str and frame.isascii():
                                    tally.size += 1 + len(frame)
                                else:
                                    tally.size += connection.size_of(frame)
                else:
                    out += self._packet(connection, packet, now)
            elif type(event) is Opened:
                self._opened(event.session, now, out)
            elif type(event) is Closed:
                out += self._closed(event)
            elif type(event) is not Abandoned:
                assert isinstance(event, Upgraded | UpgradeFailed), "there are no other events"
                out += self._upgrade(event)
        return out

    def next_deadline(self) -> float | None:
        """Return when to call `handle_timeout`, in seconds of the driver's clock, or None."""
        engine = self.engine
        due = self._timers.next
        for other in (engine.timers.next, engine.heartbeats.next):  # its `next_deadline`
            if other is not None and (due is None or other < due):
                due = other
        return due

    def handle_timeout(self, now: float) -> list[Event]:
        """Act on every deadline up to `now`; an early or extra call does nothing."""
        events = self.process(self.engine.handle_timeout(now), now)
        while (owner := self._timers.pop_due(now)) is not None:
            events += owner.deadline_passed(now)
        return events

    def _opened(self, session: engineio.Session, now: float, out: list[Event]) -> None:
        make = CONNECTIONS[session.revision.number]
        connection = session.owner = make(self, session, self.parser.decoder())
        self._await_namespace(connection, now)
        if (tell := self.observers.session_opened) is not None:
            tell(session)
        out.append(ConnectionOpened(session))
        if make.dialect.joins_root:
            out += self._connect(connection, Packet(CONNECT), now)

    def _closed(self, event: Closed) -> list[Event]:
        session = event.session
        connection: Connection | None = session.owner
        if connection is None:
            return []
        session.owner = None
        self._timers.cancel(connection)
        reason = disconnect_reason(event.reason)
        out: list[Event] = []
        for socket in list(connection.sockets.values()):
            out += self._left(socket, reason)
        if (tell := self.observers.session_closed) is not None:
            tell(session, reason)
        out.append(ConnectionClosed(session, reason))
        return out

    def _upgrade(self, event: Upgraded | UpgradeFailed) -> list[Event]:
        session = event.session
        connection: Connection | None = session.owner
        if connection is None:
            return []
        sids = tuple(socket.sid for socket in connection.sockets.values())
        if type(event) is UpgradeFailed:
            return [ConnectionUpgradeFailed(session, sids, event.detail)]
        if (tell := self.observers.session_upgraded) is not None:
            tell(session)
        return [ConnectionUpgraded(session, sids)]

    def _packet(self, connection: Connection, packet: Packet, now: float) -> list[Event]:
        if packet.type == CONNECT:
            return self._connect(connection, packet, now)
        socket = connection.sockets.get(packet.namespace)
        if packet.type == DISCONNECT:
            if socket is None:
                return []
            out = self._left(socket, Reason(CLIENT_DISCONNECT))
            self._await_namespace(connection, now)
            return out
        if packet.type == ACK and socket is not None and socket.state is CONNECTED:
            return self._acked(socket, packet)
        return self._fail(connection, PARSE_ERROR, "packet for no namespace", now)

    def _connect(self, connection: Connection, packet: Packet, now: float) -> list[Event]:
        namespace = packet.namespace
        if namespace in connection.sockets:
            return self._fail(connection, TRANSPORT_ERROR, "namespace is connected already", now)
        if len(connection.sockets) >= self.config.max_namespaces:
            return self._fail(connection, TRANSPORT_ERROR, "too many namespaces", now)
        if not self._accepts(namespace):
            self._send(connection, Packet(CONNECT_ERROR, namespace, INVALID_NAMESPACE))
            self._tell_refused(connection.session, namespace, UNKNOWN_NAMESPACE)
            return [NamespaceRefused(connection.session, namespace)]
        derive = connection.dialect.derive_sid
        sid = self._new_id() if derive is None else self._derived_sid(derive, connection, namespace)
        if self.find(sid, namespace) is not None:
            return self._fail(connection, TRANSPORT_ERROR, "socket id is taken", now)
        socket = Socket(connection, namespace, sid)
        connection.sockets[namespace] = socket
        self._timers.cancel(connection)
        if self.config.accept_timeout is not None and connection.session.hurries:
            self._timers.set(socket, now + self.config.accept_timeout)
        self.rooms.add(socket)
        return [ConnectRequested(socket, packet.data)]

    def _derived_sid(
        self, derive: Callable[[str, str], str], connection: Connection, namespace: str
    ) -> str:
        sid = derive(connection.session.sid, namespace)
        # A client that comes back may find what it was before still being dealt with.
        return sid if self.find(sid, namespace) is None else self._new_id()

    def _acked(self, socket: Socket, packet: Packet) -> list[Event]:
        if packet.id is None:
            return []
        pending = self._acks.receive(socket, packet.id)
        if pending is None:
            return []
        if (tell := self.observers.acknowledged) is not None:
            tell(socket, packet.id, packet.data or [])
        return [AckReceived(socket, pending.token, packet.data or [], packet.id)]

    def _await_namespace(self, connection: Home, now: float) -> None:
        if not connection.sockets and connection.session.hurries:
            self._timers.set(connection, now + self.config.connect_timeout)

    def _await_attachments(self, connection: Connection, frame: Frame, now: float) -> None:
        # A connection without a namespace has the deadline of its connect timeout. Else one may
        # stand: with bytes it is that of this packet, with text, which begins one, of another.
        if not connection.session.hurries:
            return
        if connection.sockets and (connection.due is None or isinstance(frame, str)):
            self._timers.set(connection, now + self.config.attachment_timeout)
        if self.observers.known_received is not None:
            connection.count(frame)

    def _fail(self, connection: Connection, word: str, detail: str, now: float) -> list[Event]:
        return self.process(connection.session.end(now, Reason(word, detail)), now)

    def _left(self, socket: Socket, reason: Reason) -> list[Event]:
        """Take a socket out of its namespace; it stays readable until `release`."""
        accepted = socket.state is CONNECTED
        self._timers.cancel(socket)
        socket.state = advance(SOCKET, socket.state, SocketInput.DISCONNECT)
        del socket.connection.sockets[socket.namespace]
        socket.held = None
        self.rooms.remove(socket)
        self._released.setdefault(socket.namespace, {})[socket.sid] = socket
        if accepted and (tell := self.observers.disconnected) is not None:
            tell(socket, reason)
        out: list[Event] = list(self._acks.abort(socket))
        out.append(Disconnected(socket, reason, accepted))
        return out

    def _tell_refused(self, session: engineio.Session, namespace: str, reason: str) -> None:
        if (tell := self.observers.refused) is not None:
            tell(session, namespace, reason)

    # Application side -----------------------------------------------------

    def find(self, sid: str, namespace: str = "/") -> Socket | None:
        """Return the socket with `sid` in `namespace`, or None.

        It is there from its connect request until `release`.
        """
        socket = self.rooms.everyone.get(namespace, {}).get(sid)
        if socket is None:
            socket = self._released.get(namespace, {}).get(sid)
        return socket

    def sids_of(self, state: SocketState) -> dict[str, list[str]]:
        """Return the sids of the sockets that are in `state`, by namespace."""
        found: dict[str, list[str]] = {}
        for table in (self.rooms.everyone, self._released):
            for namespace, sockets in table.items():
                for sid, socket in sockets.items():
                    if socket.state is state:
                        found.setdefault(namespace, []).append(sid)
        return found

    def pending_acks(self) -> dict[str, dict[int, Any]]:
        """Return the tokens that wait for acknowledgements, by sid and by number."""
        return {
            sid: {number: pending.token for number, pending in socket.acks.items()}
            for sockets in self.rooms.everyone.values()
            for sid, socket in sockets.items()
            if socket.acks
        }

    def accept(self, socket: Socket, answer: Prepared | None = None) -> bool:
        """Grant the connect request of `socket`. Returns false when the client is gone already.

        What was sent to the socket meanwhile follows the answer, which is that of `prepare_accept`
        if `answer` is given. Take `take_ready` next.
        """
        if socket.state is not REQUESTED:
            return False
        answer = self.prepare_accept(socket) if answer is None else answer
        socket.state = advance(SOCKET, socket.state, SocketInput.ACCEPT)
        self._timers.cancel(socket)
        socket.session.send(answer)
        held, socket.held = socket.held, None
        for message in held or ():
            socket.session.send(message)
        if (tell := self.observers.connected) is not None:
            tell(socket)
        return True

    def refuse(self, socket: Socket, data: Any, now: float) -> list[Event]:
        """Refuse the connect request of `socket`.

        Returns the acknowledgements that will not come any more. `data` is what the client is told,
        or what `prepare_refuse` made of it. Raises `LocalProtocolError` for data that the parser
        cannot carry; the request then still waits for an answer. Take `take_ready` next.
        """
        if socket.state is not REQUESTED:
            return []
        answer = data if isinstance(data, Prepared) else self.prepare_refuse(socket, data)
        socket.state = advance(SOCKET, socket.state, SocketInput.REFUSE)
        self._timers.cancel(socket)
        connection = socket.connection
        del connection.sockets[socket.namespace]
        socket.held = None
        self.rooms.remove(socket)
        connection.session.send(answer)
        self._tell_refused(socket.session, socket.namespace, REFUSED_BY_APPLICATION)
        self._await_namespace(connection, now)
        return list(self._acks.abort(socket))

    def request_timed_out(self, socket: Socket, now: float) -> list[Event]:
        """Refuse the connect request of `socket`, which was not answered in time. For `Socket`."""
        data = socket.connection.dialect.refusal(REQUEST_TIMED_OUT)
        self._send(socket.connection, Packet(CONNECT_ERROR, socket.namespace, data))
        self._tell_refused(socket.session, socket.namespace, NOT_ANSWERED)
        left = self._left(socket, Reason(SERVER_DISCONNECT, "connect request timed out"))
        self._await_namespace(socket.connection, now)
        return [ConnectTimedOut(socket), *left]

    def release(self, socket: Socket) -> None:
        """Forget `socket`, whose `Disconnected` event was dealt with: its sid is unknown then."""
        if socket.state is DISCONNECTED:
            socket.state = advance(SOCKET, socket.state, SocketInput.RELEASE)
            socket.rooms = None
            waiting = self._released[socket.namespace]
            del waiting[socket.sid]
            if not waiting:
                del self._released[socket.namespace]

    def disconnect(self, socket: Socket, now: float, *, close: bool = False) -> list[Event]:
        """End the namespace of `socket`, or with `close` its whole connection.

        Returns its `Disconnected` event. Take `take_ready` next.
        """
        if socket.state not in (CONNECTED, REQUESTED):
            return []
        connection, session = socket.connection, socket.session
        if close:
            # A client that is not told so takes it for a failure, and comes back.
            for namespace in connection.sockets:
                session.send_last(self._deferred(Packet(DISCONNECT, namespace)))
            return self.process(self.engine.close(session, now), now)
        self._send(connection, Packet(DISCONNECT, socket.namespace))
        out = self._left(socket, Reason(SERVER_DISCONNECT))
        self._await_namespace(connection, now)
        return out

    # Output ---------------------------------------------------------------

    # As with `Sender.prepare_ack`, a driver needs no lock for these.

    def prepare_accept(self, socket: Socket) -> Prepared:
        """Encode the answer to the connect request of `socket`, for `accept`."""
        data = {"sid": socket.sid} if socket.connection.dialect.tells_sid else None
        return self.prepare(Packet(CONNECT, socket.namespace, data))

    def prepare_refuse(self, socket: Socket, data: Any) -> Prepared:
        """Encode `data`, the answer to a connect request of `socket`, for `refuse`.

        Raises as `prepare`.
        """
        data = socket.connection.dialect.refusal(data)
        return self.prepare(Packet(CONNECT_ERROR, socket.namespace, data))

    def _send(self, connection: Home, packet: Packet) -> None:
        """Send a packet of this package's own making."""
        connection.session.send(self._deferred(packet))

    def _deferred(self, packet: Packet) -> Deferred:
        """Return the message of such a packet, which is encoded when it is taken."""
        size = OWN_PACKET_BYTES + len(packet.namespace)
        encode = self.parser.encode
        return Deferred(lambda: prepare(encode(packet)).frames, size)
