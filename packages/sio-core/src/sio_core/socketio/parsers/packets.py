"""Socket.IO packets as values.

Socket.IO protocol revision 5, "Packet types". `BINARY_EVENT` and `BINARY_ACK`
exist only on the wire of the default parser: a decoded packet is always an
`EVENT` or an `ACK`, wherever its bytes travelled.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Final


class PacketType(enum.IntEnum):
    """A `PacketType` is the number of a type of packets (Socket.IO protocol revision 5)."""

    CONNECT = 0
    DISCONNECT = 1
    EVENT = 2
    ACK = 3
    CONNECT_ERROR = 4
    BINARY_EVENT = 5
    BINARY_ACK = 6


# Plain integers for the path of a message: an enum member costs a lookup and
# a slower comparison (about 40 ns each on CPython 3.11).
CONNECT: Final = 0
DISCONNECT: Final = 1
EVENT: Final = 2
ACK: Final = 3
CONNECT_ERROR: Final = 4
BINARY_EVENT: Final = 5
BINARY_ACK: Final = 6

RESERVED_EVENTS: Final = frozenset(
    (
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener",
    )
)
"""Names that a peer may not send as an event: JavaScript peers close on them."""


@dataclass(slots=True)
class Packet:
    """A `Packet` is one Socket.IO packet.

    `data` is, by `type`: CONNECT a `dict` or `None`; DISCONNECT `None`; EVENT
    `[name, *args]`; ACK a list of arguments; CONNECT_ERROR any JSON value. `id`
    is the acknowledgement id of an EVENT that wants one and of an ACK.
    """

    type: int
    namespace: str = "/"
    data: Any = None
    id: int | None = None
