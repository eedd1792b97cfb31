"""Engine.IO protocol 4 without I/O: sessions, exchanges and links of a server, and a client."""

from typing import TYPE_CHECKING, Any

from .byte_exchange import ByteExchange
from .config import Config
from .exchange import Exchange
from .framed_link import FramedLink
from .link import Link
from .packets import PacketType, message, read_packet
from .poll_response import PollResponse
from .refusals import Code, Refusal
from .revision import REVISIONS, Revision
from .server import Server, Sink
from .session import Abandoned, Closed, Event, Message, Opened, Session, Upgraded, UpgradeFailed
from .state import Heartbeat, LinkState, SessionState
from .steps import Authorize, AwaitCapacity, ReadBody, Step, Suspend, UpgradeToWebSocket

if TYPE_CHECKING:
    from .client import (
        AbortWebSocket,
        Action,
        CancelHTTP,
        Client,
        ClientConfig,
        ClientEvent,
        ClientState,
        CloseWebSocket,
        ConnectionLost,
        ConnectionOpened,
        Handshake,
        MessageReceived,
        OpenWebSocket,
        SendHTTP,
        TransportUpgraded,
        Upgrade,
        WriteWebSocket,
    )

__all__ = [
    "REVISIONS",
    "Abandoned",
    "AbortWebSocket",
    "Action",
    "Authorize",
    "AwaitCapacity",
    "ByteExchange",
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
    "FramedLink",
    "Handshake",
    "Heartbeat",
    "Link",
    "LinkState",
    "Message",
    "MessageReceived",
    "OpenWebSocket",
    "Opened",
    "PacketType",
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
    "read_packet",
]


def __getattr__(name: str) -> Any:
    """Import what is of clients when it is first asked for: a server never does."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import client

    value = globals()[name] = getattr(client, name)
    return value
