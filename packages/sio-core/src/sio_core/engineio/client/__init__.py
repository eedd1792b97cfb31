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
from .finding_client import CLIENTS, FindingClient, refuses_protocol
from .older_client import OlderClient
from .open_packet import Handshake
from .state import ClientState, Upgrade

__all__ = [
    "CLIENTS",
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
    "FindingClient",
    "Handshake",
    "MessageReceived",
    "OlderClient",
    "OpenWebSocket",
    "SendHTTP",
    "TransportUpgraded",
    "Upgrade",
    "WriteWebSocket",
    "refuses_protocol",
]
