"""What a Socket.IO parser is: packets to frames and back.

The server takes one parser (JSON, msgpack, cbor or the application's own) and
asks it for one decoder a connection. Frames here are Socket.IO messages: the
Engine.IO layer below adds and removes its own packet type.
"""

from __future__ import annotations

from typing import Protocol

from ...values import Frame
from .packets import Packet


class Decoder(Protocol):
    """A `Decoder` makes packets of the frames of one connection, in order."""

    @property
    def pending(self) -> bool:
        """True while a packet waits for its binary attachments."""
        ...

    def add(self, frame: Frame) -> Packet | None:
        """Take one frame. Returns a packet, or None while attachments are missing.

        Raises `DecodeError` when the frame is not one that may come now; the
        caller then closes the connection.
        """
        ...


class Parser(Protocol):
    """A `Parser` makes frames of packets, and decoders for connections."""

    def encode(self, packet: Packet) -> tuple[Frame, ...]:
        """Return the frames of `packet`, to be sent back to back.

        Raises `LocalProtocolError` for data that the parser cannot carry.
        """
        ...

    def decoder(self) -> Decoder:
        """Make a decoder for one new connection."""
        ...
