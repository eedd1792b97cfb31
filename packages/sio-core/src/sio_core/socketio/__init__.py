"""Socket.IO protocol 5 without I/O: namespaces, rooms, acknowledgements; server and client."""

from ._client_state import ClientSocketState, ClientState
from ._state import SocketState
from .client import Client
from .client_config import ClientConfig
from .client_events import (
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
from .client_socket import ClientSocket
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
from .handlers import CallShape, HandlerTable, call_shape
from .json_parser import JSONParser
from .packets import RESERVED_EVENTS, Packet, PacketType
from .parser import TRUSTED, Decoder, Limits, Parser
from .rooms import Rooms
from .server import Server
from .socket import Socket

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
    "Decoder",
    "Disconnected",
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
    "Packet",
    "PacketType",
    "Parser",
    "Reconnecting",
    "RoomCreated",
    "RoomDeleted",
    "RoomEvent",
    "Rooms",
    "Server",
    "ServerAckAborted",
    "ServerAckReceived",
    "ServerAckTimedOut",
    "ServerEventReceived",
    "Socket",
    "SocketState",
    "call_shape",
]
