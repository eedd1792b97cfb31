"""The WebSocket of a client where packets are observed; any other costs nothing for that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..prepared import Prepared
from ..utf8 import utf8_size
from ..values import Frame
from .link import Link
from .older_link import OlderLink
from .session import Event


class ObservedLink(Link):
    """An `ObservedLink` tells `received` and `sent` of its server what comes and goes."""

    __slots__ = ()

    def receive(self, frame: Frame, now: float) -> list[Event]:
        """Take one WebSocket message, `frame`. Returns what it caused; never raises."""
        if (tell := self._server.received) is not None:
            tell(self.session, 1, utf8_size(frame))
        return super().receive(frame, now)

    def take(self) -> Sequence[Prepared]:
        """Return the messages to send now, in order, and forget them."""
        messages = super().take()
        if messages and self._server.sent is not None:
            self.session.tell_sent(messages)
        return messages

    def take_frames(self) -> Sequence[Frame]:
        """Return the frames to send now, text and bytes, in order, and forget them."""
        return [frame for message in self.take() for frame in message.frames]


class ObservedOlderLink(ObservedLink, OlderLink):
    """The same of a client of Engine.IO protocol 3."""

    __slots__ = ()


OBSERVED: Final[dict[type[Link], type[Link]]] = {
    Link: ObservedLink,
    OlderLink: ObservedOlderLink,
}
"""In the place of which class of links each stands."""
