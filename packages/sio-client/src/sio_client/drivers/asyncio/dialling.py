"""Connects a socket to the first of several addresses that answers, under asyncio.

The loop's own way to do so loses sockets when it is cancelled. Here every socket
belongs to somebody at any time: it becomes the caller's or is closed.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Iterable

from ..address_order import STAGGER, Address, Addresses, closed_unless_connected
from .taskless import Taskless


async def dial(
    loop: asyncio.AbstractEventLoop, host: str, port: int, known: Addresses
) -> socket.socket:
    """A connected socket, which is the caller's. Raises `OSError` when no address answers.

    A name that is not `known` is looked up, and is known from then on.
    """
    addresses = known.get(host, port)
    if addresses is None:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = known.keep(host, port, (Address(item[0], item[4]) for item in found))
    if not addresses:
        raise OSError("the name has no addresses")
    if len(addresses) == 1:
        return await _connect(loop, addresses[0])
    race = AddressRace(loop, addresses)
    try:
        sock = await race.winner
    except BaseException:
        race.close()
        raise
    known.answered(host, port, sock)
    return sock


async def _connect(loop: asyncio.AbstractEventLoop, target: Address) -> socket.socket:
    with closed_unless_connected(target) as sock:
        await loop.sock_connect(sock, target.address)
    return sock


class AddressRace:
    """An `AddressRace` connects to the first of several addresses that answers (RFC 8305).

    It tries the next one when one fails, and beside those that keep it waiting.
    `winner` gives the socket, or raises what the last attempt to fail raised.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, addresses: Iterable[Address]) -> None:
        self.winner: asyncio.Future[socket.socket] = loop.create_future()
        self._loop = loop
        self._left = deque(addresses)
        self._running: set[Taskless[socket.socket]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._try_next()

    def close(self) -> None:
        """Give up: close every socket, that of the winner as well."""
        self._stop()
        winner = self.winner
        if winner.done() and not winner.cancelled() and winner.exception() is None:
            winner.result().close()
        winner.cancel()

    def _try_next(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._left:
            return
        attempt = Taskless(self._loop, _connect(self._loop, self._left.popleft()), self._ended)
        self._running.add(attempt)
        attempt.start()
        if self._left:
            self._timer = self._loop.call_later(STAGGER, self._try_next)

    def _ended(
        self,
        attempt: Taskless[socket.socket],
        sock: socket.socket | None,
        error: BaseException | None,
    ) -> None:
        self._running.discard(attempt)
        if self.winner.done():
            if sock is not None:
                sock.close()
        elif sock is not None:
            self.winner.set_result(sock)
            self._stop()
        elif self._left:
            self._try_next()
        elif not self._running:
            assert error is not None, "an attempt without a socket has failed"
            self.winner.set_exception(error)

    def _stop(self) -> None:
        self._left.clear()
        if self._timer is not None:
            self._timer.cancel()
        for attempt in self._running:
            attempt.cancel()
