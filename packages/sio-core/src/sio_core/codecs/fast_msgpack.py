"""MessagePack with the optional package msgspec: what `unpackb` makes, in less time.

`fast_unpack` keeps one rule: every value and every refusal is that of `msgpack.unpackb`,
which has the last word wherever msgspec raises or could differ: at extension types, whose
header msgspec hides, at map keys that are no text, and at deep data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ..protocol_errors import DecodeError
from .msgpack_reader import TOO_MANY, unpackb

Unpack = Callable[[bytes, int, int], Any]

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
            _refuse_many(data, containers)
        try:
            value = decode(data)
            if value.__class__ not in _CONTAINERS or _plain(value, depth):
                return value
        except Exception:  # whatever msgspec refuses, this project's own reader decides about
            pass
        return unpackb(data, depth, containers)

    return unpack


def _refuse_many(data: bytes, containers: int) -> None:
    """Raise `DecodeError` for more arrays and maps than `containers`, before they are made.

    Stops where the data is cut short. There are no extension values in it.
    """
    at, size = 0, len(data)
    while at < size:
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
