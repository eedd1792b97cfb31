"""The msgpack parser: one binary frame a packet, bytes inside it.

The frame is a MessagePack map of `type` (0 to 4), `nsp`, and `data` and `id`
where the packet has them, as the JavaScript package socket.io-msgpack-parser
writes it. Where msgspec is installed, which `sio-core[fast]` does, it reads most frames.
"""

from __future__ import annotations

from ...codecs.fast_msgpack import fast_unpack, fast_unpack_in_slices
from ...codecs.msgpack_writer import packb
from ...limits import Limits
from ...protocol_errors import DecodeError
from ...slices import Slices
from ...values import Frame
from .packets import Packet
from .validation import packet_from_map, packet_to_map


class MsgpackParser:
    """This parser writes MessagePack. Its decoder keeps nothing, so all connections share one."""

    __slots__ = ("_decoder", "_depth")

    def __init__(self, limits: Limits | None = None) -> None:
        limits = Limits() if limits is None else limits
        # The map around the data is a level of its own.
        self._depth = limits.json_depth + 1
        self._decoder = MsgpackDecoder(limits)

    def encode(self, packet: Packet) -> tuple[Frame, ...]:
        """Return the frame of `packet`. Raises `LocalProtocolError` for data it cannot carry."""
        return (packb(packet_to_map(packet), self._depth),)

    def decoder(self) -> MsgpackDecoder:
        """Make a decoder for one new connection."""
        return self._decoder


class MsgpackDecoder:
    """This decoder makes packets of frames, each frame by itself."""

    __slots__ = ("_depth", "_limits", "_unpack", "_unpack_in_slices")

    pending = False

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._depth = limits.json_depth + 1
        self._unpack = fast_unpack()
        self._unpack_in_slices = fast_unpack_in_slices()

    def add(self, frame: Frame) -> Packet:
        """Return the packet in `frame`. Raises `DecodeError` when there is none."""
        if isinstance(frame, str):
            raise DecodeError("text frame for a binary parser")
        return packet_from_map(
            self._unpack(frame, self._depth, self._limits.containers), self._limits
        )

    def add_in_slices(self, frame: Frame) -> Slices[Packet]:
        """Do what `add` does, for a long frame."""
        if isinstance(frame, str):
            raise DecodeError("text frame for a binary parser")
        containers = self._limits.containers
        value = yield from self._unpack_in_slices(frame, self._depth, containers)
        return packet_from_map(value, self._limits)
