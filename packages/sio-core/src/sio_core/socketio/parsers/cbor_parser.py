"""The cbor parser: one binary frame a packet, bytes inside it.

The frame is a CBOR (RFC 8949) map with the keys of the msgpack parser. The
optional package `cbor2` encodes and decodes; before it sees what a peer sent,
`check` walks over the heads of the items, so that only plain data gets there:
no shared references, no tags that build other objects, no lengths that the
frame does not hold.
"""

from __future__ import annotations

from typing import Any

from ...limits import Limits
from ...protocol_errors import DecodeError, LocalProtocolError
from ...values import Frame
from .depth import check_depth
from .packets import Packet
from .validation import packet_from_map, packet_to_map

_DEEPEST = 1000
"""Levels that are encoded whatever the limits say: cbor2 calls itself for each, and at some tens
of thousands the process crashes."""
_DEEPEST_READ = 400
"""Levels that cbor2 decodes."""
# RFC 8949, section 3.1.
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_NULL, _UNDEFINED = 0xF6, 0xF7
_FLOATS = frozenset((0xF9, 0xFA, 0xFB))
"""Numbers of half, single and double precision."""
# RFC 8949, section 3.4: text date, epoch date, and the two forms of big numbers.
_TEXT_DATE, _EPOCH_DATE, _BIG, _NEGATIVE_BIG = range(4)


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


def check(data: bytes, limits: Limits) -> bytes:
    """Walk over the items of one CBOR value.

    Returns `data` with `undefined` written as null. Raises `DecodeError` unless
    it is one complete item of plain data within `limits`: definite lengths, text
    as map keys, and no tags but dates and big numbers of bounded length.
    """
    try:
        undefined = _walk(data, limits)
    except IndexError:
        raise DecodeError("CBOR value is cut short") from None
    if not undefined:
        return data
    changed = bytearray(data)
    for at in undefined:
        changed[at] = _NULL
    return bytes(changed)


def _walk(data: bytes, limits: Limits) -> list[int]:
    """Check each item; return where `undefined` is. Raises IndexError beyond the end.

    One loop without calls for what messages are made of: 4 µs for a chat message in place of 10.
    """
    size = len(data)
    undefined: list[int] = []
    # How many items of the current array or map are left, and whether it is a map: of a map, the
    # next item is a key while an even number is left. `outer` has the same of those around it.
    left, is_map = 1, False
    outer: list[tuple[int, bool]] = []
    containers = limits.containers
    deepest = min(limits.json_depth + 1, _DEEPEST_READ)
    at = 0
    while True:
        while not left:
            if not outer:
                if at > size:
                    raise IndexError
                if at < size:
                    raise DecodeError("CBOR value with trailing bytes")
                return undefined
            left, is_map = outer.pop()
        # RFC 8949, section 3: three bits of major type, five of argument.
        first = data[at]
        is_key = is_map and not left & 1
        left -= 1
        at += 1
        if 0x60 <= first < 0x78:  # text of at most 23 bytes, as keys are
            at += first - 0x60
            continue
        # A number below 24, false, true or null.
        if (first < 0x18 or 0xF4 <= first <= _NULL) and not is_key:
            continue
        major, argument = first >> 5, first & 0x1F
        if argument >= 24:
            argument, at = _long_argument(data, at, argument)
        if is_key and major != _TEXT:
            raise DecodeError("CBOR map with a key that is not text")
        if major in (_BYTES, _TEXT):
            at += argument
            if at > size:
                raise IndexError
        elif major in (_ARRAY, _MAP):
            if len(outer) >= deepest:
                raise DecodeError("CBOR is nested too deep")
            if argument > size - at:
                raise IndexError
            containers -= 1
            if containers < 0:
                raise DecodeError("CBOR with too many arrays and maps")
            outer.append((left, is_map))
            is_map = major == _MAP
            left = argument * 2 if is_map else argument
        elif major == _TAG:
            at = _tagged(data, at, argument, limits)
        elif first == _UNDEFINED:
            undefined.append(at - 1)
        elif major == _SIMPLE and first not in _FLOATS:
            raise DecodeError("CBOR simple value that is not allowed")


def _long_argument(data: bytes, at: int, kind: int) -> tuple[int, int]:
    """Return the argument of 1, 2, 4 or 8 bytes at `at`, and where it ends."""
    if kind > 27:  # 31 is "indefinite length", 28 to 30 are not assigned
        raise DecodeError("CBOR of indefinite length or unknown form")
    end = at + (1 << kind - 24)
    if end > len(data):
        raise IndexError
    return int.from_bytes(data[at:end], "big"), end


def _tagged(data: bytes, at: int, tag: int, limits: Limits) -> int:
    """Check the item behind a tag. Returns where it ends, which may be beyond the frame."""
    first = data[at]
    major, argument = first >> 5, first & 0x1F
    at += 1
    if argument >= 24:
        argument, at = _long_argument(data, at, argument)
    if tag == _EPOCH_DATE and (major in (_UNSIGNED, _NEGATIVE) or first in _FLOATS):
        return at
    if not (
        (tag == _TEXT_DATE and major == _TEXT) or (tag in (_BIG, _NEGATIVE_BIG) and major == _BYTES)
    ):
        raise DecodeError("CBOR tag that is not allowed")
    # A decimal digit takes log2(10) = 3.32 bits.
    if major == _BYTES and argument > int(limits.json_int_digits * 3.3220) // 8 + 1:
        raise DecodeError("CBOR integer is too long")
    return at + argument
