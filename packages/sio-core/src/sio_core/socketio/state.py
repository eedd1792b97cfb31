"""The state machine of a Socket.IO socket: an enum and one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..transitions import Symbol


class SocketState(Symbol):
    """A `SocketState` says how far one client is in one namespace."""

    REQUESTED = "requested"
    """The application has not answered the connect request."""
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    """Gone for the client; the application may still read its rooms."""
    RELEASED = "released"


class SocketInput(Symbol):
    """What moves a socket on."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    DISCONNECT = "either side disconnects, or the connection ends"
    RELEASE = "release"


SOCKET: Final[Mapping[SocketState, Mapping[SocketInput, SocketState]]] = {
    SocketState.REQUESTED: {
        SocketInput.ACCEPT: SocketState.CONNECTED,
        SocketInput.REFUSE: SocketState.RELEASED,
        SocketInput.DISCONNECT: SocketState.DISCONNECTED,
    },
    SocketState.CONNECTED: {SocketInput.DISCONNECT: SocketState.DISCONNECTED},
    SocketState.DISCONNECTED: {SocketInput.RELEASE: SocketState.RELEASED},
    SocketState.RELEASED: {},
}
