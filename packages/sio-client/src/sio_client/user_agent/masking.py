"""The fastest way at hand to mask a client's frames (RFC 6455, section 5.3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from sio_core.websocket import unmask


@cache  # Python searches anew at each import of a module that is missing
def fastest_mask() -> Callable[[bytes, bytes], bytes | bytearray]:
    """That of the library websockets where its C code is installed, else that of sio-core."""
    try:
        from websockets.speedups import apply_mask
    except ImportError:
        return unmask
    return apply_mask
