"""Packets, and the parsers that make frames from them and read them.

Those for msgpack and CBOR are imported by who wants them.
"""

from .json_parser import JSONParser
from .packets import RESERVED_EVENTS, Packet, PacketType
from .parser import Decoder, Parser

__all__ = [
    "RESERVED_EVENTS",
    "Decoder",
    "JSONParser",
    "Packet",
    "PacketType",
    "Parser",
]
