"""Messages as they travel: each ready for any number of connections, and several in a payload.

A broadcast makes one `Prepared`; every outbox holds a reference to it. Each
form of it is computed at most once, when the first connection needs it. A
binary event is one `Prepared` of several frames, so nothing can come between a
packet and its attachments.

A payload is the body of a polling request or of its answer (Engine.IO protocol 4, "HTTP
long-polling"): packets joined by U+001E, a binary message as the letter `b` and base64.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Sequence

from .protocol_errors import DecodeError
from .utf8 import encode_utf8
from .values import Frame
from .websocket.frames import frame_binary, frame_text

SEPARATOR = b"\x1e"
"""Between the packets of a payload."""
PAYLOAD_TYPE = "text/plain; charset=UTF-8"
"""The content type of a payload."""


class Prepared:
    """Engine.IO frames that travel together; treat it as immutable.

    `frames` are complete Engine.IO packets: text with the packet type in
    front, or the bare bytes of a binary message. `volatile` messages are
    dropped while a session cannot take them; a response whose messages all have
    `compress` false is not compressed.
    """

    __slots__ = ("_frame_bytes", "_payload", "_size", "compress", "frames", "older", "volatile")

    older: Prepared
    """Its form for peers of Engine.IO protocol 3, made by `engineio.older`; unset until then."""

    def __init__(
        self, frames: Iterable[Frame], *, volatile: bool = False, compress: bool = True
    ) -> None:
        self.frames: tuple[Frame, ...] = tuple(frames)  # `tuple` of a tuple is that tuple
        self.volatile = volatile
        self.compress = compress
        self._payload: bytes | None = None
        self._frame_bytes: bytes | None = None
        self._size = -1

    def __repr__(self) -> str:
        return f"<Prepared {len(self.frames)} frame(s), {self.size} bytes>"

    @property
    def size(self) -> int:
        """How many bytes all frames have, text as UTF-8, without headers of WebSocket frames."""
        size = self._size
        if size < 0:
            # A loop, not a generator: nearly always there is one frame (0.5 µs less).
            size = 0
            for frame in self.frames:
                # `utf8_size`, without the call.
                if isinstance(frame, bytes) or frame.isascii():
                    size += len(frame)
                else:
                    size += len(encode_utf8(frame))
            self._size = size
        return size

    def payload(self) -> bytes:
        """Return the polling form: packets joined by the separator, binary as `b` and base64."""
        if self._payload is None:
            packets: list[bytes] = []
            for frame in self.frames:
                if isinstance(frame, bytes):
                    packets.append(b"b" + b64encode(frame))
                else:
                    packets.append(frame.encode() if frame.isascii() else encode_utf8(frame))
            self._payload = SEPARATOR.join(packets)
        return self._payload

    def frame_bytes(self) -> bytes:
        """Return the frames as a WebSocket server writes them, unmasked (RFC 6455, section 5.2)."""
        if self._frame_bytes is None:
            frames = self.frames
            if len(frames) == 1 and isinstance(frames[0], str):  # nearly every message
                self._frame_bytes = framed = frame_text(frames[0])
                return framed
            made = b""
            for frame in frames:
                made += frame_text(frame) if isinstance(frame, str) else frame_binary(frame)
            self._frame_bytes = made
        return self._frame_bytes


class Deferred(Prepared):
    """A message that `encode` makes when its frames are first read, not while it is queued.

    `encode` may call functions of the application, and a driver may hold a lock while it queues.
    `size` is about how many bytes the frames will have, and counts in the limits of a queue.
    """

    __slots__ = ("_encode", "_made")

    def __init__(self, encode: Callable[[], Iterable[Frame]], size: int) -> None:
        self.volatile = False
        self.compress = True
        self._payload = self._frame_bytes = None
        self._size = size
        self._encode = encode
        self._made: tuple[Frame, ...] | None = None

    @property
    def frames(self) -> tuple[Frame, ...]:  # type: ignore[override]
        """The frames, which are made when they are first read."""
        if self._made is None:
            self._made = tuple(self._encode())
        return self._made


def prepare(frames: tuple[Frame, ...]) -> Prepared:
    """Return the message that carries `frames`: text gets its type, binary is a message as it is.

    Its `volatile` and `compress` may be set before it is handed to anyone.
    """
    first = frames[0]
    # The path of nearly every message.
    if len(frames) == 1 and isinstance(first, str):
        return Prepared(("4" + first,))
    return Prepared(["4" + frame if isinstance(frame, str) else frame for frame in frames])


def encode_payload(messages: Sequence[Prepared]) -> tuple[bytes, str]:
    """Return the body that carries `messages`, and its content type."""
    if len(messages) == 1:
        return messages[0].payload(), PAYLOAD_TYPE
    return SEPARATOR.join([message.payload() for message in messages]), PAYLOAD_TYPE


def decode_payload(body: bytes, max_packets: int) -> list[Frame]:
    """Return the packets of `body`: text with its type in front, or the bytes of a message.

    Raises `DecodeError` for anything that is not a payload; nothing of it is
    then to be used.
    """
    if body.count(SEPARATOR) >= max_packets:
        raise DecodeError("too many packets in one payload")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise DecodeError("payload is not UTF-8") from None
    return [_decode(packet) for packet in text.split("\x1e")]


def _decode(packet: str) -> Frame:
    if packet[:1] != "b":
        return packet
    try:
        return b64decode(packet[1:], validate=True)
    except (Base64Error, ValueError):
        raise DecodeError("binary packet is not base64") from None
