"""MessagePack as the JavaScript msgpack parser reads it.

Its encoder (notepack.io 2.2.0) uses extension type 0 for three things that only
the header byte tells apart: fixext 1 is `undefined`, fixext 8 a `Date`
(milliseconds since 1970, signed 64 bit), ext 8/16/32 an ArrayBuffer. General
purpose libraries hide the header, hence this module. Timestamps (extension
type -1 of the specification) are read, never written.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ..protocol_errors import DecodeError
from ..slices import SLICE, Slices, finish

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

TOO_MANY = "MessagePack with too many arrays and maps"

_STEP = SLICE // 4
"""Bytes of one slice: each may be a value, over which Python walks."""
# The first bytes of numbers (specification, "Formats"): how they are read, and their widths.
_NUMBERS: Final = {
    first: (struct.Struct(form).unpack_from, struct.calcsize(form))
    for first, form in enumerate((">f", ">d", ">B", ">H", ">I", ">Q", ">b", ">h", ">i", ">q"), 0xCA)
}
_BROKEN: Final = (IndexError, struct.error, UnicodeDecodeError)
_CONSTANTS: Final = {0xC0: None, 0xC2: False, 0xC3: True}


@dataclass(frozen=True, slots=True)
class Ext:
    """An extension value that has no meaning here: type `code` (-128..127) and its bytes."""

    code: int
    data: bytes


def unpackb(data: bytes, depth: int = 64, containers: int = 100_000) -> Any:
    """Decode the one value in `data`; map keys must be strings.

    Raises `DecodeError` for anything malformed, for trailing bytes, for nesting
    of more than `depth` levels and for more than `containers` arrays and maps.
    No length in the data can make it allocate more than the data can fill.
    """
    try:
        return finish(_read(data, depth, containers, len(data)))
    except _BROKEN as error:
        raise _refusal(error) from None


def unpackb_in_slices(data: bytes, depth: int, containers: int) -> Slices[Any]:
    """Do what `unpackb` does, for much data."""
    try:
        return (yield from _read(data, depth, containers, _STEP))
    except _BROKEN as error:
        raise _refusal(error) from None


def _read(data: bytes, depth: int, containers: int, step: int) -> Slices[Any]:
    """Return the value, and pause every `step` bytes.

    One loop without calls for what messages are made of: 2 µs for a chat message in place of 5.
    """
    at, size = 0, len(data)
    stop = min(step, size)
    # Around the value is an array of one item. Of a map, an item is a key when an odd number is
    # left behind it. `outer` has the same of the arrays and maps around the innermost.
    found: Any = []
    container, left, is_map = found, 1, False
    add = container.append
    key = ""
    outer: list[tuple[Any, Any, int, bool]] = []
    while True:
        while not left:
            if not outer:
                if at < size:
                    raise DecodeError("MessagePack value with trailing bytes")
                return found[0]
            container, add, left, is_map = outer.pop()
        if at >= stop:
            if at >= size:
                raise IndexError
            stop = min(at + step, size)
            yield
        first = data[at]
        at += 1
        left -= 1
        value: Any
        if first < 0x80:
            value = first
        elif 0xA0 <= first < 0xC0:
            end = at + first - 0xA0
            if end > size:
                raise IndexError
            value = data[at:end].decode()
            at = end
            if is_map and left & 1:
                key = value
                continue
        elif first >= 0xE0:
            value = first - 0x100
        elif first in _NUMBERS:
            unpack, width = _NUMBERS[first]
            (value,) = unpack(data, at)
            at += width
        elif 0xC0 <= first < 0xDC:
            value, at = _scalar(data, at, first)
            if is_map and left & 1 and value.__class__ is str:
                key = value
                continue
        else:
            if is_map and left & 1:
                raise DecodeError("MessagePack map with a key that is not text")
            if len(outer) >= depth:
                raise DecodeError("MessagePack value is nested too deep")
            containers -= 1
            if containers < 0:
                raise DecodeError(TOO_MANY)
            count = first & 0x0F
            if first >= 0xDC:
                end = at + (4 if first & 1 else 2)
                count = int.from_bytes(data[at:end], "big")
                at = end
            opens_map = first < 0x90 or first >= 0xDE
            if opens_map:
                count *= 2
            # Every item takes at least one byte.
            if count > size - at:
                raise IndexError
            value = {} if opens_map else []
            if is_map:
                container[key] = value
            else:
                add(value)
            outer.append((container, add, left, is_map))
            container, left, is_map = value, count, opens_map
            if not is_map:
                add = container.append
            continue
        if not is_map:
            add(value)
        elif left & 1:
            raise DecodeError("MessagePack map with a key that is not text")
        else:
            container[key] = value


def _scalar(data: bytes, at: int, first: int) -> tuple[Any, int]:
    """Return the value of the kind `first` that goes on at `at`, and where it ends."""
    if first < 0xC4:
        if first == 0xC1:
            raise DecodeError("MessagePack value of an unknown kind")
        return _CONSTANTS[first], at
    if fixed := 0xD4 <= first < 0xD9:
        start, end = at, at + (1 << first - 0xD4)
    else:  # a length of 1, 2 or 4 bytes: of bytes, an extension or text
        start = at + (1 << (first - 0xC4) % 3)
        end = start + int.from_bytes(data[at:start], "big")
    is_extension = fixed or 0xC7 <= first < 0xCA
    end += is_extension  # for its type
    if end > len(data):
        raise IndexError
    if is_extension:
        code = int.from_bytes(data[start : start + 1], "big", signed=True)
        return extension(code, data[start + 1 : end], fixed=fixed), end
    value = data[start:end]
    return (value if first < 0xC7 else value.decode()), end


def extension(code: int, data: bytes, *, fixed: bool) -> Any:
    """Return what an extension value stands for; it is `fixed` if its header is that of a size."""
    if code == 0:
        if not fixed:
            return data
        if len(data) == 1:
            return None
        if len(data) == 8:
            milliseconds = int.from_bytes(data, "big", signed=True)
            return _moment(milliseconds // 1000, milliseconds % 1000 * 1000)
    elif code == -1 and len(data) in (4, 8, 12):
        return _timestamp(data)
    return Ext(code, data)


def _refusal(error: Exception) -> DecodeError:
    if isinstance(error, UnicodeDecodeError):
        return DecodeError("MessagePack text is not UTF-8")
    return DecodeError("MessagePack value is cut short")


def _timestamp(data: bytes) -> datetime:
    # MessagePack specification, "Timestamp extension type".
    if len(data) == 12:
        nanoseconds = int.from_bytes(data[:4], "big")
        seconds = int.from_bytes(data[4:], "big", signed=True)
    else:
        number = int.from_bytes(data, "big")
        nanoseconds, seconds = (
            (0, number) if len(data) == 4 else (number >> 34, number & (1 << 34) - 1)
        )
    if nanoseconds > 999_999_999:
        raise DecodeError("MessagePack timestamp is out of range")
    return _moment(seconds, nanoseconds // 1000)


def _moment(seconds: int, microseconds: int) -> datetime:
    try:
        return EPOCH + timedelta(seconds=seconds, microseconds=microseconds)
    except OverflowError:
        raise DecodeError("MessagePack timestamp is out of range") from None
