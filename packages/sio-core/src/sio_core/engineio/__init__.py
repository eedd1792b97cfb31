"""Engine.IO protocol 4 without I/O: sessions, exchanges and links of a server, and a client."""

from ._client_state import ClientState, Upgrade
from ._state import Heartbeat, LinkState, SessionState
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
from .client_config import ClientConfig
from .client_events import (
    ClientEvent,
    ConnectionLost,
    ConnectionOpened,
    MessageReceived,
    TransportUpgraded,
)
from .config import Config
from .events import Closed, Event, Message, Opened, Upgraded, UpgradeFailed
from .exchange import Exchange
from .link import Link
from .open_packet import Handshake
from .packets import REVISIONS, Revision, message
from .poll_response import PollResponse
from .refusals import Code, Refusal
from .server import Server, Sink
from .session import Session
from .steps import Authorize, AwaitRoom, ReadBody, Step, Suspend, UpgradeToWebSocket

__all__ = [
    "REVISIONS",
    "AbortWebSocket",
    "Action",
    "Authorize",
    "AwaitRoom",
    "CancelHTTP",
    "Client",
    "ClientConfig",
    "ClientEvent",
    "ClientState",
    "CloseWebSocket",
    "Closed",
    "Code",
    "Config",
    "ConnectionLost",
    "ConnectionOpened",
    "Event",
    "Exchange",
    "Handshake",
    "Heartbeat",
    "Link",
    "LinkState",
    "Message",
    "MessageReceived",
    "OpenWebSocket",
    "Opened",
    "PollResponse",
    "ReadBody",
    "Refusal",
    "Revision",
    "SendHTTP",
    "Server",
    "Session",
    "SessionState",
    "Sink",
    "Step",
    "Suspend",
    "TransportUpgraded",
    "Upgrade",
    "UpgradeFailed",
    "UpgradeToWebSocket",
    "Upgraded",
    "WriteWebSocket",
    "message",
]
