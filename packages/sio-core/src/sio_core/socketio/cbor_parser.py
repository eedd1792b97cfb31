"""The cbor parser: one binary frame a packet, bytes inside it.

The frame is a CBOR (RFC 8949) map with the keys of the msgpack parser. The
optional package `cbor2` encodes and decodes; before it sees what a peer sent,
`check` walks over the heads of the items, so that only plain data gets there:
no shared references, no tags that build other objects, no lengths that the
frame does not hold.
"""

from __future__ import annotations

from typing import Any

from ..errors import DecodeError, LocalProtocolError
from ..values import Frame
from .depth import check_depth
from .packets import Packet
from .parser import Limits
from .validation import packet_from_map, packet_to_map

_DEEPEST = 1000
"""Levels that are encoded whatever the limits say: cbor2 calls itself for each, and at some tens
of thousands the process crashes."""
_NULL, _UNDEFINED = 0xF6, 0xF7
# RFC 8949, section 3.4: text date, epoch date, and the two forms of big numbers.
_TEXT_DATE, _EPOCH_DATE, _BIG, _NEGATIVE_BIG = range(4)


class CBORParser:
    """Packets as CBOR. Its decoder keeps nothing, so all connections share one.

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
        """The frame of `packet`; raises `LocalProtocolError` for data that cannot be carried."""
        value = packet_to_map(packet)
        check_depth(packet.data, self._depth)
        try:
            return (self._cbor.dumps(value),)
        except Exception as error:  # the library and the hooks of the data decide what comes
            raise LocalProtocolError(f"not possible in CBOR: {error}") from error

    def decoder(self) -> CBORDecoder:
        """A decoder for one new connection."""
        return self._decoder


class CBORDecoder:
    """Frames to packets, each frame by itself."""

    __slots__ = ("_cbor", "_limits")

    pending = False

    def __init__(self, cbor: Any, limits: Limits) -> None:
        self._cbor = cbor
        self._limits = limits

    def add(self, frame: Frame) -> Packet:
        """The packet in `frame`; raises `DecodeError` when there is none."""
        if isinstance(frame, str):
            raise DecodeError("text frame for a binary parser")
        data = check(frame, self._limits)
        try:
            value = self._cbor.loads(data)
        except Exception:  # the library decides what comes
            raise DecodeError("invalid CBOR") from None
        return packet_from_map(value, self._limits)


def check(data: bytes, limits: Limits) -> bytes:
    """Walk over the items of one CBOR value.

    Returns `data` with `undefined` written as null. Raises `DecodeError` unless
    it is one complete item of plain data within `limits`: definite lengths, text
    as map keys, and no tags but dates and big numbers of bounded length.
    """
    walk = _Walk(data, limits)
    try:
        walk.item(limits.json_depth + 1)
    except RecursionError:
        raise DecodeError("CBOR is nested too deep") from None
    if walk.at != len(data):
        raise DecodeError("CBOR value with trailing bytes")
    if not walk.undefined:
        return data
    changed = bytearray(data)
    for at in walk.undefined:
        changed[at] = _NULL
    return bytes(changed)


class _Walk:
    __slots__ = ("at", "big_bytes", "data", "size", "undefined")

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.data = data
        self.size = len(data)
        self.at = 0
        self.undefined: list[int] = []
        # A decimal digit takes log2(10) = 3.32 bits.
        self.big_bytes = int(limits.json_int_digits * 3.3220) // 8 + 1

    def head(self) -> tuple[int, int]:
        # RFC 8949, section 3: three bits of major type, five of argument.
        first = self.skip(1)[0]
        major, argument = first >> 5, first & 0x1F
        if argument < 24:
            return major, argument
        if argument > 27:  # 31 is "indefinite length", 28 to 30 are not assigned
            raise DecodeError("CBOR of indefinite length or unknown form")
        return major, int.from_bytes(self.skip(1 << argument - 24), "big")

    def skip(self, count: int) -> bytes:
        at, end = self.at, self.at + count
        if end > self.size:
            raise DecodeError("CBOR value is cut short")
        self.at = end
        return self.data[at:end]

    def item(self, depth: int) -> None:
        start = self.at
        major, argument = self.head()
        if major in (2, 3):
            self.skip(argument)
        elif major in (4, 5):
            if depth <= 0:
                raise DecodeError("CBOR is nested too deep")
            if argument > self.size - self.at:
                raise DecodeError("CBOR value is cut short")
            for _ in range(argument):
                if major == 5:
                    self.key()
                self.item(depth - 1)
        elif major == 6:
            self.tagged(argument)
        elif major == 7:
            self.simple(start)

    def key(self) -> None:
        major, argument = self.head()
        if major != 3:
            raise DecodeError("CBOR map with a key that is not text")
        self.skip(argument)

    def tagged(self, tag: int) -> None:
        start = self.at
        major, argument = self.head()
        if tag == _TEXT_DATE and major == 3:
            self.skip(argument)
        elif tag == _EPOCH_DATE and (major in (0, 1) or self.data[start] in (0xF9, 0xFA, 0xFB)):
            pass
        elif tag in (_BIG, _NEGATIVE_BIG) and major == 2:
            if argument > self.big_bytes:
                raise DecodeError("CBOR integer is too long")
            self.skip(argument)
        else:
            raise DecodeError("CBOR tag that is not allowed")

    def simple(self, start: int) -> None:
        first = self.data[start]
        if first == _UNDEFINED:
            self.undefined.append(start)
        # false, true, null; half, single and double precision numbers
        elif first not in (0xF4, 0xF5, _NULL, 0xF9, 0xFA, 0xFB):
            raise DecodeError("CBOR simple value that is not allowed")
