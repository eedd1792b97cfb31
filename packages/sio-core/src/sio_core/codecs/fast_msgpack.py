"""MessagePack with the optional package msgspec: what `unpackb` makes, in less time.

`fast_unpack` keeps one rule: every value and every refusal is that of `msgpack.unpackb`,
which has the last word wherever msgspec raises or could differ: at extension types, whose
header msgspec hides, at map keys that are no text, and at deep data.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from gc import get_referents
from itertools import islice
from typing import Any, Final

from ..protocol_errors import DecodeError
from ..slices import ITEM, SLICE, Slices, finish
from .msgpack_reader import TOO_MANY, unpackb, unpackb_in_slices

Unpack = Callable[[bytes, int, int], Any]
UnpackInSlices = Callable[[bytes, int, int], Slices[Any]]

_NOTHING = object()
_TEXT: Final[frozenset[type]] = frozenset((str,))
_VALUES = SLICE // ITEM
"""Values that are looked at in one slice."""

# The first bytes of extension values (MessagePack specification, "Formats"). They also stand
# within some texts and numbers: those take longer, no more.
_EXTENSIONS: Final = bytes((*range(0xC7, 0xCA), *range(0xD4, 0xD9)))
_CONTAINERS: Final[frozenset[type]] = frozenset((list, dict))
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
    0xD9: (1, 0),
    0xDA: (2, 0),
    0xDB: (4, 0),
    0xCA: (0, 4),
    0xCB: (0, 8),
    **{0xCC + power: (0, 1 << power) for power in range(4)},
    **{0xD0 + power: (0, 1 << power) for power in range(4)},
}


def fast_unpack() -> Unpack:
    """Do what `unpackb` does by msgspec, where that is installed: 2 µs a chat message, not 16."""
    try:
        from msgspec.msgpack import Decoder
    except ImportError:
        return unpackb
    decode: Callable[[bytes], Any] = Decoder().decode

    def unpack(data: bytes, depth: int, containers: int) -> Any:
        size = len(data)
        if len(data.translate(None, _EXTENSIONS)) < size:
            return unpackb(data, depth, containers)
        # What stands within texts and numbers counts here, so it may be too much.
        if size > containers and size - len(data.translate(None, _OPENING)) > containers:
            finish(_refuse_many(data, containers))
        try:
            value = decode(data)
            if value.__class__ not in _CONTAINERS or _plain(value, depth):
                return value
        except Exception:  # whatever msgspec refuses, this project's own reader decides about
            pass
        return unpackb(data, depth, containers)

    return unpack


def fast_unpack_in_slices() -> UnpackInSlices:
    """Do what `fast_unpack` does, for much data: what C does of it takes some milliseconds."""
    try:
        from msgspec.msgpack import Decoder
    except ImportError:
        return unpackb_in_slices
    decode: Callable[[bytes], Any] = Decoder().decode

    def unpack(data: bytes, depth: int, containers: int) -> Slices[Any]:
        size = len(data)
        if len(data.translate(None, _EXTENSIONS)) == size:
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


def _refuse_many(data: bytes, containers: int) -> Slices[None]:
    """Raise `DecodeError` for more arrays and maps than `containers`, before they are made.

    Stops where the data is cut short. There are no extension values in it.
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
            at += of_length + rest
            if of_length:
                at += int.from_bytes(data[at - of_length : at], "big")


def _plain(container: Any, depth: int) -> bool:
    # True when all keys are texts, and arrays and maps nest no more than `depth` levels.
    if depth <= 0:
        return False
    items = container
    if container.__class__ is dict:
        for key in container:
            if key.__class__ is not str:
                return False
        items = container.values()
    for item in items:
        if item.__class__ in _CONTAINERS and not _plain(item, depth - 1):
            return False
    return True


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
