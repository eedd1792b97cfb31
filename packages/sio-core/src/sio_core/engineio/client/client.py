"""One connection of an Engine.IO client: handshake, polling, probe, upgrade, heartbeat, goodbye.

Engine.IO protocol 4, the client's side; `older_client` has what is different in protocol 3.
A client starts I/O itself, so it has actions: after every input the driver takes `take_actions`,
carries them out, and reports what came of them by number. The connection ends in exactly one
`ConnectionLost`, whatever ends it; a reconnection is a new `Client`.
"""

from __future__ import annotations

from collections import deque
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from ...prepared import PAYLOAD_TYPE, Prepared, decode_payload, encode_payload
from ...protocol_errors import DecodeError
from ...reasons import (
    FORCED_CLOSE,
    PARSE_ERROR,
    PING_TIMEOUT,
    TRANSPORT_CLOSE,
    TRANSPORT_ERROR,
    Reason,
)
from ...timers import Moves
from ...transitions import advance
from ...utf8 import encode_utf8
from ...values import Frame
from ..older import opens_older_session
from ..packets import (
    CLOSE,
    CLOSE_MESSAGE,
    NOOP,
    OPEN,
    PING,
    PONG,
    PROBE_PING,
    PROBE_PONG,
)
from ..packets import UPGRADE as UPGRADE_PACKET
from ..payload_limit import PAYLOAD_LIMIT
from .actions import (
    AbortWebSocket,
    Action,
    CancelHTTP,
    CloseWebSocket,
    OpenWebSocket,
    SendHTTP,
    WriteWebSocket,
)
from .config import ClientConfig
from .events import (
    ClientEvent,
    ConnectionLost,
    ConnectionOpened,
    MessageReceived,
    TransportUpgraded,
)
from .open_packet import Handshake, read_open_packet
from .state import (
    CLIENT,
    UPGRADE,
    ClientInput,
    ClientState,
    Upgrade,
    UpgradeInput,
)

PROBE: Prepared = Prepared((PROBE_PING,))
UPGRADE_MESSAGE: Prepared = Prepared((UPGRADE_PACKET,))

OLDER_SERVER = "the server speaks an older protocol: it is of Socket.IO 2 or before"

NOTHING: list[ClientEvent] = []
"""The empty list of events that inputs share: do not append to it."""


class Client:
    """A `Client` is one connection to one server, from `open` to its `ConnectionLost`.

    `handshake` is what the server announced, None before that. `moves` counts how often the
    deadline comes nearer; several connections may share one. `owner` belongs to the layer above,
    which may keep there what it likes.
    """

    revision: ClassVar[int] = 4
    """The Engine.IO protocol that is spoken."""
    _decode_payload = staticmethod(decode_payload)

    def __init__(self, config: ClientConfig | None = None, *, moves: Moves | None = None) -> None:
        self.config = ClientConfig() if config is None else config
        self.moves = Moves() if moves is None else moves
        self.state = ClientState.NEW
        self.handshake: Handshake | None = None
        self.owner: Any = None
        self.upgrade = Upgrade.NONE
        self._actions: list[Action] = []
        self._ids = 0
        self._nonce = ""
        self._session_query = ""
        self._get: int | None = None
        self._post: int | None = None
        self._socket: int | None = None
        self._candidate: int | None = None
        self._outbox: deque[Prepared] = deque()
        self._queued_bytes = 0
        self._untaken_bytes = 0
        self._pong: Prepared | None = None
        self._quiet_until = float("inf")
        self._deadline: float | None = None
        self._upgrade_deadline: float | None = None

    def __repr__(self) -> str:
        return f"<Client {self.transport} {self.state.value}>"

    @property
    def transport(self) -> Literal["polling", "websocket"]:
        """The transport that carries messages now."""
        if self._socket is not None or self.config.transports[0] == "websocket":
            return "websocket"
        return "polling"

    @property
    def sid(self) -> str | None:
        """The session's id, a secret; None before the open packet."""
        return None if self.handshake is None else self.handshake.sid

    @property
    def queued_bytes(self) -> int:
        """How many bytes wait: for a request to carry them, or in actions that were not taken."""
        return self._queued_bytes + self._untaken_bytes

    @property
    def quiet_until(self) -> float:
        """When the server's next ping is due: until then nothing has to be read to stay connected.

        A driver that reads nothing for a while reads on from this time until it moves; the time is
        in the driver's clock, and without an end while there is no open connection.
        """
        return self._quiet_until if self.state is ClientState.OPEN else float("inf")

    # The application's side ------------------------------------------------

    def open(self, now: float) -> None:
        """Begin the handshake; a connection can be opened once."""
        self.state = advance(CLIENT, self.state, ClientInput.OPEN)
        self._deadline = now + self.config.handshake_timeout
        self.moves.count += 1
        self._nonce = f"{int(now * 1000):x}"
        if self.config.transports[0] == "websocket":
            self._socket = self._dial()
        else:
            self._get = self._request("GET")

    def send(self, message: Prepared) -> None:
        """Send `message`; a connection that is not open drops it.

        Over polling a volatile message is dropped while a request is under way.
        """
        if self.state is not ClientState.OPEN:
            return
        if self._socket is not None:
            self._actions.append(WriteWebSocket(self._socket, message))
            self._untaken_bytes += message.size
            return
        if message.volatile and not self._writable:
            return
        self._queue(message)

    def too_large(self, message: Prepared) -> bool:
        """Return whether the server announced that it takes no message as large as `message`."""
        limit = None if self.handshake is None else self.handshake.max_payload
        # No wire form has more than four bytes for each byte of the message.
        if limit is None or message.size * 4 <= limit:
            return False
        if self._socket is None:
            return len(message.payload()) > limit
        return any(len(encode_utf8(f) if isinstance(f, str) else f) > limit for f in message.frames)

    def close(self, now: float) -> list[ClientEvent]:
        """Say goodbye after everything that was sent; `ConnectionLost` follows in any case."""
        if self.state in (ClientState.NEW, ClientState.OPENING):
            return self._end(Reason(FORCED_CLOSE))
        if self.state is not ClientState.OPEN:
            return NOTHING
        self._drop_candidate()
        self.state = advance(CLIENT, self.state, ClientInput.CLOSE)
        self._deadline = now + self.config.close_timeout
        self.moves.count += 1
        if self._socket is not None:
            self._actions.append(CloseWebSocket(self._socket))
        else:
            self._queue(CLOSE_MESSAGE)
        return NOTHING

    def abort(self, reason: Reason, cause: Any = None) -> list[ClientEvent]:
        """End the connection at once, for `reason`; what is queued is dropped.

        Returns `ConnectionLost`. `cause` is kept for that event.
        """
        return self._end(reason, cause)

    # The network's side -----------------------------------------------------

    def http_response(self, id: int, status: int, body: bytes, now: float) -> list[ClientEvent]:
        """Note that the request `id` was answered with `status` and `body`.

        Returns what that caused; never raises.
        """
        if id == self._get:
            self._get = None
            if self.state is ClientState.CLOSING:
                return self._go_on()  # only the POST with the goodbye still counts
            return self._polled(status, body, now)
        if id != self._post:
            return NOTHING
        self._post = None
        if status != 200:
            return self._end(_refused(status))
        return self._go_on()

    def http_failed(self, id: int, cause: Any, now: float) -> list[ClientEvent]:
        """Note that the request `id` will not be answered; `cause` is kept for `ConnectionLost`."""
        if id == self._get:
            self._get = None
            if self.state is ClientState.CLOSING:
                return self._go_on()
        elif id == self._post:
            self._post = None
        else:
            return NOTHING
        return self._end(Reason(TRANSPORT_ERROR, "a request failed"), cause)

    def websocket_opened(self, id: int, now: float) -> list[ClientEvent]:
        """Note that the WebSocket `id` is open. Returns what that caused."""
        if id == self._candidate and self.upgrade is Upgrade.DIALLING:
            # "Upgrade": the client probes before it relies on the new transport.
            self.upgrade = advance(UPGRADE, self.upgrade, UpgradeInput.OPENED)
            self._actions.append(WriteWebSocket(id, PROBE))
        return NOTHING

    def websocket_frame(self, id: int, frame: Frame, now: float) -> list[ClientEvent]:
        """Take `frame`, a message that the WebSocket `id` brought.

        Returns what that caused; never raises.
        """
        if id == self._socket:
            if self.state is ClientState.OPEN:
                if isinstance(frame, bytes):
                    return [MessageReceived(frame)]
                if frame[:1] == "4":
                    return [MessageReceived(frame[1:])]
            return self._packet(frame, now)
        if id == self._candidate:
            if frame == PROBE_PONG and self.upgrade is Upgrade.PROBING:
                self.upgrade = advance(UPGRADE, self.upgrade, UpgradeInput.ANSWERED)
                return self._go_on()
            # The server broke the rules of the probe: polling goes on.
            self._drop_candidate()
            return self._go_on()
        return NOTHING

    def websocket_lost(
        self,
        id: int,
        cause: Any,
        now: float,
        *,
        status: int | None = None,
        body: bytes = b"",
        code: int | None = None,
    ) -> list[ClientEvent]:
        """Note that the WebSocket `id` has ended, or was not opened. Returns what that caused.

        `cause` says what broke it, None after a clean end. `status` and `body` are the answer of a
        server that refused it, `code` is that of its close frame.
        """
        if id == self._candidate:
            self._candidate = None
            self._drop_candidate()
            return self._go_on()
        if id != self._socket:
            return NOTHING
        self._socket = None
        if status is not None:
            return self._end(_refused(status), cause, status, body)
        if cause is None:
            detail = "" if code is None else f"the server closed the WebSocket with code {code:d}"
            return self._end(Reason(TRANSPORT_CLOSE, detail))
        return self._end(Reason(TRANSPORT_ERROR, "the WebSocket broke"), cause)

    # Time and output --------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Return when to call `handle_timeout`, in seconds of the driver's clock, or None."""
        if self._overflows:
            return float("-inf")
        if self._upgrade_deadline is None or self._deadline is None:
            return self._deadline
        return min(self._deadline, self._upgrade_deadline)

    def handle_timeout(self, now: float) -> list[ClientEvent]:
        """Act on every deadline up to `now`; an early or extra call does nothing."""
        if self._overflows:
            return self._end(Reason(TRANSPORT_ERROR, "too many bytes wait for a slow server"))
        if self._deadline is not None and self._deadline <= now:
            if self.state is ClientState.OPENING:
                return self._end(Reason(TRANSPORT_ERROR, "no open packet in time"))
            return self._end(Reason(PING_TIMEOUT))
        if self._upgrade_deadline is not None and self._upgrade_deadline <= now:
            self._drop_candidate()
            return self._go_on()
        return NOTHING

    def take_actions(self) -> list[Action]:
        """Return what the driver is to do, in order, and forget it.

        Over polling everything that was sent since the last call goes in one request.
        """
        if self._outbox and self._post is None and self.upgrade is not Upgrade.PAUSING:
            body, _ = encode_payload(self._batch())
            self._post = self._request("POST", PAYLOAD_TYPE, body)
        actions = self._actions
        if actions:
            self._actions = []
            self._untaken_bytes = 0
            if self._socket is not None:
                self._pong = None
        return actions

    # Packets ----------------------------------------------------------------

    def _polled(self, status: int, body: bytes, now: float) -> list[ClientEvent]:
        if status != 200:
            return self._end(_refused(status), None, status, body)
        try:
            most = PAYLOAD_LIMIT.packets or self.config.max_payload_packets
            packets = self._decode_payload(body, most)
        except DecodeError as error:
            older = self.state is ClientState.OPENING and opens_older_session(body)
            return self._end(Reason(PARSE_ERROR, OLDER_SERVER if older else str(error)))
        events: list[ClientEvent] = []
        for packet in packets:
            events += self._packet(packet, now)
        return events + self._go_on()

    def _packet(self, packet: Frame, now: float) -> list[ClientEvent]:
        if self.state is ClientState.OPENING:
            return self._opening(packet, now)
        if self.state is not ClientState.OPEN:
            return NOTHING
        if isinstance(packet, bytes):
            return [MessageReceived(packet)]
        kind = packet[:1]
        if kind == "4":
            return [MessageReceived(packet[1:])]
        return self._control(kind, packet, now)

    def _control(self, kind: str, packet: str, now: float) -> list[ClientEvent]:
        """Take a packet that is no message, of the type `kind`, while the connection is open."""
        if kind == PING:
            assert self.handshake is not None, "an open connection had a handshake"
            # "Heartbeat": silence is measured from ping to ping, other packets do not count.
            self._deadline = now + self.handshake.longest_silence
            self._quiet_until = now + self.handshake.ping_interval
            # One answers all the pings that came while it waited to be sent.
            if self._pong is None:
                self._pong = Prepared((PONG + packet[1:],))
                self.send(self._pong)
            return NOTHING
        if kind == CLOSE:
            return self._end(Reason(TRANSPORT_CLOSE))
        if kind and kind in OPEN + PONG + UPGRADE_PACKET + NOOP:
            return NOTHING
        return self._end(Reason(PARSE_ERROR, "unknown packet type"))

    def _opening(self, packet: Frame, now: float) -> list[ClientEvent]:
        if not isinstance(packet, str) or packet[:1] != OPEN:
            older = isinstance(packet, str) and opens_older_session(encode_utf8(packet))
            return self._end(Reason(PARSE_ERROR, OLDER_SERVER if older else "no open packet"))
        try:
            self.handshake = read_open_packet(packet[1:])
        except DecodeError as error:
            return self._end(Reason(PARSE_ERROR, str(error)))
        self._session_query = f"&sid={quote(self.handshake.sid, safe='')}"
        self.state = advance(CLIENT, self.state, ClientInput.OPENED)
        self._deadline = now + self.handshake.longest_silence
        self.moves.count += 1
        self._quiet_until = now + self.handshake.ping_interval
        wanted = self._socket is None and "websocket" in self.config.transports
        if wanted and "websocket" in self.handshake.upgrades:
            self.upgrade = advance(UPGRADE, self.upgrade, UpgradeInput.START)
            self._upgrade_deadline = now + self.config.upgrade_timeout
            self._candidate = self._dial()
        return [ConnectionOpened()]

    # Transports -------------------------------------------------------------

    @property
    def _writable(self) -> bool:
        return self._post is None and self.upgrade is not Upgrade.PAUSING and not self._outbox

    def _go_on(self) -> list[ClientEvent]:
        """Begin what the polling transport can begin now; an upgrade once it is quiet."""
        assert self._socket is None, "requests and candidates end before an upgrade does"
        if self.state is ClientState.OPEN:
            if self.upgrade is Upgrade.PAUSING:
                quiet = self._get is None and self._post is None
                return self._switch() if quiet else NOTHING
            if self._get is None:
                self._get = self._request("GET")
        elif self.state is ClientState.CLOSING and self._post is None and not self._outbox:
            return self._end(Reason(FORCED_CLOSE))
        return NOTHING

    def _switch(self) -> list[ClientEvent]:
        self.upgrade = advance(UPGRADE, self.upgrade, UpgradeInput.QUIET)
        self._socket, self._candidate = self._candidate, None
        self._upgrade_deadline = None
        assert self._socket is not None, "an upgrade that pauses has a candidate"
        # "Upgrade": everything after the upgrade packet goes over the new transport.
        self._actions.append(WriteWebSocket(self._socket, UPGRADE_MESSAGE))
        self._actions += [WriteWebSocket(self._socket, message) for message in self._outbox]
        self._outbox.clear()
        self._queued_bytes = 0
        return [TransportUpgraded()]

    def _drop_candidate(self) -> None:
        if self.upgrade not in (Upgrade.NONE, Upgrade.DONE):
            self.upgrade = advance(UPGRADE, self.upgrade, UpgradeInput.DROP)
        self._upgrade_deadline = None
        if self._candidate is not None:
            self._actions.append(AbortWebSocket(self._candidate))
            self._candidate = None

    def _queue(self, message: Prepared) -> None:
        self._outbox.append(message)
        self._queued_bytes += message.size
        if self._overflows:
            self.moves.count += 1

    @property
    def _overflows(self) -> bool:
        """What waits is too much: the next `handle_timeout` says so, which is due at once."""
        too_much = self._queued_bytes > self.config.max_queue_bytes
        # The goodbye has a time limit of its own.
        return too_much and self.state is ClientState.OPEN

    def _batch(self) -> list[Prepared]:
        """The messages that fit into one request: the first one in any case."""
        limit = None if self.handshake is None else self.handshake.max_payload
        batch: list[Prepared] = []
        packets, size = 0, -1
        while self._outbox:
            message = self._outbox[0]
            packets += len(message.frames)
            size += 1 + len(message.payload())
            full = packets > self.config.max_post_packets or (limit is not None and size > limit)
            if batch and full:
                break
            batch.append(self._outbox.popleft())
            self._queued_bytes -= message.size
            if message is self._pong:
                self._pong = None
        return batch

    def _request(self, method: str, content_type: str | None = None, body: bytes = b"") -> int:
        self._ids += 1
        query = self._query("polling")
        self._actions.append(SendHTTP(self._ids, method, query, content_type, body))
        return self._ids

    def _dial(self) -> int:
        self._ids += 1
        self._actions.append(OpenWebSocket(self._ids, self._query("websocket")))
        return self._ids

    def _query(self, transport: str) -> str:
        query = f"EIO=4&transport={transport}{self._session_query}"
        if self.config.timestamps:
            query += f"&t={self._nonce}.{self._ids:x}"
        return query

    def _end(
        self, reason: Reason, cause: Any = None, status: int | None = None, body: bytes = b""
    ) -> list[ClientEvent]:
        if self.state is ClientState.CLOSED:
            return NOTHING
        if self.state is ClientState.CLOSING:
            # However it ends during the goodbye: the reason is that this side closed it.
            reason, cause = Reason(FORCED_CLOSE), None
        if self.state is not ClientState.OPENING:
            status, body = None, b""  # no handshake was refused
        self.state = advance(CLIENT, self.state, ClientInput.END)
        self._drop_candidate()
        for request in (self._get, self._post):
            if request is not None:
                self._actions.append(CancelHTTP(request))
        if self._socket is not None:
            self._actions.append(AbortWebSocket(self._socket))
        self._get = self._post = self._socket = self._deadline = None
        self._outbox.clear()
        self._queued_bytes = 0
        return [ConnectionLost(reason, cause, status, body)]


def _refused(status: int) -> Reason:
    return Reason(TRANSPORT_ERROR, f"the server answered {status:d}")
