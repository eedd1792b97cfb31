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
from typing import Any

from ..protocol_errors import DecodeError
from ..slices import ITEM, SLICE, Slices

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

TOO_MANY = "MessagePack with too many arrays and maps"

_unpack_float = struct.Struct(">f").unpack_from
_unpack_double = struct.Struct(">d").unpack_from


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
    reader = _Reader(data, containers)
    try:
        value = reader.value(depth)
    except RecursionError:
        raise DecodeError("MessagePack value is nested too deep") from None
    if reader.at != len(data):
        raise DecodeError("MessagePack value with trailing bytes")
    return value


def unpackb_in_slices(data: bytes, depth: int, containers: int) -> Slices[Any]:
    """Do what `unpackb` does, for much data."""
    reader = _SlicedReader(data, containers)
    try:
        value = (yield from reader.container(depth)) if reader.opens() else reader.value(depth)
    except RecursionError:
        raise DecodeError("MessagePack value is nested too deep") from None
    if reader.at != len(data):
        raise DecodeError("MessagePack value with trailing bytes")
    return value


class _Reader:
    __slots__ = ("at", "containers", "data", "size")

    def __init__(self, data: bytes, containers: int) -> None:
        self.data = data
        self.containers = containers
        self.size = len(data)
        self.at = 0

    def take(self, count: int) -> bytes:
        at, end = self.at, self.at + count
        if end > self.size:
            raise DecodeError("MessagePack value is cut short")
        self.at = end
        return self.data[at:end]

    def unsigned(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def value(self, depth: int) -> Any:
        head = self.take(1)[0]
        if head < 0x80:  # positive fixint
            return head
        if head < 0x90:
            return self.map(head & 0x0F, depth)
        if head < 0xA0:
            return self.array(head & 0x0F, depth)
        if head < 0xC0:
            return self.text(head & 0x1F)
        if head >= 0xE0:  # negative fixint
            return head - 0x100
        if head < 0xC4:
            if head == 0xC1:
                raise DecodeError("MessagePack value of an unknown kind")
            return _CONSTANTS[head]
        if head >= 0xDC:
            count = self.unsigned(4 if head & 1 else 2)
            return self.array(count, depth) if head < 0xDE else self.map(count, depth)
        return self.scalar(head)

    def scalar(self, head: int) -> Any:
        # 0xC4 to 0xDB: the widths of each family are powers of two.
        if head < 0xC7:
            return self.take(self.unsigned(1 << head - 0xC4))
        if head < 0xCA:
            return self.ext(self.unsigned(1 << head - 0xC7), fixed=False)
        if head == 0xCA:
            return _unpack_float(self.take(4))[0]
        if head == 0xCB:
            return _unpack_double(self.take(8))[0]
        if head < 0xD0:
            return self.unsigned(1 << head - 0xCC)
        if head < 0xD4:
            return int.from_bytes(self.take(1 << head - 0xD0), "big", signed=True)
        if head < 0xD9:
            return self.ext(1 << head - 0xD4, fixed=True)
        return self.text(self.unsigned(1 << head - 0xD9))

    def text(self, size: int) -> str:
        try:
            return self.take(size).decode()
        except UnicodeDecodeError:
            raise DecodeError("MessagePack text is not UTF-8") from None

    def array(self, count: int, depth: int) -> list[Any]:
        self.enter(count, depth)
        found: list[Any] = []
        for _ in range(count):  # a comprehension would be one more call a level
            found.append(self.value(depth - 1))
        return found

    def map(self, count: int, depth: int) -> dict[str, Any]:
        self.enter(2 * count, depth)
        found: dict[str, Any] = {}
        for _ in range(count):
            key = self.value(0)
            if key.__class__ is not str:
                raise DecodeError("MessagePack map with a key that is not text")
            found[key] = self.value(depth - 1)
        return found

    def enter(self, items: int, depth: int) -> None:
        if depth <= 0:
            raise DecodeError("MessagePack value is nested too deep")
        self.containers -= 1
        if self.containers < 0:
            raise DecodeError(TOO_MANY)
        # Every item takes at least one byte.
        if items > self.size - self.at:
            raise DecodeError("MessagePack value is cut short")

    def ext(self, size: int, *, fixed: bool) -> Any:
        code = int.from_bytes(self.take(1), "big", signed=True)
        data = self.take(size)
        if code == 0:
            if not fixed:
                return data
            if size == 1:
                return None
            if size == 8:
                milliseconds = int.from_bytes(data, "big", signed=True)
                return _moment(milliseconds // 1000, milliseconds % 1000 * 1000)
        elif code == -1 and size in (4, 8, 12):
            return _timestamp(data)
        return Ext(code, data)


class _SlicedReader(_Reader):
    """A reader that counts its work."""

    __slots__ = ("work",)

    def __init__(self, data: bytes, containers: int) -> None:
        super().__init__(data, containers)
        self.work = 0

    def opens(self) -> bool:
        """Tell whether an array or map is next."""
        return self.at < self.size and self.data[self.at] in _OPENING

    def container(self, depth: int) -> Slices[Any]:
        """Read the array or map that is next."""
        head = self.take(1)[0]
        count = head & 0x0F if head < 0xA0 else self.unsigned(4 if head & 1 else 2)
        is_map = head < 0x90 or head >= 0xDE
        self.enter(2 * count if is_map else count, depth)
        found: Any = {} if is_map else []
        for _ in range(count):
            self.work += ITEM
            if self.work >= SLICE:
                self.work = 0
                yield
            key = self.value(0) if is_map else ""
            if key.__class__ is not str:
                raise DecodeError("MessagePack map with a key that is not text")
            opens = self.opens()
            item = (yield from self.container(depth - 1)) if opens else self.value(depth - 1)
            if is_map:
                found[key] = item
            else:
                found.append(item)
        return found


_OPENING = frozenset((*range(0x80, 0xA0), *range(0xDC, 0xE0)))
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}


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
