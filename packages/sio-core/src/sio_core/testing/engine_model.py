"""An Engine.IO client in memory: polling, WebSocket and the way from one to the other.

Engine.IO protocol 4 from the client's side. Inputs come from the network by
`responded`, `failed`, `dialled`, `frame` and `hung_up`; what the client wants
done waits in `take_actions`.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from ..values import Frame
from .actions import Action, Ask, Cancel, Dial, HangUp, Write
from .codec import ProtocolViolation, read_payload, write_payload

VERSION = "EIO=4"


class EngineModel:
    """An `EngineModel` plays one Engine.IO client; `closed` says why it ended, None before that.

    `transports` are those that the client will use, the first one to begin
    with. `on_message` is given each message that comes.
    """

    def __init__(self, transports: tuple[str, ...], on_message: Callable[[Frame], None]) -> None:
        self.sid: str | None = None
        self.transport = transports[0]
        self.closed: str | None = None
        self.pings = 0
        self._transports = transports
        self._on_message = on_message
        self._actions: list[Action] = []
        self._number = 0
        self._outbox: list[Frame] = []
        self._get: int | None = None
        self._post: int | None = None
        self._socket: int | None = None
        self._candidate: int | None = None
        self._paused = False

    # Wishes of the user ---------------------------------------------------

    def open(self) -> None:
        """Begin the handshake."""
        if self.transport == "polling":
            self._get = self._ask("GET")
        else:
            self._socket = self._dial()

    def send(self, packets: list[Frame]) -> None:
        """Send Engine.IO packets, at once or when there is a way to."""
        if self.closed is None:
            self._outbox += packets
            self._flush()

    def close(self, reason: str = "forced close") -> None:
        """End the session from this side."""
        if self.closed is not None:
            return
        if self.sid is not None and self.transport == "polling":
            # "HTTP long-polling": a close packet tells the server.
            self._ask("POST", write_payload(["1"]))
            self._post = None
        self._end(reason)

    def take_actions(self) -> list[Action]:
        """Return what the network is to do, in order, and forget it."""
        actions, self._actions = self._actions, []
        return actions

    # Inputs from the network ----------------------------------------------

    def responded(self, number: int, status: int, body: bytes) -> None:
        """Note that an HTTP request was answered."""
        if number not in (self._get, self._post) or self.closed is not None:
            return
        was_get = number == self._get
        if was_get:
            self._get = None
        else:
            self._post = None
        if status != 200:
            self._end("transport error")
            return
        if was_get:
            for packet in read_payload(body):
                self._packet(packet)
        self._go_on()

    def failed(self, number: int) -> None:
        """Note that an HTTP request will not be answered."""
        if number in (self._get, self._post):
            self._end("transport error")

    def dialled(self, number: int) -> None:
        """Note that a WebSocket is open."""
        if number == self._candidate:
            # "Upgrade": the client probes before it relies on the new transport.
            self._actions.append(Write(number, "2probe"))

    def frame(self, number: int, frame: Frame) -> None:
        """Take a message that a WebSocket brought."""
        if number == self._candidate:
            if frame != "3probe":
                raise ProtocolViolation("a probe was not answered by its echo")
            self._paused = True
            self._go_on()
        elif number == self._socket and self.closed is None:
            self._packet(frame)

    def hung_up(self, number: int) -> None:
        """Note that a WebSocket is gone, or never came to be."""
        if number == self._candidate:
            self._candidate = None
            self._paused = False
            self._go_on()
        elif number == self._socket:
            self._socket = None
            self._end("transport close")

    # Packets --------------------------------------------------------------

    def _packet(self, packet: Frame) -> None:
        if self.closed is not None:
            return
        if isinstance(packet, bytes):
            self._on_message(packet)
        elif packet[:1] == "4":
            self._on_message(packet[1:])
        elif packet[:1] == "0":
            self._opened(packet[1:])
        elif packet == "1":
            self._end("transport close")
        elif packet == "2":
            self.pings += 1
            self.send(["3"])
        elif packet != "6":
            raise ProtocolViolation("a packet that no server sends")

    def _opened(self, text: str) -> None:
        if self.sid is not None:
            raise ProtocolViolation("a second open packet")
        offer = json.loads(text)
        expected = {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
        if set(offer) != expected:
            raise ProtocolViolation("the open packet has other keys")
        self.sid = offer["sid"]
        wanted = [name for name in self._transports[1:] if name in offer["upgrades"]]
        if wanted:
            self._candidate = self._dial()
        if self.transport == "websocket":
            self._flush()

    # Transports -----------------------------------------------------------

    def _go_on(self) -> None:
        if self.closed is not None or self.transport != "polling":
            return
        if self._paused and self._candidate is not None:
            if self._get is None and self._post is None:
                self._upgrade(self._candidate)
        else:
            if self._get is None:
                self._get = self._ask("GET")
            self._flush()

    def _upgrade(self, number: int) -> None:
        self._actions.append(Write(number, "5"))
        self._socket, self._candidate = number, None
        self._paused = False
        self.transport = "websocket"
        self._flush()

    def _flush(self) -> None:
        if self.sid is None or not self._outbox:
            return
        if self._socket is not None:
            self._actions += [Write(self._socket, packet) for packet in self._outbox]
            self._outbox = []
        elif not self._paused and self._post is None:
            self._post = self._ask("POST", write_payload(self._outbox))
            self._outbox = []

    def _ask(self, method: str, body: bytes = b"") -> int:
        self._number += 1
        self._actions.append(Ask(self._number, method, self._query("polling"), body))
        return self._number

    def _dial(self) -> int:
        self._number += 1
        self._actions.append(Dial(self._number, self._query("websocket")))
        return self._number

    def _query(self, transport: str) -> str:
        query = f"{VERSION}&transport={transport}"
        return query if self.sid is None else f"{query}&sid={self.sid}"

    def _end(self, reason: str) -> None:
        self.closed = reason
        for request in (self._get, self._post):
            if request is not None:
                self._actions.append(Cancel(request))
        for socket in (self._socket, self._candidate):
            if socket is not None:
                self._actions.append(HangUp(socket))
        self._get = self._post = self._socket = self._candidate = None
        self._outbox = []
