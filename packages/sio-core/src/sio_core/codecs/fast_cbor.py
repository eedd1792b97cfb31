"""CBOR that the library may read without a walk over its items before.

Newer versions of cbor2 can be told to stop at what `cbor_items.check` refuses. They still read
more: `undefined`, other simple values, tags of no meaning, keys of any type. So who calls this
looks at the types of what came, and leaves all but plain data to `check`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

# Tags that the library makes something of (its documentation, "Tag support"). Those that `check`
# allows are among them: the library reads more than dates as a date.
_TAGS: Final = (
    *range(6),
    *range(25, 38),
    *(52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799),
)
LARGEST: Final = 65_536
"""Bytes of a frame that is read in one slice: some milliseconds."""

_MARK: Final = bytes(range(0xF0, 0x100))
_END: Final = b"\x50" + _MARK
"""The mark as an item. No text holds these bytes."""


def fast_loads(loads: Callable[..., Any], deepest: int) -> Callable[[bytes], Any] | None:
    """Return what reads CBOR by `loads` of cbor2; None if that is too old.

    The function raises for the tags that the library knows and for indefinite lengths, for what is
    broken or goes on behind the value, and for nesting of more than `deepest` levels.
    """
    decoders = dict.fromkeys(_TAGS, _refuse)

    def read(data: bytes) -> Any:
        # The library does not tell where the value ended, so it reads an array of the frame and
        # of an end, which must come as it is. What stands in the frame cannot be taken for it, nor
        # what begins in the frame and goes on in the end: the head of the end would be one of the
        # bytes, or of a length, which is too long then.
        if b"\xff" in data and _MARK in data:  # a byte is found in a tenth of the time
            raise ValueError
        value, found = loads(
            b"\x82" + data + _END,
            max_depth=deepest + 1,
            allow_indefinite=False,
            semantic_decoders=decoders,
        )
        if found != _MARK:
            raise ValueError
        return value

    try:
        read(b"\x00")
    except TypeError:
        return None
    return read


def _refuse(_: object, __: bool) -> Any:
    raise ValueError
