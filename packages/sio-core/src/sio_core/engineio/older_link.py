"""One WebSocket of a client of Engine.IO protocol 3."""

from __future__ import annotations

from ..protocol_errors import DecodeError
from ..values import Frame
from .link import Link
from .older import read_frame
from .session import Event


class OlderLink(Link):
    """An `OlderLink` is a WebSocket on which the type of a packet stands in front of bytes, too."""

    __slots__ = ()

    def receive(self, frame: Frame, now: float) -> list[Event]:
        """Take one WebSocket message, `frame`. Returns what it caused; never raises."""
        try:
            frame = read_frame(frame)
        except DecodeError:
            frame = ""  # which has no type either
        return super().receive(frame, now)
