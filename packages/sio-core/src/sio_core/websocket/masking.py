"""The fastest way at hand to mask a frame, and to take a mask off (RFC 6455, section 5.3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from .reader import unmask


@cache  # Python searches anew at each import of a module that is missing
def fastest_mask() -> Callable[[bytes, bytes], bytes | bytearray]:
    """Return `apply_mask` of the library websockets where its C code is installed, else `unmask`.

    For a payload of 1 KiB the first takes 0.3 µs, the second 2.9.
    """
    try:
        from websockets.speedups import apply_mask
    except ImportError:
        return unmask
    return apply_mask
