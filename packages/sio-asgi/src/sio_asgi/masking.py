"""The fastest way at hand to take the mask off a client's frame (RFC 6455, section 5.3)."""

from __future__ import annotations

from collections.abc import Callable

from sio_core.websocket import unmask

fastest_unmask: Callable[[bytes, bytes], bytes | bytearray] = unmask
"""That of the library websockets where its C code is installed: 0.3 µs for 1 KiB, not 2.9."""

try:
    from websockets.speedups import apply_mask
except ImportError:
    pass
else:
    fastest_unmask = apply_mask
