"""One whole outgoing message, ready to be handed to any number of connections.

A broadcast makes one `Prepared`; every outbox holds a reference to it. Each
form of it is computed at most once, when the first connection needs it. A
binary event is one `Prepared` of several frames, so nothing can come between a
packet and its attachments.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable

from .utf8 import encode_utf8
from .values import Frame
from .websocket.frames import frame_binary, frame_text

SEPARATOR = b"\x1e"
"""Between the packets of a payload (Engine.IO protocol 4, "HTTP long-polling")."""


class Prepared:
    """Engine.IO frames that travel together; treat it as immutable.

    `frames` are complete Engine.IO packets: text with the packet type in
    front, or the bare bytes of a binary message. `volatile` messages are
    dropped while a session cannot take them; a response whose messages all have
    `compress` false is not compressed.
    """

    __slots__ = ("_frame_bytes", "_payload", "_size", "compress", "frames", "volatile")

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
        if self._size < 0:
            # A loop, not a generator: nearly always there is one frame (0.5 µs less).
            size = 0
            for frame in self.frames:
                if isinstance(frame, bytes) or frame.isascii():
                    size += len(frame)
                else:
                    size += len(encode_utf8(frame))
            self._size = size
        return self._size

    def payload(self) -> bytes:
        """Return the polling form: packets joined by the separator, binary as `b` and base64."""
        if self._payload is None:
            self._payload = SEPARATOR.join(
                encode_utf8(frame) if isinstance(frame, str) else b"b" + b64encode(frame)
                for frame in self.frames
            )
        return self._payload

    def frame_bytes(self) -> bytes:
        """Return the frames as a WebSocket server writes them, unmasked (RFC 6455, section 5.2)."""
        if self._frame_bytes is None:
            made = b""
            for frame in self.frames:
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
