"""One WebSocket of a client of Engine.IO protocol 3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..prepared import Prepared
from ..protocol_errors import DecodeError
from ..values import Frame
from .link import ACTIVE, NOTHING, Home, Link
from .older import read_frame
from .session import Event, Session

APART: Final = 0.02
"""Seconds between the answer to an opening handshake and the open packet of a new session."""


class OlderLink(Link):
    """An `OlderLink` is a WebSocket on which the type of a packet stands in front of bytes, too.

    The first output of a new session waits for a moment. A client that is told of both in one read
    hears that its WebSocket is open and then at once what came; programs for Engine.IO 3 begin to
    listen for messages between the two.
    """

    __slots__ = ("_waits",)

    def __init__(self, server: Home, session: Session, *, resumes: bool) -> None:
        super().__init__(server, session, resumes=resumes)
        # Whether the moment is not over.
        self._waits = False

    def opened(self, now: float) -> list[Event]:
        """Note that the web server accepted the WebSocket: see `Link.opened`."""
        events = super().opened(now)
        if events:
            self._waits = True
            self._server.timers.set(self, now + APART)
        return events

    def receive(self, frame: Frame, now: float) -> list[Event]:
        """Take one WebSocket message, `frame`. Returns what it caused; never raises."""
        try:
            frame = read_frame(frame)
        except DecodeError:
            frame = ""  # which has no type either
        return super().receive(frame, now)

    def take(self) -> Sequence[Prepared]:
        """Return the messages to send now: none in the first moment, unless it is the last."""
        if self._waits and self.state is ACTIVE:
            return ()
        return super().take()

    def take_frames(self) -> Sequence[Frame]:
        """Return the frames to send now: none in the first moment, unless it is the last."""
        if self._waits and self.state is ACTIVE:
            return []
        return super().take_frames()

    def deadline_passed(self, now: float) -> list[Event]:
        """Let the output of a new session go, or do as `Link.deadline_passed`."""
        if not self._waits:
            return super().deadline_passed(now)
        self._waits = False
        self._server.ready.append(self)
        return NOTHING
