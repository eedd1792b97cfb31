"""The core of a client of Engine.IO alone: that of a client of Socket.IO without its packets.

One namespace stands for the connection, and each message is its event `message`. So there are the
same attempts, the same end, and the same handlers; nothing of Socket.IO is sent.
"""

from __future__ import annotations

from typing import Any

from sio_core import Frame, Reason, engineio, socketio
from sio_core.codecs.json import JSON
from sio_core.engineio.packet_object import decode_data, encode_data
from sio_core.limits import TRUSTED
from sio_core.reasons import (
    FORCED_CLOSE,
    PING_TIMEOUT,
    SERVER_DISCONNECT,
    TRANSPORT_CLOSE,
    TRANSPORT_ERROR,
)
from sio_core.socketio import ClientEvent, Connected, Packet
from sio_core.socketio.client.state import ClientSocketInput
from sio_core.socketio.parsers.packets import EVENT

ONLY = "/"
"""The namespace that stands for the connection."""
MESSAGE = "message"


class MessageParser:
    """A `MessageParser` makes messages of what programs send, and the other way round.

    It is its own decoder: messages have nothing to do with each other.
    """

    pending = False

    def __init__(self, codec: JSON) -> None:
        self._codec = codec

    def encode(self, packet: Packet) -> tuple[Frame, ...]:
        """Return the message of an event. Raises `ValueError` for what JSON cannot carry."""
        data = packet.data[1]
        if isinstance(data, bytes | bytearray | memoryview):
            return (bytes(data),)
        return (encode_data(data, self._codec),)

    def decoder(self) -> MessageParser:
        """Return what reads the messages of a connection."""
        return self

    def add(self, frame: Frame) -> Packet:
        """Return the event that a message is."""
        data = decode_data(frame, self._codec, TRUSTED) if isinstance(frame, str) else frame
        return Packet(EVENT, ONLY, [MESSAGE, data])


class MessageClient(socketio.Client):
    """A `MessageClient` is one client of Engine.IO, over all its connections.

    `leaving` is why the application ends the connection, where it says so; with `aborts` that is
    done without a goodbye.
    """

    leaving: Reason | None = None
    aborts = False

    def disconnect(self, now: float, reason: Reason | None = None) -> list[ClientEvent]:
        """End the connection; see `sio_core.socketio.Client.disconnect`."""
        return super().disconnect(now, reason or self.leaving)

    def _encode_requests(self, dialect: Any, auth: Any) -> list[Any]:
        return []

    def _opened(self, engine: engineio.Client, now: float) -> list[ClientEvent]:
        socket = self.sockets[ONLY]
        socket.sid = engine.sid
        socket.move(ClientSocketInput.ACCEPTED)
        return [Connected(socket), *self._succeeded()]

    def _lost(self, event: engineio.ConnectionLost, now: float) -> list[ClientEvent]:
        event.reason = documented(event.reason)
        return super()._lost(event, now)

    def _say_goodbye(self, now: float) -> None:
        engine, self.engine = self.engine, None
        if engine is not None and self.aborts:
            engine.abort(Reason(FORCED_CLOSE))
        elif engine is not None:
            engine.close(now)

    def send_message(self, data: Any) -> None:
        """Send a message. Raises `BadNamespaceError` when there is no connection."""
        self.emit(MESSAGE, [data])


def documented(reason: Reason) -> Reason:
    """Return why a connection ended as clients of Engine.IO say it, in one of three words."""
    if reason == TRANSPORT_CLOSE:
        return Reason(SERVER_DISCONNECT, reason.detail)
    if reason == PING_TIMEOUT:
        return Reason(TRANSPORT_ERROR, "no ping of the server came in time")
    return reason
