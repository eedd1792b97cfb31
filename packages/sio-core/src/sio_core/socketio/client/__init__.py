"""The client's half of Socket.IO: a client over all its connections."""

from .client import Client
from .config import ClientConfig
from .decoded import DecodedMessage
from .events import (
    AttemptDue,
    AttemptFailed,
    AttemptSucceeded,
    ClientEvent,
    Connected,
    ConnectRefused,
    Ended,
    Failure,
    NamespaceLeft,
    Reconnecting,
    ServerAckAborted,
    ServerAckReceived,
    ServerAckTimedOut,
    ServerEventReceived,
)
from .socket import ClientSocket
from .state import ClientSocketState, ClientState

__all__ = [
    "AttemptDue",
    "AttemptFailed",
    "AttemptSucceeded",
    "Client",
    "ClientConfig",
    "ClientEvent",
    "ClientSocket",
    "ClientSocketState",
    "ClientState",
    "ConnectRefused",
    "Connected",
    "DecodedMessage",
    "Ended",
    "Failure",
    "NamespaceLeft",
    "Reconnecting",
    "ServerAckAborted",
    "ServerAckReceived",
    "ServerAckTimedOut",
    "ServerEventReceived",
]
