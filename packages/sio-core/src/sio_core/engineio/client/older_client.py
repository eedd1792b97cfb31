"""A connection that speaks Engine.IO protocol 3, to servers of Socket.IO 2 and before.

The other half of `client`: the client sends the pings, payloads have lengths, and bytes have their
type in front. A connection of protocol 4 knows nothing of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from ...prepared import Prepared
from ...protocol_errors import DecodeError
from ...reasons import PARSE_ERROR, TRANSPORT_ERROR, Reason
from ...values import Frame
from ..older import (
    BINARY_PAYLOAD_TYPE,
    decode_payload,
    encode_text_payload,
    older_form,
    read_frame,
)
from ..packets import PING, PING_MESSAGE, PONG
from .actions import Action
from .client import Client
from .events import ClientEvent
from .state import ClientState, Upgrade

SILENT: Final = (
    "no open packet in time, as from a server of Socket.IO 3 or newer that does not speak "
    "protocol 3: see the option protocol"
)


class OlderClient(Client):
    """An `OlderClient` is one connection to one server that speaks Engine.IO protocol 3."""

    revision: ClassVar[int] = 3
    _decode_payload = staticmethod(decode_payload)

    # Defaults of the class, for a `FindingClient` becomes one of these.
    _pinged_at: float | None = None
    """When the ping was sent whose pong has not come."""
    _heard = False
    """Whether anything came since then, or since that was looked at."""

    _is_open = False
    """Whether its WebSocket is open: some servers do not refuse there what they do not speak."""

    # Output -----------------------------------------------------------------

    def send(self, message: Prepared) -> None:
        """Send `message`; a connection that is not open drops it.

        Over polling a volatile message is dropped while a request is under way.
        """
        super().send(older_form(message))

    def too_large(self, message: Prepared) -> bool:
        """Return whether the server announced that it takes no message as large as `message`."""
        return super().too_large(older_form(message))

    def take_actions(self) -> list[Action]:
        """Return what the driver is to do, in order, and forget it.

        Over polling everything that was sent since the last call goes in one request.
        """
        if self._outbox and self._post is None and self.upgrade is not Upgrade.PAUSING:
            body, content_type = encode_request(self._batch())
            self._post = self._request("POST", content_type, body)
        return super().take_actions()

    def _query(self, transport: str) -> str:
        return super()._query(transport).replace("EIO=4", "EIO=3", 1)

    # Input ------------------------------------------------------------------

    def websocket_opened(self, id: int, now: float) -> list[ClientEvent]:
        """Note that the WebSocket `id` is open. Returns what that caused."""
        self._is_open = id == self._socket
        return super().websocket_opened(id, now)

    def websocket_frame(self, id: int, frame: Frame, now: float) -> list[ClientEvent]:
        """Take `frame`, a message that the WebSocket `id` brought.

        Returns what that caused; never raises.
        """
        self._heard = True
        if id == self._socket and (isinstance(frame, bytes) or frame[:1] == "b"):
            try:
                frame = read_frame(frame)
            except DecodeError as error:
                return self._end(Reason(PARSE_ERROR, str(error)))
        return super().websocket_frame(id, frame, now)

    def _polled(self, status: int, body: bytes, now: float) -> list[ClientEvent]:
        self._heard = True
        return super()._polled(status, body, now)

    # Heartbeat --------------------------------------------------------------

    # Engine.IO protocol 3, "ping": sent by the client, and answered by the server.

    def handle_timeout(self, now: float) -> list[ClientEvent]:
        """Act on every deadline up to `now`; an early or extra call does nothing."""
        due = self._deadline
        if due is None or due > now:
            return super().handle_timeout(now)
        if self.state is ClientState.OPENING and self._is_open:
            return self._end(Reason(TRANSPORT_ERROR, SILENT))
        if self.state is ClientState.OPEN:
            if self._pinged_at is None:
                self._pinged_at = now
                self._wait_for_pong(now)
                self.send(PING_MESSAGE)
            elif self._heard:
                # Whatever comes shows that the server is there: its pong may be behind it.
                self._wait_for_pong(now)
        return super().handle_timeout(now)

    def _wait_for_pong(self, now: float) -> None:
        assert self.handshake is not None, "an open connection had a handshake"
        self._heard = False
        self._deadline = now + self.handshake.ping_timeout

    def _opening(self, packet: Frame, now: float) -> list[ClientEvent]:
        events = super()._opening(packet, now)
        if self.state is ClientState.OPEN:
            self._begin_heartbeat()
        return events

    def _begin_heartbeat(self) -> None:
        """Have a ping sent at the time until which nothing has to be read."""
        self._deadline = self._quiet_until
        self.moves.count += 1

    def _control(self, kind: str, packet: str, now: float) -> list[ClientEvent]:
        if kind == PONG and self._pinged_at is not None:
            assert self.handshake is not None, "an open connection had a handshake"
            self._quiet_until = self._pinged_at + self.handshake.ping_interval
            self._pinged_at = None
            self._begin_heartbeat()
            return []
        if kind == PING:  # only the client sends it
            return []
        return super()._control(kind, packet, now)


def encode_request(messages: Sequence[Prepared]) -> tuple[bytes, str]:
    """Return the body that carries `messages` to a server, and its content type.

    It is text where everything is ASCII. Servers of Socket.IO 1 expect all other text in payloads
    of text to be UTF-8 in UTF-8, those of Socket.IO 2 do not; payloads of bytes are the same.
    """
    older = [older_form(message) for message in messages]
    for message in older:
        for frame in message.frames:
            if isinstance(frame, bytes) or not frame.isascii():
                return b"".join([m.binary_payload() for m in older]), BINARY_PAYLOAD_TYPE
    return encode_text_payload(older)
