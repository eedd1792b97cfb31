"""A client's place in one namespace of its server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...transitions import advance
from .state import CLIENT_SOCKET, ClientSocketInput, ClientSocketState

if TYPE_CHECKING:
    from ..acks import PendingAck
    from ..parsers.packets import Packet


class ClientSocket:
    """A `ClientSocket` is one namespace of one attempt; the server gives it its `sid`."""

    __slots__ = ("acks", "held", "namespace", "sid", "state")

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.state = ClientSocketState.REQUESTED
        self.sid: str | None = None
        self.acks: dict[int, PendingAck[Any, Any]] | None = None
        self.held: list[Packet] = []

    def __repr__(self) -> str:
        return f"<ClientSocket {self.namespace} {self.state.value}>"

    @property
    def connected(self) -> bool:
        """True while events can be sent."""
        return self.state is ClientSocketState.CONNECTED

    def move(self, what: ClientSocketInput) -> None:
        """Change to the state that follows the input `what`."""
        self.state = advance(CLIENT_SOCKET, self.state, what)
