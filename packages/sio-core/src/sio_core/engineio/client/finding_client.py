"""A connection of Socket.IO to a server of which nobody knows which protocol it speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ...prepared import Prepared
from ...values import Frame
from ..older import opens_older_session
from ..packets import MESSAGE
from .client import Client
from .events import ClientEvent
from .older_client import OlderClient
from .state import ClientState

MAX_REFUSAL: Final = 1000
"""Bytes of an answer that may be a refusal of the protocol."""
_REFUSAL = re.compile(rb"unsupported (protocol )?version", re.IGNORECASE)


class FindingClient(Client):
    """A `FindingClient` becomes a `Client` or an `OlderClient` soon after it has begun.

    It begins as protocol 4 does, which a server that knows only protocol 3 does not mind. Over
    polling the first answer tells which one the server speaks. Over WebSocket the first packet is
    the same in both; but where a message follows at once, before any was sent, the server is one of
    Socket.IO 2 or before. One whose message comes later is taken for one of protocol 4.
    """

    def send(self, message: Prepared) -> None:
        """Send `message`; a connection that is not open drops it."""
        if self.state is ClientState.OPEN:
            self.__class__ = Client  # type: ignore[assignment]
            self.send(message)

    def _polled(self, status: int, body: bytes, now: float) -> list[ClientEvent]:
        older = status == 200 and opens_older_session(body)
        self.__class__ = OlderClient if older else Client  # type: ignore[assignment]
        return self._polled(status, body, now)

    def websocket_frame(self, id: int, frame: Frame, now: float) -> list[ClientEvent]:
        """Take `frame`, a message that the WebSocket `id` brought.

        Returns what that caused; never raises.
        """
        if self.state is not ClientState.OPEN:
            return super().websocket_frame(id, frame, now)
        if isinstance(frame, bytes) or frame[:1] == MESSAGE:
            self.__class__ = OlderClient  # type: ignore[assignment]
            # Its first ping is due when that of a server of protocol 4 would have been.
            self._deadline = self._quiet_until
            self.moves.count += 1
        else:
            self.__class__ = Client  # type: ignore[assignment]
        return self.websocket_frame(id, frame, now)


CLIENTS: Final[Mapping[int | None, type[Client]]] = {
    3: OlderClient,
    4: Client,
    None: FindingClient,
}
"""By the Engine.IO protocol that is to be spoken; None: the one that the server speaks."""


def refuses_protocol(status: int | None, body: bytes) -> bool:
    """Return whether a server that answered a handshake so does not speak the protocol."""
    return status == 400 and len(body) <= MAX_REFUSAL and _REFUSAL.search(body) is not None
