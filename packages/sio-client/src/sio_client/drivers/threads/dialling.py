"""Connects a socket to the first of several addresses that answers.

The next address is tried when one fails, and beside those that have not answered
yet after a moment (RFC 8305, section 5).
"""

from __future__ import annotations

import errno
import os
import socket
from collections import deque
from collections.abc import Iterable

from ..address_order import STAGGER, Address, new_socket

_UNDER_WAY = frozenset((0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR))


class AddressRace:
    """The sockets that are being connected; `next_at` is when `try_next` is to be called.

    Wait until one of `waiting` is writable, then call `answered` with it.
    """

    def __init__(self, addresses: Iterable[Address]) -> None:
        self.waiting: list[socket.socket] = []
        self.next_at: float | None = None
        self.error: Exception | None = None
        self._left = deque(addresses)

    @property
    def failed(self) -> bool:
        """True once no address is left."""
        return not self.waiting and not self._left

    def try_next(self, now: float) -> None:
        """Begin with the next address."""
        while self._left:
            target = self._left.popleft()
            begun = self._connect(target)
            if begun is not None:
                self.waiting.append(begun)
                break
        self.next_at = now + STAGGER if self._left else None

    def _connect(self, target: Address) -> socket.socket | None:
        try:
            sock = new_socket(target)
        except OSError as error:
            self.error = error
            return None
        try:
            code = sock.connect_ex(target.address)
            if code not in _UNDER_WAY:
                raise OSError(code, os.strerror(code))
        except OSError as error:
            self.error = error
            sock.close()
            return None
        return sock

    def answered(self, sock: socket.socket, now: float) -> bool:
        """See what became of a socket. Returns true if it is connected, and is the caller's."""
        self.waiting.remove(sock)
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code == 0:
            return True
        self.error = OSError(code, os.strerror(code))
        sock.close()
        self.try_next(now)
        return False

    def close(self) -> list[socket.socket]:
        """Give up. Returns the sockets that are to be closed."""
        self._left.clear()
        self.next_at = None
        waiting, self.waiting = self.waiting, []
        return waiting
