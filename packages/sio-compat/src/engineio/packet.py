"""`engineio.packet`: the packet class and its constants."""

from sio_core.engineio.packet_object import (
    CLOSE,
    MESSAGE,
    NOOP,
    OPEN,
    PING,
    PONG,
    UPGRADE,
    Packet,
    binary_types,
    packet_names,
)

__all__ = [
    "CLOSE",
    "MESSAGE",
    "NOOP",
    "OPEN",
    "PING",
    "PONG",
    "UPGRADE",
    "Packet",
    "binary_types",
    "packet_names",
]
