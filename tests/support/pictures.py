"""Pictures made on the spot, so that no binary file is kept for tests."""

import random
import struct
import zlib


def png(width: int, height: int, *, noise: bool = False) -> bytes:
    """Make a PNG of one colour, or of noise that cannot be compressed."""
    row = b"\x1c\x6b\x57" * width
    source = random.Random(1)
    rows = b"".join(b"\0" + (source.randbytes(3 * width) if noise else row) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check
