"""Engine.IO packets: their types, and those that are always the same."""

from __future__ import annotations

import enum
from typing import Final

from ..prepared import Prepared
from ..protocol_errors import DecodeError
from ..values import Frame

# Engine.IO protocol 4, "Packet encoding": the packet type is the first character.
OPEN: Final = "0"
CLOSE: Final = "1"
PING: Final = "2"
PONG: Final = "3"
MESSAGE: Final = "4"
UPGRADE: Final = "5"
NOOP: Final = "6"


class PacketType(enum.Enum):
    """A `PacketType` is the character by which packets of one type begin."""

    OPEN = OPEN
    CLOSE = CLOSE
    PING = PING
    PONG = PONG
    MESSAGE = MESSAGE
    UPGRADE = UPGRADE
    NOOP = NOOP


TYPES: Final = {kind.value: kind for kind in PacketType}

PROBE_PING: Final = "2probe"
PROBE_PONG: Final = "3probe"

CLOSE_MESSAGE: Final = Prepared((CLOSE,))
PING_MESSAGE: Final = Prepared((PING,))
PONG_MESSAGE: Final = Prepared((PONG,))
NOOP_MESSAGE: Final = Prepared((NOOP,))
PROBE_REPLY: Final = Prepared((PROBE_PONG,))


def message(data: Frame) -> Prepared:
    """Return one message with `data`, text or bytes, to be given to `Session.send`."""
    return Prepared((MESSAGE + data if isinstance(data, str) else data,))


def read_packet(frame: Frame) -> tuple[PacketType, Frame]:
    """Return the type of the packet that `frame` is, and what the packet carries.

    For those who look at recorded frames: a server or client reads them itself. Bytes are a message
    (Engine.IO protocol 4, "Packet encoding"). Raises `DecodeError` for an unknown type.
    """
    if isinstance(frame, bytes):
        return PacketType.MESSAGE, frame
    kind = TYPES.get(frame[:1])
    if kind is None:
        raise DecodeError("unknown Engine.IO packet type")
    return kind, frame[1:]
