"""A parser over a packet class, so that a server or a client speaks whatever that class does.

What a peer sends never raises out of it, whatever the class does.
"""

from __future__ import annotations

from typing import Any

from ...codecs.json_limits import refuse_deep
from ...limits import Limits
from ...protocol_errors import DecodeError, LocalProtocolError
from ...values import Frame
from .custom_packet import PLAIN
from .depth import check_depth
from .packets import Packet as CorePacket
from .validation import packet_from_map


class PacketClassParser:
    """This parser stands on a `Packet` subclass of the application.

    `json` becomes the class attribute of that name, for this parser alone.
    """

    __slots__ = ("_limits", "_max_attachments_out", "packet_class")

    def __init__(
        self,
        packet_class: type[Any],
        json: Any = None,
        limits: Limits | None = None,
        *,
        max_attachments_out: int | None = 10,
    ) -> None:
        for name in ("encode", "decode"):
            if not callable(getattr(packet_class, name, None)):
                raise ValueError(f"serializer {packet_class.__name__} has no method {name}()")
        if json is not None:
            packet_class = type(packet_class.__name__, (packet_class,), {"json": json})
        self.packet_class = packet_class
        self._limits = Limits() if limits is None else limits
        self._max_attachments_out = max_attachments_out

    def encode(self, packet: CorePacket) -> tuple[Frame, ...]:
        """Return the frames that the class makes. What it raises becomes a `LocalProtocolError`."""
        try:
            made = self.packet_class(
                packet.type, data=packet.data, namespace=packet.namespace, id=packet.id
            ).encode()
            frames = tuple(made) if isinstance(made, list | tuple) else (made,)
            frames = tuple(bytes(f) if isinstance(f, bytearray | memoryview) else f for f in frames)
        except LocalProtocolError:
            raise
        except Exception as error:  # the class is not ours: any exception may come
            raise LocalProtocolError(f"the serializer cannot encode it: {error}") from error
        if not frames or not all(isinstance(frame, str | bytes) for frame in frames):
            raise LocalProtocolError("encode() of a serializer must return str, bytes or a list")
        depth = self._limits.json_depth
        if sum(map(len, frames)) > depth:  # every level takes something
            check_depth(packet.data, depth)
        most = self._max_attachments_out
        if most is not None and len(frames) - 1 > most:
            raise LocalProtocolError(
                f"{len(frames) - 1} binary values in one packet, {most} are allowed: pack them "
                "into one bytes value, or raise max_attachments_out if all peers take more"
            )
        return frames

    def decoder(self) -> PacketClassDecoder:
        """Make a decoder for one new connection."""
        return PacketClassDecoder(self.packet_class, self._limits)


class PacketClassDecoder:
    """This decoder finds the packets in the frames of one connection."""

    __slots__ = ("_capacity", "_class", "_limits", "_packet")

    def __init__(self, packet_class: type[Any], limits: Limits) -> None:
        self._class = packet_class
        self._limits = limits
        self._packet: Any = None
        self._capacity = 0  # bytes of attachments that may still come

    @property
    def pending(self) -> bool:
        """True while a packet waits for its binary attachments."""
        return self._packet is not None

    def add(self, frame: Frame) -> CorePacket | None:
        """Take one frame. Returns a packet, or None while attachments are missing.

        Raises `DecodeError` for whatever the class raises, and nothing else.
        """
        waiting, self._packet = self._packet, None
        try:
            return self._add(frame) if waiting is None else self._attach(waiting, frame)
        except DecodeError:
            raise
        except Exception:  # the class is not ours: any exception may come
            raise DecodeError("not a packet") from None

    def _add(self, frame: Frame) -> CorePacket | None:
        packet = self._class(encoded_packet=frame)
        count = packet.attachment_count
        if not count:
            return self._checked(packet)
        if count > self._limits.attachments:
            raise DecodeError("too many attachments")
        self._packet = packet
        self._capacity = self._limits.attachment_bytes
        return None

    def _attach(self, packet: Any, frame: Frame) -> CorePacket | None:
        if not isinstance(frame, bytes):
            raise DecodeError("text frame while attachments are missing")
        self._capacity -= len(frame)
        if self._capacity < 0:
            raise DecodeError("attachments are too large")
        if packet.add_attachment(frame):
            return self._checked(packet)
        self._packet = packet
        return None

    def _checked(self, packet: Any) -> CorePacket:
        kind = int(packet.packet_type)
        data = packet.data
        refuse_deep(data, self._limits.json_depth)
        return packet_from_map(
            {
                "type": PLAIN.get(kind, kind),
                "nsp": packet.namespace or "/",
                "data": list(data) if isinstance(data, tuple) else data,
                "id": packet.id,
            },
            self._limits,
        )
