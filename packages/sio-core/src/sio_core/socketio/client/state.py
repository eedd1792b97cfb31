"""The state machines of a Socket.IO client: an enum and a table each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...transitions import Symbol


class ClientState(Symbol):
    """A `ClientState` says how far a client is, over all its connections."""

    IDLE = "idle"
    DUE = "attempt due"
    """The driver is to call `attempt`: it may have to work out the URL or the credentials."""
    ATTEMPTING = "attempting"
    CONNECTED = "connected"
    WAITING = "waiting"
    """Until the next attempt."""


class ClientInput(Symbol):
    """What moves a client on."""

    CONNECT = "connect"
    ATTEMPT = "attempt"
    SUCCEED = "all namespaces connected"
    RETRY = "failed or lost, to be tried again"
    OTHER = "server speaks another protocol"
    END = "disconnect by either side, or no more attempts"
    DELAY_OVER = "delay over"


CLIENT: Final[Mapping[ClientState, Mapping[ClientInput, ClientState]]] = {
    ClientState.IDLE: {ClientInput.CONNECT: ClientState.DUE},
    ClientState.DUE: {
        ClientInput.ATTEMPT: ClientState.ATTEMPTING,
        ClientInput.RETRY: ClientState.WAITING,
        ClientInput.END: ClientState.IDLE,
    },
    ClientState.ATTEMPTING: {
        ClientInput.SUCCEED: ClientState.CONNECTED,
        ClientInput.OTHER: ClientState.DUE,
        ClientInput.RETRY: ClientState.WAITING,
        ClientInput.END: ClientState.IDLE,
    },
    ClientState.CONNECTED: {
        ClientInput.OTHER: ClientState.DUE,
        ClientInput.RETRY: ClientState.WAITING,
        ClientInput.END: ClientState.IDLE,
    },
    ClientState.WAITING: {
        ClientInput.DELAY_OVER: ClientState.DUE,
        ClientInput.END: ClientState.IDLE,
    },
}


class ClientSocketState(Symbol):
    """A `ClientSocketState` says how far one namespace is within one attempt."""

    REQUESTED = "requested"
    CONNECTED = "connected"
    GONE = "gone"
    """Refused, or disconnected by either side."""


class ClientSocketInput(Symbol):
    """What moves a client's socket on."""

    ACCEPTED = "server accepts"
    GO = "refused, disconnected, or the connection ends"


CLIENT_SOCKET: Final[Mapping[ClientSocketState, Mapping[ClientSocketInput, ClientSocketState]]] = {
    ClientSocketState.REQUESTED: {
        ClientSocketInput.ACCEPTED: ClientSocketState.CONNECTED,
        ClientSocketInput.GO: ClientSocketState.GONE,
    },
    ClientSocketState.CONNECTED: {ClientSocketInput.GO: ClientSocketState.GONE},
    ClientSocketState.GONE: {},
}
