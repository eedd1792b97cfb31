"""The fastest way at hand to mask a client's frames (RFC 6455, section 5.3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from sio_core.websocket import unmask


@cache  # Python searches anew at each import of a module that is missing
def fastest_mask() -> Callable[[bytes, bytes], bytes | bytearray]:
    """Return the function of the library websockets if its C code is installed, else sio-core's."""
    try:
        from websockets.speedups import apply_mask
    except ImportError:
        return unmask
    return apply_mask
