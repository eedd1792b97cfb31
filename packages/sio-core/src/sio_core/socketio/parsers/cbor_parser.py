"""The cbor parser: one binary frame a packet, bytes inside it.

The frame is a CBOR (RFC 8949) map with the keys of the msgpack parser. The
optional package `cbor2` encodes and decodes, but sees only what `codecs.cbor_items`
found to be plain data.
"""

from __future__ import annotations

from typing import Any

from ...codecs.cbor_items import check
from ...codecs.sliced_cbor import read_in_slices
from ...limits import Limits
from ...protocol_errors import DecodeError, LocalProtocolError
from ...slices import Slices
from ...values import Frame
from .depth import check_depth
from .packets import Packet
from .validation import packet_from_map, packet_to_map

_DEEPEST = 1000
"""Levels that are encoded whatever the limits say: cbor2 calls itself for each, and at some tens
of thousands the process crashes."""


class CBORParser:
    """This parser writes packets as CBOR. Its decoder keeps nothing, so all connections share one.

    Raises `ImportError` when the package `cbor2` is not installed.
    """

    __slots__ = ("_cbor", "_decoder", "_depth")

    def __init__(self, limits: Limits | None = None) -> None:
        try:
            import cbor2
        except ImportError as error:
            raise ImportError(
                'the cbor parser needs the package cbor2: pip install "sio-core[cbor]"'
            ) from error
        self._cbor: Any = cbor2
        limits = Limits() if limits is None else limits
        self._depth = min(limits.json_depth, _DEEPEST)
        self._decoder = CBORDecoder(cbor2, limits)

    def encode(self, packet: Packet) -> tuple[Frame, ...]:
        """Return the frame of `packet`. Raises `LocalProtocolError` for data it cannot carry."""
        value = packet_to_map(packet)
        check_depth(packet.data, self._depth)
        try:
            return (self._cbor.dumps(value),)
        except Exception as error:  # the library and the hooks of the data decide what comes
            raise LocalProtocolError(f"not possible in CBOR: {error}") from error

    def decoder(self) -> CBORDecoder:
        """Make a decoder for one new connection."""
        return self._decoder


class CBORDecoder:
    """This decoder makes packets of frames, each frame by itself."""

    __slots__ = ("_cbor", "_limits")

    pending = False

    def __init__(self, cbor: Any, limits: Limits) -> None:
        self._cbor = cbor
        self._limits = limits

    def add(self, frame: Frame) -> Packet:
        """Return the packet in `frame`. Raises `DecodeError` when there is none."""
        if isinstance(frame, str):
            raise DecodeError("text frame for a binary parser")
        data = check(frame, self._limits)
        try:
            value = self._cbor.loads(data)
        except Exception:  # the library decides what comes
            raise DecodeError("invalid CBOR") from None
        return packet_from_map(value, self._limits)

    def add_in_slices(self, frame: Frame) -> Slices[Packet]:
        """Do what `add` does, for a long frame."""
        if isinstance(frame, str):
            raise DecodeError("text frame for a binary parser")
        value = yield from read_in_slices(frame, self._limits, self._cbor.loads)
        return packet_from_map(value, self._limits)
