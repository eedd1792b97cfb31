"""MessagePack with the optional package msgspec: what `unpackb` and `packb` make, in less time.

Both functions keep one rule: every value, every byte and every refusal is that of this project's
own reader and writer, which have the last word wherever msgspec raises or could differ:

* to decode, at map keys that are no text, at deep data, and where extension values of both sorts
  of headers are in one message, for msgspec hides the header,
* to encode, unless the data is of exactly those types that both write alike: msgspec would also
  write sets, enumerations and data classes, and datetimes in another form.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from gc import get_referents
from itertools import islice
from typing import Any, Final

from ..protocol_errors import DecodeError
from ..slices import ITEM, SLICE, Slices, finish
from .msgpack_reader import TOO_MANY, Ext, extension, unpackb, unpackb_in_slices
from .msgpack_writer import packb
from .plain import SCALARS, is_plain

Pack = Callable[[Any, int], bytes]
Unpack = Callable[[bytes, int, int], Any]
UnpackInSlices = Callable[[bytes, int, int], Slices[Any]]

_NOTHING = object()
_TEXT: Final[frozenset[type]] = frozenset((str,))
_VALUES = SLICE // ITEM
"""Values that are looked at in one slice."""
_AT_ONCE: Final = 512 * 1024
"""Bytes that msgspec may read in one slice."""

# The first bytes of extension values (MessagePack specification, "Formats") with a length, and
# of those whose first byte says it. They also stand within some texts and numbers.
_WITH_LENGTH: Final = bytes(range(0xC7, 0xCA))
_FIXED: Final = bytes(range(0xD4, 0xD9))
_FIXED_SIZES: Final = frozenset((1, 2, 4, 8, 16))
_CONTAINERS: Final[frozenset[type]] = frozenset((list, dict))
READ: Final[frozenset[type]] = SCALARS | {datetime, Ext}
"""Types of what is read that has no other values in it."""
# Those of arrays and maps.
_OPENING: Final = bytes((*range(0x80, 0xA0), *range(0xDC, 0xE0)))
# How many bytes follow the first byte of the other values: of their length, if they have one, and
# of all else.
_WIDTHS: Final[dict[int, tuple[int, int]]] = {
    **dict.fromkeys((*range(128), *range(224, 256), 192, 193, 194, 195), (0, 0)),
    **{first: (0, first - 0xA0) for first in range(0xA0, 0xC0)},
    0xC4: (1, 0),
    0xC5: (2, 0),
    0xC6: (4, 0),
    0xC7: (1, 1),
    0xC8: (2, 1),
    0xC9: (4, 1),
    0xD9: (1, 0),
    0xDA: (2, 0),
    0xDB: (4, 0),
    0xCA: (0, 4),
    0xCB: (0, 8),
    **{0xCC + power: (0, 1 << power) for power in range(4)},
    **{0xD0 + power: (0, 1 << power) for power in range(4)},
    **{0xD4 + power: (0, 1 + (1 << power)) for power in range(5)},
}


class _Ambiguous(Exception):
    """An extension value that only its header explains."""


def fast_pack() -> Pack:
    """Do what `packb` does by msgspec, where that is installed: 0.6 µs a chat message, not 4."""
    try:
        from msgspec.msgpack import Encoder
    except ImportError:
        return packb
    encode: Callable[[Any], bytes] = Encoder().encode

    def pack(value: Any, depth: int) -> bytes:
        try:
            if is_plain(value, depth) if value.__class__ is list else is_plain((value,), depth + 1):
                return encode(value)
        except Exception:  # whatever msgspec refuses, this project's own writer decides about
            pass
        return packb(value, depth)

    return pack


def fast_unpack() -> Unpack:
    """Do what `unpackb` does by msgspec, where that is installed: 1 µs a chat message, not 4."""
    try:
        decode = _any_decoder()
    except ImportError:
        return unpackb

    def unpack(data: bytes, depth: int, containers: int) -> Any:
        size = len(data)
        # What stands within texts and numbers counts here, so it may be too much.
        if size > containers and size - len(data.translate(None, _OPENING)) > containers:
            finish(_refuse_many(data, containers))
        try:
            value = decode(data)
            if is_plain((value,), depth + 1, READ):
                return value
        except Exception:  # whatever msgspec refuses, this project's own reader decides about
            pass
        return unpackb(data, depth, containers)

    return unpack


def fast_fields(*names: str) -> Callable[[bytes], Any] | None:
    """Return what reads a map with such keys alone, where msgspec is installed, else None.

    The function returns an object that has an attribute for each, None where the key is missing.
    It raises for all that is no such map, and in some cases more: then `unpackb` has to decide.
    Map keys inside, and how deep they are, were not looked at.
    """
    try:
        from msgspec import defstruct
    except ImportError:
        return None
    fields = [(name, Any, None) for name in names]
    return _any_decoder(defstruct("Fields", fields, forbid_unknown_fields=True, gc=False))


def fast_unpack_in_slices() -> UnpackInSlices:
    """Do what `fast_unpack` does, for much data: what C does of it takes some milliseconds.

    That is 7 ms for 512 KiB of short texts. What is larger, or has extension values, for which C
    calls Python, is left to `unpackb_in_slices`.
    """
    try:
        decode = _decoder(_refuse_extension)
    except ImportError:
        return unpackb_in_slices

    def unpack(data: bytes, depth: int, containers: int) -> Slices[Any]:
        size = len(data)
        if size <= _AT_ONCE:
            if size > containers and size - len(data.translate(None, _OPENING)) > containers:
                yield from _refuse_many(data, containers)
            value: Any = _NOTHING
            with suppress(Exception):  # as above
                value = decode(data)
            yield
            if value.__class__ in _CONTAINERS:
                if (yield from _plain_in_slices(value, depth)):
                    return value
            elif value is not _NOTHING:
                return value
        return (yield from unpackb_in_slices(data, depth, containers))

    return unpack


def _decoder(hook: Callable[[int, memoryview], Any], kind: Any = Any) -> Callable[[bytes], Any]:
    """Return what reads a value by msgspec, whose extension values `hook` makes."""
    from msgspec.msgpack import Decoder

    decode: Callable[[bytes], Any] = Decoder(kind, ext_hook=hook).decode
    return decode


def _any_decoder(kind: Any = Any) -> Callable[[bytes], Any]:
    """Return what reads a value by msgspec, and raises where it could differ."""
    decode = _decoder(_unambiguous, kind)
    decode_fixed = _decoder(lambda code, data: extension(code, bytes(data), fixed=True), kind)
    decode_with_length = _decoder(
        lambda code, data: extension(code, bytes(data), fixed=False), kind
    )

    def decode_any(data: bytes) -> Any:
        try:
            return decode(data)
        except _Ambiguous:
            pass
        size = len(data)
        if len(data.translate(None, _WITH_LENGTH)) == size:
            return decode_fixed(data)
        if len(data.translate(None, _FIXED)) == size:
            return decode_with_length(data)
        raise _Ambiguous

    return decode_any


def _refuse_extension(_: int, __: memoryview) -> Any:
    raise _Ambiguous


def _unambiguous(code: int, data: memoryview) -> Any:
    if code == 0 and len(data) in _FIXED_SIZES:
        raise _Ambiguous
    return extension(code, bytes(data), fixed=False)


def _refuse_many(data: bytes, containers: int) -> Slices[None]:
    """Raise `DecodeError` for more arrays and maps than `containers`, before they are made.

    Stops where the data is cut short.
    """
    at, size = 0, len(data)
    pause = _VALUES
    while at < size:
        pause -= 1
        if not pause:
            pause = _VALUES
            yield
        first = data[at]
        at += 1
        widths = _WIDTHS.get(first)
        if widths is None:
            containers -= 1
            if containers < 0:
                raise DecodeError(TOO_MANY)
            if first >= 0xDC:  # whose count of items has two bytes or four
                at += 4 if first & 1 else 2
        else:
            of_length, rest = widths
            if of_length:
                rest += int.from_bytes(data[at : at + of_length], "big")
            at += of_length + rest


def _plain_in_slices(container: Any, depth: int) -> Slices[bool]:
    # `_plain` of much data, a level at a time.
    level = [container]
    for _ in range(depth):
        inner: list[Any] = []
        few: list[Any] = []
        work = 0
        for each in level:
            if each.__class__ is dict and not {*map(type, each)} <= _TEXT:
                return False
            size = len(each)
            if size < _VALUES:
                few.append(each)
                work += 1 + size
                if work < _VALUES:
                    continue
            inner += _containers_in(get_referents(*few))
            few, work = [], 0
            yield
            if size >= _VALUES:
                left = iter(each.values() if each.__class__ is dict else each)
                while part := list(islice(left, _VALUES)):
                    inner += _containers_in(part)
                    yield
        inner += _containers_in(get_referents(*few))
        if not inner:
            return True
        level = inner
    return False


def _containers_in(items: list[Any]) -> list[Any]:
    return [item for item in items if item.__class__ in _CONTAINERS]
