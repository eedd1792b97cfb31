"""What a client sends: events to its namespaces, and acknowledgements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import engineio
from ...exceptions import BadNamespaceError
from ...prepared import Prepared, prepare
from ...protocol_errors import LocalProtocolError
from ...timers import Moves, Timed, Timers
from ..acks import Acks
from ..parsers.packets import ACK, EVENT, Packet
from ..parsers.parser import Parser
from ..parsers.validation import check_event_name
from .config import ClientConfig
from .events import ClientEvent, ServerAckAborted, ServerAckTimedOut
from .socket import ClientSocket
from .state import ClientSocketState

CONNECTED = ClientSocketState.CONNECTED


class Sender(Timed):
    """The half of a `Client` that sends: it knows its namespaces, and not how they are reached.

    `engine` is the Engine.IO connection in use, or None; `sockets` are the namespaces of the
    current attempt, `parser` makes the frames of packets.
    """

    def __init__(self, parser: Parser, config: ClientConfig) -> None:
        super().__init__()
        self.parser = parser
        self.config = config
        self.engine: engineio.Client | None = None
        self.sockets: dict[str, ClientSocket] = {}
        self.moves = Moves()
        """Counts how often a deadline comes nearer, that of `engine` among them."""
        self._timers: Timers[ClientEvent] = Timers(self.moves)
        self._acks: Acks[ClientSocket, ClientEvent] = Acks(
            self._timers, config.max_pending_acks, ServerAckTimedOut, ServerAckAborted
        )

    # Events and acknowledgements ---------------------------------------------

    def emit(self, name: str, args: Sequence[Any], *, namespace: str = "/") -> None:
        """Send the event `name` with the arguments `args`.

        Raises `BadNamespaceError` when `namespace` is not connected, and `LocalProtocolError` for a
        reserved name, for arguments that the parser cannot carry, and for a message that is larger
        than the server takes. Take the connection's actions next.
        """
        self._send(self._socket(namespace), name, args, None)

    def emit_with_ack(
        self,
        name: str,
        args: Sequence[Any],
        token: Any,
        *,
        namespace: str = "/",
        until: float | None = None,
    ) -> int:
        """Send the event `name` with the arguments `args`, for the server to acknowledge.

        The answer, `until` passing (in the driver's clock; None: no limit) or the end of
        `namespace` is reported once, with `token`. Returns the number of the acknowledgement.
        Raises as `emit` does.
        """
        socket = self._socket(namespace)
        ack_id = self._acks.next_id(namespace)
        self._send(socket, name, args, ack_id)
        self._acks.expect(socket, ack_id, token, until)
        return ack_id

    # The same in two steps, for a driver with a lock. The first step encodes, which may call
    # functions of the application; it changes nothing, so that it needs no lock.

    def prepare_event(
        self, name: str, args: Sequence[Any], *, namespace: str = "/", ack_id: int | None = None
    ) -> Prepared:
        """Encode the event `name` with `args` in `namespace`, for `send_event`.

        With an `ack_id` it is for `send_event_with_ack`. Raises as `emit` does, but for the size.
        """
        self._socket(namespace)
        check_event_name(name)
        return prepare(self.parser.encode(Packet(EVENT, namespace, [name, *args], ack_id)))

    def send_event(self, message: Prepared, *, namespace: str = "/") -> None:
        """Send a `message` of `prepare_event` in its `namespace`. Raises as `emit` does."""
        self._socket(namespace)
        self._transmit(message)

    def next_ack_id(self, namespace: str = "/") -> int:
        """Return the number for the next event of `namespace` that is to be acknowledged.

        Raises `BadNamespaceError` when it is not connected.
        """
        self._socket(namespace)
        return self._acks.next_id(namespace)

    def send_event_with_ack(
        self,
        message: Prepared,
        ack_id: int,
        token: Any,
        *,
        namespace: str = "/",
        until: float | None = None,
    ) -> None:
        """Send a `message` that was prepared with `ack_id` for `namespace`. Raises as `emit` does.

        `token` and `until` are those of `emit_with_ack`.
        """
        socket = self._socket(namespace)
        self._transmit(message)
        self._acks.expect(socket, ack_id, token, until)

    def prepare_ack(self, socket: ClientSocket, ack_id: int, args: Sequence[Any]) -> Prepared:
        """Encode the acknowledgement of event `ack_id` of `socket` with `args`, for `send_ack`.

        Raises `LocalProtocolError` for arguments that the parser cannot carry.
        """
        return prepare(self.parser.encode(Packet(ACK, socket.namespace, args, ack_id)))

    def send_ack(self, socket: ClientSocket, message: Prepared) -> None:
        """Send a `message` of `prepare_ack` to the server of `socket`.

        A connection that is gone is not answered. Raises `LocalProtocolError` for a message that is
        larger than the server takes.
        """
        if socket.state is CONNECTED:
            self._transmit(message)

    def forget_ack(self, namespace: str, ack_id: int) -> None:
        """Stop waiting for acknowledgement `ack_id` of `namespace`: nothing more is reported."""
        socket = self.sockets.get(namespace)
        if socket is not None:
            self._acks.forget(socket, ack_id)

    def ack(self, socket: ClientSocket, ack_id: int, args: Sequence[Any]) -> None:
        """Acknowledge the event `ack_id` of `socket` with `args`.

        A connection that is gone is not answered. Raises `LocalProtocolError` for arguments that
        the parser cannot carry, and for a message that is larger than the server takes.
        """
        if socket.state is CONNECTED:
            self._transmit(prepare(self.parser.encode(Packet(ACK, socket.namespace, args, ack_id))))

    # Output -----------------------------------------------------------------

    def _socket(self, namespace: str) -> ClientSocket:
        socket = self.sockets.get(namespace)
        if socket is None or socket.state is not CONNECTED:
            raise BadNamespaceError(f"{namespace} is not a connected namespace")
        return socket

    def _send(
        self, socket: ClientSocket, name: str, args: Sequence[Any], ack_id: int | None
    ) -> None:
        check_event_name(name)
        packet = Packet(EVENT, socket.namespace, [name, *args], ack_id)
        self._transmit(prepare(self.parser.encode(packet)))

    def _transmit(self, message: Prepared) -> None:
        engine = self.engine
        assert engine is not None, "a connected namespace has a connection"
        if engine.too_large(message):
            assert engine.handshake is not None, "a limit comes with the handshake"
            raise LocalProtocolError(
                f"the message is larger than the {engine.handshake.max_payload} bytes"
                " that the server takes"
            )
        engine.send(message)
