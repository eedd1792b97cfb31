"""The socket below a stream of Tornado as a transport of asyncio."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from tornado.iostream import IOStream

ONE_READ = 1 << 30
"""Bytes that a read may return: whatever Tornado has buffered."""


def gives_its_socket(stream: IOStream) -> bool:
    """Tell whether `stream` is plain TCP, or a Unix socket: TLS has its state in the stream."""
    return type(stream) is IOStream


async def take_socket(stream: IOStream) -> tuple[asyncio.Transport, bytes]:
    """Return a transport in place of `stream`, and what `stream` has read already.

    Raises `OSError` where the client is gone. A stream lets its socket go only when it is closed,
    and closes it: so the transport gets a duplicate.
    """
    await stream.write(b"")  # which is done when all is written
    duplicate = cast(Any, stream.fileno()).dup()  # which is the socket itself
    try:
        reading: Any = stream.read_bytes(ONE_READ, partial=True)
        early: bytes = reading.result() if reading.done() else b""
        stream.close()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, duplicate)
    except BaseException:
        duplicate.close()
        raise
    return transport, early
