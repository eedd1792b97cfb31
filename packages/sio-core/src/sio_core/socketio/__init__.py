"""Socket.IO protocol 5 without I/O: namespaces, rooms, acknowledgements; server and client."""

from typing import TYPE_CHECKING, Any

from ..handlers import CallShape, HandlerTable, call_shape
from ..limits import TRUSTED, Limits
from .config import Config
from .events import (
    AckAborted,
    AckReceived,
    AckTimedOut,
    ConnectionClosed,
    ConnectionOpened,
    ConnectionUpgraded,
    ConnectionUpgradeFailed,
    ConnectRequested,
    ConnectTimedOut,
    Disconnected,
    Event,
    EventReceived,
    Joined,
    Left,
    NamespaceRefused,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
)
from .observer import Observer
from .observers import Observers
from .parsers import RESERVED_EVENTS, Decoder, JSONParser, Packet, PacketType, Parser
from .rooms import Rooms
from .sender import Delivery, Emit, Sender, event_args
from .server import Server
from .socket import Socket
from .state import SocketState
from .tallies import Tallies, Tally

if TYPE_CHECKING:
    from .client import (
        AttemptDue,
        AttemptFailed,
        AttemptSucceeded,
        Client,
        ClientConfig,
        ClientEvent,
        ClientSocket,
        ClientSocketState,
        ClientState,
        Connected,
        ConnectRefused,
        DecodedMessage,
        Ended,
        Failure,
        NamespaceLeft,
        Reconnecting,
        ServerAckAborted,
        ServerAckReceived,
        ServerAckTimedOut,
        ServerEventReceived,
    )

__all__ = [
    "RESERVED_EVENTS",
    "TRUSTED",
    "AckAborted",
    "AckReceived",
    "AckTimedOut",
    "AttemptDue",
    "AttemptFailed",
    "AttemptSucceeded",
    "CallShape",
    "Client",
    "ClientConfig",
    "ClientEvent",
    "ClientSocket",
    "ClientSocketState",
    "ClientState",
    "Config",
    "ConnectRefused",
    "ConnectRequested",
    "ConnectTimedOut",
    "Connected",
    "ConnectionClosed",
    "ConnectionOpened",
    "ConnectionUpgradeFailed",
    "ConnectionUpgraded",
    "DecodedMessage",
    "Decoder",
    "Delivery",
    "Disconnected",
    "Emit",
    "Ended",
    "Event",
    "EventReceived",
    "Failure",
    "HandlerTable",
    "JSONParser",
    "Joined",
    "Left",
    "Limits",
    "NamespaceLeft",
    "NamespaceRefused",
    "Observer",
    "Observers",
    "Packet",
    "PacketType",
    "Parser",
    "Reconnecting",
    "RoomCreated",
    "RoomDeleted",
    "RoomEvent",
    "Rooms",
    "Sender",
    "Server",
    "ServerAckAborted",
    "ServerAckReceived",
    "ServerAckTimedOut",
    "ServerEventReceived",
    "Socket",
    "SocketState",
    "Tallies",
    "Tally",
    "call_shape",
    "event_args",
]


def __getattr__(name: str) -> Any:
    """Import what is of clients when it is first asked for: a server never does."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import client

    value = globals()[name] = getattr(client, name)
    return value
