"""Socket.IO protocol 5, server side, without I/O: namespaces, rooms, acknowledgements."""

from ._state import SocketState
from .config import Config
from .events import (
    AckAborted,
    AckReceived,
    AckTimedOut,
    ConnectionClosed,
    ConnectionOpened,
    ConnectRequested,
    Disconnected,
    Event,
    EventReceived,
    Joined,
    Left,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
)
from .handlers import CallShape, HandlerTable, call_shape
from .json_parser import JSONParser
from .packets import RESERVED_EVENTS, Packet, PacketType
from .parser import Decoder, Limits, Parser
from .rooms import Rooms
from .server import Server
from .socket import Socket

__all__ = [
    "RESERVED_EVENTS",
    "AckAborted",
    "AckReceived",
    "AckTimedOut",
    "CallShape",
    "Config",
    "ConnectRequested",
    "ConnectionClosed",
    "ConnectionOpened",
    "Decoder",
    "Disconnected",
    "Event",
    "EventReceived",
    "HandlerTable",
    "JSONParser",
    "Joined",
    "Left",
    "Limits",
    "Packet",
    "PacketType",
    "Parser",
    "RoomCreated",
    "RoomDeleted",
    "RoomEvent",
    "Rooms",
    "Server",
    "Socket",
    "SocketState",
    "call_shape",
]
