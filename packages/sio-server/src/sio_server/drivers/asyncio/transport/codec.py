"""Frames of an accepted WebSocket without extensions, and what any codec of one does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sio_core.websocket import (
    MAX_FRAGMENTS,
    FrameReader,
    Received,
    frame_binary,
    frame_close,
    frame_ping,
    frame_pong,
    frame_text,
)
from sio_core.websocket.masking import fastest_mask


class Codec(Protocol):
    """Reads and writes the frames of an accepted WebSocket."""

    @property
    def missing(self) -> int:
        """Return how many bytes more complete the frame that is being read, if that is known."""
        ...

    def feed(self, data: bytes) -> Iterable[Received | None]:
        """Return the messages and control frames that `data` completes; never raises.

        None among them stands for a frame that completes neither.
        """
        ...

    def limit(self, max_size: int) -> None:
        """Read no messages of more than `max_size` bytes. For a codec that has read nothing yet."""
        ...

    def text(self, data: str, /) -> bytes: ...
    def binary(self, data: bytes, /) -> bytes: ...
    def close(self, code: int, reason: str = "") -> bytes: ...
    def ping(self, payload: bytes, /) -> bytes: ...
    def pong(self, payload: bytes, /) -> bytes: ...


class PlainCodec:
    """Frames without extensions, messages of at most `max_size` bytes: the hot path."""

    __slots__ = ("_frames", "_max_fragments", "_max_size", "feed")

    def __init__(self, max_size: int, max_fragments: int = MAX_FRAGMENTS) -> None:
        self._max_size = max_size
        self._max_fragments = max_fragments
        self._read_anew()

    def limit(self, max_size: int) -> None:
        """Read no messages of more than `max_size` bytes, before anything was read."""
        if max_size < self._max_size:
            self._max_size = max_size
            self._read_anew()

    def _read_anew(self) -> None:
        self._frames = FrameReader(
            self._max_size, unmask=fastest_mask(), max_fragments=self._max_fragments
        )
        self.feed = self._frames.feed

    @property
    def missing(self) -> int:
        """Return how many bytes more complete the frame that is being read."""
        return self._frames.missing

    text = staticmethod(frame_text)
    binary = staticmethod(frame_binary)
    close = staticmethod(frame_close)
    ping = staticmethod(frame_ping)
    pong = staticmethod(frame_pong)
