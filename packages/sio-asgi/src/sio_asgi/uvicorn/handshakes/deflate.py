"""Compressed WebSockets (RFC 7692), by wsproto: inflated messages stay within the size limit."""

from __future__ import annotations

from collections.abc import Iterator

from wsproto import WSConnection
from wsproto.events import BytesMessage, CloseConnection, Event, TextMessage
from wsproto.events import Ping as PingEvent
from wsproto.events import Pong as PongEvent
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason, FrameDecoder, FrameProtocol, Opcode, RsvBits
from wsproto.utilities import RemoteProtocolError

from sio_core.utf8 import encode_utf8
from sio_core.websocket import (
    Close,
    Failed,
    Ping,
    Pong,
    Received,
    frame_close,
    frame_ping,
    frame_pong,
)

TOO_BIG = Failed(1009, "message too big")
TOO_MANY = Failed(1008, "too many fragments")

STEP = 1024
"""Bytes that are inflated at a time: deflate makes at most about a megabyte of them."""


class BoundedDeflate(PerMessageDeflate):
    """permessage-deflate that stops to inflate a message that has more than `max_size` bytes."""

    def __init__(self, max_size: int) -> None:
        super().__init__()
        self.max_size = max_size
        self._inflated = 0
        self._control = False

    def accept(self, offer: str) -> bool | str | None:
        """The parameters to answer an offer with; None declines it."""
        try:
            return super().accept(offer)
        except ValueError:
            # RFC 7692, section 5.1: an offer with an invalid parameter is declined.
            return None

    def frame_inbound_header(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        payload_length: int,
    ) -> CloseReason | RsvBits:
        """A frame begins. Returns the reserved bits that it may have."""
        self._control = opcode.iscontrol()
        if self._control:
            # wsproto forgets at a control frame that the message around it is compressed.
            return RsvBits(False, False, False)
        return super().frame_inbound_header(proto, opcode, rsv, payload_length)

    def frame_inbound_payload_data(
        self, proto: FrameDecoder | FrameProtocol, data: bytes
    ) -> bytes | CloseReason:
        """Inflate a part of a frame, unless that makes its message too big."""
        if self._control:
            return data
        parts: list[bytes] = []
        for start in range(0, len(data), STEP):
            part = super().frame_inbound_payload_data(proto, data[start : start + STEP])
            if isinstance(part, CloseReason):
                return part
            self._inflated += len(part)
            if self._inflated > self.max_size:
                return CloseReason.MESSAGE_TOO_BIG
            parts.append(part)
        return b"".join(parts)

    def frame_inbound_complete(
        self, proto: FrameDecoder | FrameProtocol, fin: bool
    ) -> bytes | CloseReason | None:
        """A frame ends."""
        if self._control:
            return None
        if fin:
            self._inflated = 0
        return super().frame_inbound_complete(proto, fin)


class DeflateCodec:
    """Frames through wsproto, with the size limit applied to what was inflated."""

    missing = 0
    """Not known: what it inflates is handed on in turns anyway."""

    __slots__ = (
        "_connection",
        "_deflate",
        "_failed",
        "_fragments",
        "_max_fragments",
        "_parts",
        "_size",
    )

    def __init__(
        self, connection: WSConnection, deflate: BoundedDeflate, max_fragments: int
    ) -> None:
        self._connection = connection
        self._deflate = deflate
        self._max_fragments = max_fragments
        self._fragments = 0
        self._parts: list[str] | list[bytes] = []
        self._size = 0
        self._failed = False

    def limit(self, max_size: int) -> None:
        """Fail at a message of more than `max_size` bytes, from now on."""
        self._deflate.max_size = min(max_size, self._deflate.max_size)

    def feed(self, data: bytes) -> Iterator[Received | None]:
        """Take `data`. Returns the complete messages and control frames; never raises.

        None among them stands for a part of a message. Each message is inflated when it is asked
        for. The next call's come after those that were not asked for.
        """
        if not self._failed:
            self._connection.receive_data(data)
        return self._read()

    def _read(self) -> Iterator[Received | None]:
        if self._failed:
            return
        try:
            for event in self._connection.events():
                yield self._take(event)
                failed = self._passed()
                if failed is not None:
                    self._failed = True
                    yield failed
                    return
        except RemoteProtocolError as error:
            self._failed = True
            hint = error.event_hint
            code = int(hint.code) if isinstance(hint, CloseConnection) else 1002
            yield Failed(code, "")

    def _passed(self) -> Failed | None:
        """Return what a message that has passed a limit fails with, None within the limits."""
        if self._size > self._deflate.max_size:
            return TOO_BIG
        return TOO_MANY if self._fragments > self._max_fragments else None

    def _take(self, event: Event) -> Received | None:
        """Return the message or control frame that `event` completes, None for a part of one."""
        if isinstance(event, TextMessage | BytesMessage):
            part = event.data
            self._size += len(part if isinstance(part, bytes | bytearray) else part.encode())
            self._fragments += event.frame_finished
            self._parts.append(part)  # type: ignore[arg-type]  # all of one message are alike
            if event.message_finished and self._size <= self._deflate.max_size:
                empty = "" if isinstance(part, str) else b""
                whole: str | bytes = empty.join(self._parts)  # type: ignore[arg-type]
                self._parts, self._size, self._fragments = [], 0, 0
                return whole
        elif isinstance(event, PingEvent):
            return Ping(bytes(event.payload))
        elif isinstance(event, PongEvent):
            return Pong(bytes(event.payload))
        elif isinstance(event, CloseConnection):
            return Close(int(event.code), event.reason or "")
        return None

    def text(self, data: str) -> bytes:
        """Return the frame of a text message, in which lone surrogates become U+FFFD."""
        return self._connection.send(TextMessage(data=encode_utf8(data).decode()))

    def binary(self, data: bytes) -> bytes:
        """Return the frame of a binary message."""
        return self._connection.send(BytesMessage(data=data))

    # Control frames are never compressed. wsproto would refuse to answer a ping that
    # came in one read with a close frame.
    close = staticmethod(frame_close)
    ping = staticmethod(frame_ping)
    pong = staticmethod(frame_pong)
