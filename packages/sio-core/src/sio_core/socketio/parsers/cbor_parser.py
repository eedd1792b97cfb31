"""The cbor parser: one binary frame a packet, bytes inside it.

The frame is a CBOR (RFC 8949) map with the keys of the msgpack parser. The
optional package `cbor2` encodes and decodes, but sees only what `codecs.cbor_items`
found to be plain data.
"""

from __future__ import annotations

from typing import Any, Final

from ...codecs.cbor_items import DEEPEST, check
from ...codecs.fast_cbor import LARGEST, fast_loads
from ...codecs.plain import is_plain
from ...codecs.sliced_cbor import read_in_slices
from ...limits import Limits
from ...protocol_errors import DecodeError, LocalProtocolError
from ...slices import Slices
from ...values import Frame
from .depth import check_depth
from .packets import CONNECT, CONNECT_ERROR, Packet
from .validation import packet_from_fields, packet_from_map, packet_to_map

_DEEPEST_OUT = 1000
"""Levels that are encoded whatever the limits say: cbor2 calls itself for each, and at some tens
of thousands the process crashes."""

_FEW_LEVELS = 64
"""Levels that are looked at the quick way."""


def _text(text: str) -> bytes:
    # RFC 8949, section 3: the form of at most 23 bytes.
    return bytes((0x60 + len(text), *text.encode()))


def _head(first: int, kind: int) -> bytes:
    # All of a packet on "/" that is before its data.
    fields = _text("type"), bytes((kind,)), _text("nsp"), _text("/"), _text("data")
    return bytes((first, *b"".join(fields)))


# Those of maps of three and of four fields.
_WITHOUT_ID, _WITH_ID = (
    {kind: _head(first, kind) for kind in range(CONNECT, CONNECT_ERROR + 1)}
    for first in (0xA3, 0xA4)
)
_ID: Final = _text("id")


class CBORParser:
    """This parser writes packets as CBOR. Its decoder keeps nothing, so all connections share one.

    Raises `ImportError` when the package `cbor2` is not installed.
    """

    __slots__ = ("_decoder", "_depth", "_dumps", "_levels")

    def __init__(self, limits: Limits | None = None) -> None:
        try:
            import cbor2
        except ImportError as error:
            raise ImportError(
                'the cbor parser needs the package cbor2: pip install "sio-core[cbor]"'
            ) from error
        self._dumps: Any = cbor2.dumps
        limits = Limits() if limits is None else limits
        self._depth = min(limits.json_depth, _DEEPEST_OUT)
        self._levels = min(self._depth, _FEW_LEVELS)
        self._decoder = CBORDecoder(cbor2, limits)

    def encode(self, packet: Packet) -> tuple[Frame, ...]:
        """Return the frame of `packet`. Raises `LocalProtocolError` for data it cannot carry."""
        kind, data, ack_id = packet.type, packet.data, packet.id
        if data.__class__ is not list or not is_plain(data, self._levels):
            check_depth(data, self._depth)
        try:
            if packet.namespace != "/" or data is None or kind not in _WITH_ID:
                return (self._dumps(packet_to_map(packet)),)
            packed = self._dumps(data)
            if ack_id is None:
                return (_WITHOUT_ID[kind] + packed,)
            return (b"%b%b%b%b" % (_WITH_ID[kind], packed, _ID, self._dumps(ack_id)),)
        except LocalProtocolError:
            raise
        except Exception as error:  # the library and the hooks of the data decide what comes
            raise LocalProtocolError(f"not possible in CBOR: {error}") from error

    def decoder(self) -> CBORDecoder:
        """Make a decoder for one new connection."""
        return self._decoder


class CBORDecoder:
    """This decoder makes packets of frames, each frame by itself."""

    __slots__ = ("_fast_loads", "_largest", "_levels", "_limits", "_loads")

    pending = False

    def __init__(self, cbor: Any, limits: Limits) -> None:
        self._loads: Any = cbor.loads
        self._limits = limits
        # The map around the data is a level of its own, and so is what it is put into here.
        self._levels = min(limits.json_depth + 1, DEEPEST) + 1
        self._fast_loads = fast_loads(cbor.loads, self._levels)
        # An array or map takes a byte at least.
        self._largest = limits.containers if self._fast_loads else -1

    def add(self, frame: Frame) -> Packet:
        """Return the packet in `frame`. Raises `DecodeError` when there is none."""
        if isinstance(frame, str):
            raise DecodeError("text frame for a binary parser")
        if len(frame) <= self._largest and (packet := self._read(frame)):
            return packet
        data = check(frame, self._limits)
        try:
            value = self._loads(data)
        except Exception:  # the library decides what comes
            raise DecodeError("invalid CBOR") from None
        return packet_from_map(value, self._limits)

    def add_in_slices(self, frame: Frame) -> Slices[Packet]:
        """Do what `add` does, for a long frame."""
        if isinstance(frame, str):
            raise DecodeError("text frame for a binary parser")
        if len(frame) <= min(self._largest, LARGEST) and (packet := self._read(frame)):
            return packet
        value = yield from read_in_slices(frame, self._limits, self._loads)
        return packet_from_map(value, self._limits)

    def _read(self, frame: bytes) -> Packet | None:
        """Return the packet in a frame of plain data, None if that is not what it is."""
        try:
            value = self._fast_loads(frame)  # type: ignore[misc]
            data, ack_id = value.get("data"), value.get("id")
            # Who else than the four fields is in the map?
            fields = 2 + (data is not None) + (ack_id is not None)
            if data.__class__ is list and len(value) == fields:
                plain = is_plain(data, self._levels - 2)
            else:
                plain = is_plain((value,), self._levels)
            if plain:
                kind, namespace = value["type"], value["nsp"]
                return packet_from_fields(kind, namespace, data, ack_id, self._limits)
        except Exception:  # whatever is not as usual is decided with `check`
            pass
        return None
