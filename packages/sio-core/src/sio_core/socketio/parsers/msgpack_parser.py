"""The msgpack parser: one binary frame a packet, bytes inside it.

The frame is a MessagePack map of `type` (0 to 4), `nsp`, and `data` and `id`
where the packet has them, as the JavaScript package socket.io-msgpack-parser
writes it. Where msgspec is installed, which `sio-core[fast]` does, it writes and reads most frames.
"""

from __future__ import annotations

from typing import Any, Final

from ...codecs.fast_msgpack import (
    READ,
    fast_fields,
    fast_pack,
    fast_unpack,
    fast_unpack_in_slices,
)
from ...codecs.msgpack_writer import packb
from ...codecs.plain import is_plain
from ...limits import Limits
from ...protocol_errors import DecodeError
from ...slices import Slices
from ...values import Frame
from .packets import CONNECT, CONNECT_ERROR, Packet
from .validation import packet_from_fields, packet_from_map, packet_to_map


def _head(first: int, kind: int) -> bytes:
    # All of a packet on "/" that is before its data.
    packed = (packb(item) for item in ("type", kind, "nsp", "/", "data"))
    return bytes((first, *b"".join(packed)))


# Those of maps of three and of four fields.
_WITHOUT_ID, _WITH_ID = (
    {kind: _head(first, kind) for kind in range(CONNECT, CONNECT_ERROR + 1)}
    for first in (0x83, 0x84)
)
_ID: Final = packb("id")


class MsgpackParser:
    """This parser writes MessagePack. Its decoder keeps nothing, so all connections share one."""

    __slots__ = ("_decoder", "_depth", "_pack")

    def __init__(self, limits: Limits | None = None) -> None:
        limits = Limits() if limits is None else limits
        self._depth = limits.json_depth
        self._pack = fast_pack()
        self._decoder = MsgpackDecoder(limits)

    def encode(self, packet: Packet) -> tuple[Frame, ...]:
        """Return the frame of `packet`. Raises `LocalProtocolError` for data it cannot carry."""
        kind, data, ack_id, pack = packet.type, packet.data, packet.id, self._pack
        if packet.namespace != "/" or data is None or kind not in _WITH_ID:
            # The map around the data is a level of its own.
            return (pack(packet_to_map(packet), self._depth + 1),)
        packed = pack(data, self._depth)
        if ack_id is None:
            return (_WITHOUT_ID[kind] + packed,)
        return (b"%b%b%b%b" % (_WITH_ID[kind], packed, _ID, pack(ack_id, 0)),)

    def decoder(self) -> MsgpackDecoder:
        """Make a decoder for one new connection."""
        return self._decoder


class MsgpackDecoder:
    """This decoder makes packets of frames, each frame by itself."""

    __slots__ = ("_depth", "_fields", "_limits", "_unpack", "_unpack_in_slices")

    pending = False

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._depth = limits.json_depth
        self._fields = fast_fields("type", "nsp", "data", "id", "options")
        self._unpack = fast_unpack()
        self._unpack_in_slices = fast_unpack_in_slices()

    def add(self, frame: Frame) -> Packet:
        """Return the packet in `frame`. Raises `DecodeError` when there is none."""
        if isinstance(frame, str):
            raise DecodeError("text frame for a binary parser")
        limits = self._limits
        # An array or map takes a byte at least.
        if self._fields is not None and len(frame) <= limits.containers:
            try:
                found = self._fields(frame)
                if self._is_plain(found.data, found.options):
                    return packet_from_fields(found.type, found.nsp, found.data, found.id, limits)
            except Exception:  # whatever is not as usual is decided below
                pass
        return packet_from_map(self._unpack(frame, self._depth + 1, limits.containers), limits)

    def _is_plain(self, data: Any, options: Any) -> bool:
        if options is None and data.__class__ is list:
            return is_plain(data, self._depth, READ)
        return is_plain((data, options), self._depth + 1, READ)

    def add_in_slices(self, frame: Frame) -> Slices[Packet]:
        """Do what `add` does, for a long frame."""
        if isinstance(frame, str):
            raise DecodeError("text frame for a binary parser")
        containers = self._limits.containers
        value = yield from self._unpack_in_slices(frame, self._depth + 1, containers)
        return packet_from_map(value, self._limits)
