"""The items of a CBOR value (RFC 8949), looked at before a library decodes them.

`items` walks over their heads, so that only plain data gets to the library: no shared references,
no tags that build other objects, no lengths that the data does not hold.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, TypeAlias

from ..protocol_errors import DecodeError

if TYPE_CHECKING:
    from ..limits import Limits

DEEPEST = 400
"""Levels that the library decodes."""
# RFC 8949, section 3.1.
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
NULL, _UNDEFINED = 0xF6, 0xF7
_FLOATS = frozenset((0xF9, 0xFA, 0xFB))
"""Numbers of half, single and double precision."""
# RFC 8949, section 3.4: text date, epoch date, and the two forms of big numbers.
_TEXT_DATE, _EPOCH_DATE, _BIG, _NEGATIVE_BIG = range(4)

Level: TypeAlias = tuple[int, bool, int]
"""An array or map that is open: how many of its items are left, whether it is a map, and where the
item in it begins that is open, too."""
Walk: TypeAlias = Generator[tuple[int, int, bool], tuple[int, int], None]


def check(data: bytes, limits: Limits) -> bytes:
    """Walk over the items of one CBOR value.

    Returns `data` with `undefined` written as null. Raises `DecodeError` unless
    it is one complete item of plain data within `limits`: definite lengths, text
    as map keys, and no tags but dates and big numbers of bounded length.
    """
    undefined: list[int] = []
    try:
        next(items(data, limits, [], undefined, len(data)), None)
    except IndexError:
        raise DecodeError("CBOR value is cut short") from None
    if not undefined:
        return data
    changed = bytearray(data)
    for at in undefined:
        changed[at] = NULL
    return bytes(changed)


def items(data: bytes, limits: Limits, outer: list[Level], undefined: list[int], stop: int) -> Walk:
    """Check each item, and put into `undefined` where there is one.

    Pauses once it has come to `stop`, and at the end of an array or map inside `floor` others.
    Then it yields where it is, and how many items are left of which kind of container;
    `outer` has the containers around that one. It is sent the next `stop` and `floor`.
    Raises IndexError beyond the end, and `DecodeError`.

    One loop without calls for what messages are made of: 4 µs for a chat message in place of 10.
    """
    size = len(data)
    # How many items of the current array or map are left, and whether it is a map: of a map, the
    # next item is a key while an even number is left. `outer` has the same of those around it.
    left, is_map = 1, False
    containers = limits.containers
    deepest = limits.json_depth + 1 if limits.json_depth < DEEPEST else DEEPEST
    at = floor = 0
    while True:
        while not left:
            if len(outer) <= floor:
                if not outer:
                    if at > size:
                        raise IndexError
                    if at < size:
                        raise DecodeError("CBOR value with trailing bytes")
                    return
                stop, floor = yield at, left, is_map
            left, is_map, _ = outer.pop()
        if at >= stop:
            if at >= size:
                raise IndexError
            stop, floor = yield at, left, is_map
        # RFC 8949, section 3: three bits of major type, five of argument.
        first = data[at]
        at += 1
        left -= 1
        if 0x60 <= first < 0x78:  # text of at most 23 bytes, as keys are
            at += first - 0x60
            continue
        is_key = is_map and left & 1
        # A number below 24, false, true or null.
        if (first < 0x18 or 0xF4 <= first <= NULL) and not is_key:
            continue
        start = at - 1
        major, argument = first >> 5, first & 0x1F
        if argument >= 24:
            argument, at = long_argument(data, at, argument)
        if is_key and major != _TEXT:
            raise DecodeError("CBOR map with a key that is not text")
        if _BYTES <= major <= _TEXT:
            at += argument
            if at > size:
                raise IndexError
        elif _ARRAY <= major <= _MAP:
            if len(outer) >= deepest:
                raise DecodeError("CBOR is nested too deep")
            if argument > size - at:
                raise IndexError
            containers -= 1
            if containers < 0:
                raise DecodeError("CBOR with too many arrays and maps")
            outer.append((left, is_map, start))
            is_map = major == _MAP
            left = argument * 2 if is_map else argument
        elif major == _TAG:
            at = _tagged(data, at, argument, limits)
        elif first == _UNDEFINED:
            undefined.append(start)
        elif major == _SIMPLE and first not in _FLOATS:
            raise DecodeError("CBOR simple value that is not allowed")


def opened(data: bytes, start: int) -> tuple[int, int]:
    """Return how many items the array or map has that begins at `start`, and where the first is."""
    first = data[start]
    count, at = first & 0x1F, start + 1
    if count >= 24:
        count, at = long_argument(data, at, count)
    return count * 2 if first >> 5 == _MAP else count, at


def long_argument(data: bytes, at: int, kind: int) -> tuple[int, int]:
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
        argument, at = long_argument(data, at, argument)
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
