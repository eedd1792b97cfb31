"""A long CBOR value, decoded in slices: what a library makes of the whole, part by part.

A part is a row of whole items that stand next to each other in one array or map. With the head
of an array before it the library decodes it as a value of its own. Only the arrays and maps that
are open where a slice ends are made here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..protocol_errors import DecodeError
from ..slices import SLICE, Slices
from .cbor_items import NULL, Level, items, opened

if TYPE_CHECKING:
    from ..limits import Limits

_STEP = SLICE // 4
"""Bytes of one slice: each may be an item, over which Python walks."""


def read_in_slices(data: bytes, limits: Limits, loads: Callable[[bytes], Any]) -> Slices[Any]:
    """Return the value of `data`, of which `loads` decodes the parts.

    Raises `DecodeError` where `check` does, and for what `loads` refuses.
    """
    reader = _Reader(data, loads)
    size = len(data)
    outer: list[Level] = []
    stop = min(_STEP, size)
    walk = items(data, limits, outer, reader.undefined, stop)
    try:
        at, left, is_map = next(walk)
        while True:
            if left:
                reader.read(at, [*outer, (left, is_map, at)])
                yield
                stop = min(at + _STEP, size)
            else:
                reader.end(at, outer)
            at, left, is_map = walk.send((stop, reader.level))
    except StopIteration:
        return reader.finish()
    except IndexError:
        raise DecodeError("CBOR value is cut short") from None


class _Open:
    """An array or map that is made here."""

    __slots__ = ("at", "container", "key", "left")

    def __init__(self, container: Any, left: int, at: int) -> None:
        self.container = container
        self.left = left  # items that were not decoded yet,
        self.at = at  # and where they begin
        self.key: list[Any] = []  # of the value that is next

    def add(self, values: list[Any]) -> None:
        """Put values into an array, or keys and values into a map."""
        if self.container.__class__ is list:
            self.container += values
            return
        row = self.key + values
        self.key = [row.pop()] if len(row) & 1 else []
        pairs = iter(row)
        self.container.update(zip(pairs, pairs, strict=True))


class _Reader:
    """Makes the value of `data` from the parts between the places that `items` pauses at."""

    __slots__ = ("_data", "_failed", "_loads", "_open", "_plain", "undefined")

    def __init__(self, data: bytes, loads: Callable[[bytes], Any]) -> None:
        self._data = data
        self._plain = bytearray(data)
        """The data with `undefined` written as null."""
        self._loads = loads
        self._failed = False
        # Around the value is an array of one item.
        self._open = [_Open([], 1, 0)]
        self.undefined: list[int] = []
        """Where `undefined` is in the next part."""

    @property
    def level(self) -> int:
        """Return how many arrays and maps are open here."""
        return len(self._open) - 1

    def read(self, at: int, levels: list[Level]) -> None:
        """Decode what is complete before `at`, where `levels` are open."""
        for level in range(self.level, len(levels) - 1):
            left, _, start = levels[level]
            self._decode(left + 1, start)
            around = self._open[-1]
            around.left -= 1
            container: Any = {} if levels[level + 1][1] else []
            if not self._failed:
                around.add([container])
            self._open.append(_Open(container, *opened(self._data, start)))
        self._decode(levels[-1][0], at)

    def end(self, at: int, outer: list[Level]) -> None:
        """Decode the rest of the innermost array or map, which ends at `at`."""
        self._decode(0, at)
        self._open.pop()
        self._open[-1].at = at

    def finish(self) -> Any:
        """Return the value, of which all was walked over."""
        self._decode(0, len(self._data))
        if self._failed:
            raise DecodeError("invalid CBOR") from None
        return self._open[0].container[0]

    def _decode(self, left: int, end: int) -> None:
        """Decode the next items of the innermost array or map but `left`; they end at `end`."""
        for at in self.undefined:
            self._plain[at] = NULL
        self.undefined.clear()
        inner = self._open[-1]
        count = inner.left - left
        if count and not self._failed:
            head = b"\x9a" + count.to_bytes(4, "big")
            try:
                inner.add(self._loads(head + self._plain[inner.at : end]))
            except Exception:  # the library decides what comes
                # What is behind it may break a rule, which is then the error.
                self._failed = True
        inner.left, inner.at = left, end
