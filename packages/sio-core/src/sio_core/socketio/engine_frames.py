"""From a Socket.IO packet to the Engine.IO message that carries it."""

from __future__ import annotations

from ..prepared import Prepared
from ..values import Frame
from .parsers.packets import Packet
from .parsers.parser import Parser


def prepare(parser: Parser, packet: Packet) -> Prepared:
    """Encode one packet. Raises `LocalProtocolError` for data the parser cannot carry."""
    frames = parser.encode(packet)
    first = frames[0]
    # The path of nearly every packet, without a call more.
    if len(frames) == 1 and isinstance(first, str):
        return Prepared(("4" + first,))
    return Prepared(engine_frames(frames))


def encode_frames(parser: Parser, packet: Packet) -> tuple[Frame, ...]:
    """Return the Engine.IO packets of one packet. Raises as `prepare` does."""
    return engine_frames(parser.encode(packet))


def engine_frames(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """Return Engine.IO message packets: text gets its type, binary is a message as it is."""
    first = frames[0]
    if len(frames) == 1 and isinstance(first, str):
        return ("4" + first,)
    return tuple("4" + frame if isinstance(frame, str) else frame for frame in frames)
