"""The client's half of Engine.IO: one connection to one server."""

from .actions import (
    AbortWebSocket,
    Action,
    CancelHTTP,
    CloseWebSocket,
    OpenWebSocket,
    SendHTTP,
    WriteWebSocket,
)
from .client import Client
from .config import ClientConfig
from .events import (
    ClientEvent,
    ConnectionLost,
    ConnectionOpened,
    MessageReceived,
    TransportUpgraded,
)
from .open_packet import Handshake
from .state import ClientState, Upgrade

__all__ = [
    "AbortWebSocket",
    "Action",
    "CancelHTTP",
    "Client",
    "ClientConfig",
    "ClientEvent",
    "ClientState",
    "CloseWebSocket",
    "ConnectionLost",
    "ConnectionOpened",
    "Handshake",
    "MessageReceived",
    "OpenWebSocket",
    "SendHTTP",
    "TransportUpgraded",
    "Upgrade",
    "WriteWebSocket",
]
