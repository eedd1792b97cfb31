"""The Socket.IO client: namespaces, events, acknowledgements, and connecting again.

Socket.IO protocol revision 5, the client's side, over one Engine.IO connection
after another; `dialect` has what is different in older revisions. The driver feeds each connection,
passes what it reports to `process`, and makes a new one whenever `AttemptDue` asks for it. What the
application sends goes by the methods of `Sender`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ... import engineio
from ...engineio.client import CLIENTS
from ...engineio.client.events import (
    ConnectionLost,
    ConnectionOpened,
    MessageReceived,
    TransportUpgraded,
)
from ...limits import TRUSTED
from ...prepared import Prepared, prepare
from ...protocol_errors import DecodeError, LocalProtocolError
from ...reasons import (
    CLIENT_DISCONNECT,
    FORCED_CLOSE,
    PARSE_ERROR,
    SERVER_DISCONNECT,
    TRANSPORT_ERROR,
    Reason,
    disconnect_reason,
)
from ...transitions import advance
from ..parsers.json_parser import JSONParser
from ..parsers.packets import (
    CONNECT,
    CONNECT_ERROR,
    DISCONNECT,
    EVENT,
    Packet,
)
from ..parsers.parser import Parser
from .config import ClientConfig
from .decoded import DecodedMessage
from .dialect import DIALECTS, NO_AUTH, Dialect
from .events import (
    AttemptDue,
    AttemptFailed,
    AttemptSucceeded,
    ClientEvent,
    Connected,
    ConnectRefused,
    Ended,
    Failure,
    NamespaceLeft,
    Reconnecting,
    ServerAckReceived,
    ServerEventReceived,
)
from .reconnection import Reconnection
from .sender import Sender
from .server_protocol import ServerProtocol
from .socket import ClientSocket
from .state import CLIENT, ClientInput, ClientSocketInput, ClientSocketState, ClientState

LEFT = {"message": "the server disconnected it at once"}
OLD_SERVER = {"message": "the server speaks an older protocol: it is of Socket.IO 2 or before"}

CONNECTED = ClientSocketState.CONNECTED


class Client(Sender):
    """A `Client` is one client of one server, over all its connections.

    `engine` is the Engine.IO connection in use, or None; `sockets` are the
    namespaces of the current attempt. `jitter` returns numbers from 0 to 1.
    """

    def __init__(
        self,
        config: ClientConfig | None = None,
        *,
        parser: Parser | None = None,
        jitter: Callable[[], float],
    ) -> None:
        config = ClientConfig() if config is None else config
        super().__init__(JSONParser(limits=TRUSTED) if parser is None else parser, config)
        self.state = ClientState.IDLE
        self.wanted: tuple[str, ...] = ()
        self._asked: tuple[str, ...] = ()
        """What `connect` was given: the server may take some away later."""
        self._reconnection = Reconnection(config, jitter)
        self._partial = 0
        """Bytes of the event whose attachments are not all here."""
        self._protocol = ServerProtocol(config.protocol)
        self._dialect = DIALECTS[4]
        self._auth: Any = None
        """What namespaces are asked for with; kept until the dialect is known."""
        self._requests: list[Prepared] = []
        """Those that are not sent yet."""
        self._refused: dict[str, Any] = {}
        self._namespace_timeout: float | None = None
        self._wait = True
        self._arrived = False

    @property
    def refused(self) -> Mapping[str, Any]:
        """The namespaces that the latest attempt did not get, with what the server said of each."""
        return self._refused

    def change_reconnection(self, config: ClientConfig) -> None:
        """Connect again as `config` says from now on; the rest of it is for another client."""
        self.config = config
        self._reconnection.change(config)

    # Connecting -------------------------------------------------------------

    def connect(
        self, namespaces: Iterable[str], *, retry: bool = False, wait: bool = True
    ) -> list[ClientEvent]:
        """Begin to connect to `namespaces`. Returns `AttemptDue`.

        With `retry` a first attempt that does not reach the server is followed
        by others, as after a connection that broke, whatever `reconnection` says;
        one whose namespaces were refused or not answered is not. With `wait`
        false the first attempt has succeeded once the server answered, whatever
        comes of the namespaces; later ones wait for them. Raises
        `LocalProtocolError` when the client is not idle.
        """
        if self.state is not ClientState.IDLE:
            raise LocalProtocolError("the client is connected or connecting: disconnect it first")
        self.wanted = tuple(dict.fromkeys(namespaces))
        if not self.wanted:
            raise LocalProtocolError("name at least one namespace to connect to")
        self._asked = self.wanted
        self._reconnection.begin(retry=retry)
        self._wait = wait
        self._arrived = False
        self._protocol.begin()
        self._move(ClientInput.CONNECT)
        return [AttemptDue(0)]

    def attempt(
        self, now: float, auth: Any = None, namespace_timeout: float | None = None
    ) -> engineio.Client:
        """Begin the attempt that is due, with `auth` for every namespace.

        `namespace_timeout` is how many seconds after the handshake every namespace must
        have been answered, None for no limit. Returns the connection, which is open for its
        actions to be taken. Raises `LocalProtocolError` when `auth` cannot be
        sent, the attempt is then still due, and when none is due.
        """
        if self.state is not ClientState.DUE:
            raise LocalProtocolError("no attempt is due: the client was disconnected meanwhile")
        revision = self._protocol.revision
        dialect = DIALECTS[revision or 4]
        requests = self._encode_requests(dialect, auth)
        self._move(ClientInput.ATTEMPT)
        self._dialect, self._auth, self._requests = dialect, auth, requests
        self._namespace_timeout = namespace_timeout
        self._refused = {}
        self.sockets = {name: ClientSocket(name) for name in self.wanted}
        self._partial = 0
        self.engine = CLIENTS[revision](self.config.engine, moves=self.moves)
        self.engine.owner = self.parser.decoder()
        self.engine.open(now)
        return self.engine

    def attempt_failed(self, cause: Any, now: float) -> list[ClientEvent]:
        """Note that the attempt that is due cannot be made, because of `cause`."""
        if self.state is not ClientState.DUE:
            return []
        return self._failed(Failure(Reason(TRANSPORT_ERROR, "no attempt was made"), cause), now)

    def disconnect(self, now: float, reason: Reason | None = None) -> list[ClientEvent]:
        """Leave every namespace and end the connection, or whatever is under way to one.

        `reason` is what is reported, that this client disconnected if there is none.
        What was sent before goes out first: go on to feed the connection until
        its `state` is CLOSED, which it may be at once.
        """
        if self.state is ClientState.IDLE:
            return []
        return self._end(Reason(CLIENT_DISCONNECT) if reason is None else reason, now)

    # The network's side -----------------------------------------------------

    def decode(
        self, engine: engineio.Client, events: Iterable[engineio.ClientEvent]
    ) -> list[engineio.ClientEvent | DecodedMessage]:
        """Decode the messages among the `events` of `engine`; pass the result to `process` next.

        A driver with a lock calls this without it: nothing but the decoder of the connection is
        read, so no two threads may decode for one connection at the same time. A driver without a
        lock passes its events to `process` straight away.
        """
        out: list[engineio.ClientEvent | DecodedMessage] = []
        add = engine.owner.add
        for event in events:
            if type(event) is MessageReceived:
                data = event.data
                try:
                    out.append(DecodedMessage(data, add(data), None))
                except DecodeError as error:
                    out.append(DecodedMessage(data, None, error))
            else:
                out.append(event)
        return out

    def process(
        self,
        engine: engineio.Client,
        events: Sequence[engineio.ClientEvent | DecodedMessage],
        now: float,
    ) -> list[ClientEvent]:
        """Take events of the connection `engine`. Returns what they mean for the application.

        `events` are what one of its inputs returned, in order. Those of a connection that was given
        up mean nothing.
        """
        out: list[ClientEvent] = []
        for event in events:
            if engine is not self.engine:
                break  # a connection that was given up
            if type(event) is MessageReceived or type(event) is DecodedMessage:
                try:
                    if type(event) is DecodedMessage:
                        if event.error is not None:
                            raise event.error
                        packet = event.packet
                    else:
                        packet = engine.owner.add(event.data)
                except DecodeError as error:
                    lost = engine.abort(Reason(PARSE_ERROR, str(error)))
                    out += self.process(engine, lost, now)
                    break
                size = len(event.data)
                if packet is None:
                    self._partial += size
                    continue
                if self._partial:
                    size, self._partial = size + self._partial, 0
                if packet.type == EVENT:
                    socket = self.sockets.get(packet.namespace)
                    if socket is not None and socket.state is CONNECTED:
                        data = packet.data
                        if data:
                            name, args = data[0], data[1:]
                            out.append(ServerEventReceived(socket, name, args, packet.id, size))
                        continue
                out += self._packet(packet, now)
            elif type(event) is ConnectionOpened:
                out += self._opened(engine, now)
            elif type(event) is ConnectionLost:
                out += self._lost(event, now)
            else:
                assert type(event) is TransportUpgraded, "there are no other events"
                out.append(event)
        return out

    def next_deadline(self) -> float | None:
        """Return when to call `handle_timeout`, in seconds of the driver's clock, or None.

        Connections have deadlines of their own.
        """
        return self._timers.next

    def handle_timeout(self, now: float) -> list[ClientEvent]:
        """Act on every deadline up to `now`; an early or extra call does nothing."""
        events: list[ClientEvent] = []
        while (owner := self._timers.pop_due(now)) is not None:
            events += owner.deadline_passed(now)
        return events

    def deadline_passed(self, now: float) -> list[ClientEvent]:
        """Act on the client's own deadline: a delay is over, or the namespaces took too long."""
        if self.state is ClientState.WAITING:
            self._move(ClientInput.DELAY_OVER)
            self._protocol.begin()
            return [AttemptDue(self._reconnection.next())]
        requested = ClientSocketState.REQUESTED
        late = [name for name, socket in self.sockets.items() if socket.state is requested]
        self._refused.update(dict.fromkeys(late))
        return self._incomplete(Reason(TRANSPORT_ERROR, "no answer in time"), now, tuple(late))

    # Packets ----------------------------------------------------------------

    def _packet(self, packet: Packet, now: float) -> list[ClientEvent]:
        socket = self.sockets.get(packet.namespace)
        if socket is None or socket.state is ClientSocketState.GONE:
            return self._unasked(packet, now)
        requested = socket.state is ClientSocketState.REQUESTED
        if packet.type == CONNECT:
            return self._accepted(socket, packet, now) if requested else []
        if packet.type == CONNECT_ERROR and requested:
            return self._refuse(socket, self._dialect.said(packet.data), now)
        if packet.type in (DISCONNECT, CONNECT_ERROR):
            return self._left_by_server(socket, packet, now)
        if requested:
            # A server may send events from its connect handler, before its answer.
            if len(socket.held) < self.config.max_held:
                socket.held.append(packet)
            return []
        pending = self._acks.receive(socket, packet.id or 0)
        if pending is None:
            return []
        return [ServerAckReceived(socket, pending.token, packet.data)]

    def _accepted(self, socket: ClientSocket, packet: Packet, now: float) -> list[ClientEvent]:
        engine = self.engine
        assert engine is not None, "its packet came over a connection"
        sid = self._dialect.sid(packet, engine.sid or "")
        if sid is None:
            if self._protocol.found_older():
                return self._attempt_again(now)
            return self._refuse(socket, OLD_SERVER, now)
        socket.sid = sid
        socket.move(ClientSocketInput.ACCEPTED)
        self._send_requests()
        out: list[ClientEvent] = [Connected(socket), *self._complete(now)]
        held, socket.held = socket.held, []
        for early in held:
            if early.type == EVENT and early.data and socket.state is CONNECTED:
                event = ServerEventReceived(socket, early.data[0], early.data[1:], early.id)
                out.append(event)
        return out

    def _unasked(self, packet: Packet, now: float) -> list[ClientEvent]:
        """Take a packet of a namespace in which the client is not, or not any more."""
        if packet.namespace == "/" and packet.type in (CONNECT, CONNECT_ERROR):
            # Only older servers connect clients that have not asked.
            if packet.type == CONNECT and not packet.data and self._protocol.found_older():
                return self._attempt_again(now)
            self._send_requests()
        return []

    def _refuse(self, socket: ClientSocket, data: Any, now: float) -> list[ClientEvent]:
        socket.move(ClientSocketInput.GO)
        self._send_requests()
        self._refused[socket.namespace] = data
        if self.state is ClientState.CONNECTED:
            # No `connect` waits for it, and no failed attempt reports it: do not ask again.
            self._want_no_more(socket)
        return [ConnectRefused(socket, data), *self._complete(now)]

    def _left_by_server(
        self, socket: ClientSocket, packet: Packet, now: float
    ) -> list[ClientEvent]:
        if packet.type == CONNECT_ERROR and self._dialect.errors:
            return [ServerEventReceived(socket, "error", [packet.data], None)]
        if socket.state is not CONNECTED:
            return self._refuse(socket, None, now)
        reason = Reason(SERVER_DISCONNECT)
        out = self._leave(socket, reason)
        if not self._arrived:
            # `connect` waits for all namespaces, for this one too.
            self._refused[socket.namespace] = LEFT
            return out + self._complete(now)
        # The server has ended this namespace: later attempts do not ask for it.
        self._want_no_more(socket)
        if self._open_sockets():
            return out
        return out + self._end(reason, now)

    def _want_no_more(self, socket: ClientSocket) -> None:
        self.wanted = tuple(name for name in self.wanted if name != socket.namespace)

    def _open_sockets(self) -> list[ClientSocket]:
        gone = ClientSocketState.GONE
        return [socket for socket in self.sockets.values() if socket.state is not gone]

    def _leave(self, socket: ClientSocket, reason: Reason) -> list[ClientEvent]:
        """Take a socket out of its namespace. Returns the events that report it."""
        was_connected = socket.state is CONNECTED
        if socket.state is not ClientSocketState.GONE:
            socket.move(ClientSocketInput.GO)
        aborted = list(self._acks.abort(socket))
        return [*aborted, NamespaceLeft(socket, reason)] if was_connected else aborted

    def _leave_all(self, reason: Reason) -> list[ClientEvent]:
        return [event for socket in self.sockets.values() for event in self._leave(socket, reason)]

    # The protocol of the server -----------------------------------------------

    def _encode_requests(self, dialect: Dialect, auth: Any) -> list[Prepared]:
        if dialect.connects_root and auth is not None and self._asked == ("/",):
            raise LocalProtocolError(NO_AUTH)
        encode = self.parser.encode
        return [prepare(encode(packet)) for packet in dialect.requests(self.wanted, auth)]

    def _send_requests(self) -> None:
        """Ask for the namespaces, if that has not been done yet."""
        requests, self._requests = self._requests, []
        assert self.engine is not None, "there is a connection to ask over"
        for request in requests:
            self.engine.send(request)

    def _opened(self, engine: engineio.Client, now: float) -> list[ClientEvent]:
        """Ask for the namespaces, in the dialect of the protocol that the server speaks."""
        dialect, auth, self._auth = DIALECTS[engine.revision], self._auth, None
        if dialect is not self._dialect:
            self._protocol.revision = engine.revision
            self._dialect = dialect
            try:
                self._requests = self._encode_requests(dialect, auth)
            except LocalProtocolError as error:
                self._say_goodbye(now)
                failure = Failure(Reason(TRANSPORT_ERROR, "nothing was asked for"), error)
                return self._failed(failure, now, refused=True)
        if not dialect.connects_root:
            self._send_requests()
        # Else they follow the server's answer for `/`: before it JavaScript servers lose auth.
        if self._namespace_timeout is not None:
            self._timers.set(self, now + self._namespace_timeout)
        if not self._wait and self._reconnection.number == 0:
            return self._succeeded()
        return []

    def _attempt_again(self, now: float) -> list[ClientEvent]:
        """Make the attempt that is under way again, in another protocol."""
        self._say_goodbye(now)
        out = self._leave_all(Reason(CLIENT_DISCONNECT))
        self._timers.cancel(self)
        self._move(ClientInput.OTHER)
        return [*out, AttemptDue(self._reconnection.number)]

    # The way of an attempt ---------------------------------------------------

    def _move(self, what: ClientInput) -> None:
        self.state = advance(CLIENT, self.state, what)

    def _complete(self, now: float) -> list[ClientEvent]:
        """Finish the attempt if every namespace has been answered."""
        states = {socket.state for socket in self.sockets.values()}
        if ClientSocketState.REQUESTED in states:
            return []
        if self.state is ClientState.ATTEMPTING:
            if not self._refused:
                return self._succeeded()
            return self._incomplete(Reason(SERVER_DISCONNECT, "namespaces were refused"), now)
        if CONNECTED not in states:
            # No `connect` waits for the namespaces, and all of them were refused.
            return self._end(Reason(SERVER_DISCONNECT), now)
        return []

    def _succeeded(self) -> list[ClientEvent]:
        self._timers.cancel(self)
        self._arrived = True
        self._move(ClientInput.SUCCEED)
        self._reconnection.succeeded()
        return [AttemptSucceeded()]

    def _incomplete(
        self, reason: Reason, now: float, unanswered: tuple[str, ...] = ()
    ) -> list[ClientEvent]:
        """End an attempt whose namespaces were refused, or not answered in time."""
        failure = Failure(reason, namespaces=self._refused, unanswered=unanswered)
        self._say_goodbye(now)
        out = self._leave_all(Reason(CLIENT_DISCONNECT))
        return out + self._failed(failure, now, refused=True)

    def _lost(self, event: ConnectionLost, now: float) -> list[ClientEvent]:
        self.engine = None
        reason = lost_reason(event.reason)
        out = self._leave_all(reason)
        if self.state is ClientState.ATTEMPTING:
            if self._protocol.failed(event):
                return out + self._attempt_again(now)
            failure = Failure(reason, event.cause, event.status, event.body)
            return out + self._failed(failure, now)
        delay = self._reconnection.after_loss()
        if delay is None:
            self._move(ClientInput.END)
            return [*out, Ended(reason)]
        self._retry_in(delay, now)
        return [*out, Reconnecting(delay, reason)]

    def _failed(self, failure: Failure, now: float, *, refused: bool = False) -> list[ClientEvent]:
        self._timers.cancel(self)
        self.engine = None
        delay = self._reconnection.after_failure(refused=refused)
        failed = AttemptFailed(failure, self.wanted, delay)
        if delay is None:
            self._move(ClientInput.END)
            return [failed, Ended(failure.reason)]
        self._retry_in(delay, now)
        return [failed]

    def _retry_in(self, delay: float, now: float) -> None:
        self._move(ClientInput.RETRY)
        self._timers.set(self, now + delay)

    def _end(self, reason: Reason, now: float) -> list[ClientEvent]:
        self._say_goodbye(now)
        out = self._leave_all(reason)
        self._timers.cancel(self)
        self._move(ClientInput.END)
        return [*out, Ended(reason)]

    def _say_goodbye(self, now: float) -> None:
        """Close the connection; its driver goes on with it until it has ended."""
        engine, self.engine = self.engine, None
        if engine is None:
            return
        for socket in self.sockets.values():
            if socket.state is CONNECTED:
                engine.send(prepare(self.parser.encode(Packet(DISCONNECT, socket.namespace))))
        engine.close(now)


def lost_reason(reason: Reason) -> Reason:
    """Return the documented word for a connection that was lost with `reason`."""
    if reason == FORCED_CLOSE:
        return Reason(CLIENT_DISCONNECT, reason.detail)
    return disconnect_reason(reason)
