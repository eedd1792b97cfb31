"""Connects a socket under asyncio to the first of several addresses that answers.

`create_connection` can do so too, but loses a socket when it is cancelled in the
moment in which that is connected.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque

from .dialling import STAGGER
from .resolving import Address, alternate, literal


async def dial(loop: asyncio.AbstractEventLoop, host: str, port: int) -> socket.socket:
    """Return a connected socket, which is the caller's.

    Each address is tried alone for a moment, then beside the next (RFC 8305,
    section 5). Raises `OSError` when none answers. Cancelled, it leaves nothing open.
    """
    left = deque(await _addresses(loop, host, port))
    trying: set[asyncio.Task[socket.socket]] = set()
    error: BaseException | None = None
    try:
        while left or trying:
            if left:
                trying.add(loop.create_task(_connect(loop, left.popleft())))
            done, _ = await asyncio.wait(
                trying,
                timeout=STAGGER if left else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                error = task.exception()
                if error is None:
                    trying.discard(task)
                    return task.result()
            trying -= done
    finally:
        for task in trying:
            task.add_done_callback(_close)
            task.cancel()
    raise error or OSError("the name has no addresses")


async def _addresses(loop: asyncio.AbstractEventLoop, host: str, port: int) -> list[Address]:
    known = literal(host, port)
    if known is not None:
        return [known]
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return alternate(Address(item[0], item[4]) for item in found)


async def _connect(loop: asyncio.AbstractEventLoop, target: Address) -> socket.socket:
    sock = socket.socket(target.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, target.address)
    except BaseException:
        sock.close()
        raise
    return sock


def _close(task: asyncio.Task[socket.socket]) -> None:
    """Close what came of an attempt that is no longer wanted."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()
