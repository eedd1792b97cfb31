"""From a host to a connected socket, in the driver's thread and without waiting.

A name is looked up, and the first of its addresses that answers is connected to. The next address
is tried when one fails, and beside those that have not answered yet after a moment (RFC 8305,
section 5).
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial

from ...user_agent.orders import OpenPipe
from ..address_order import STAGGER, Address, Addresses, closed_unless_connected
from .io_thread import IOThread

_UNDER_WAY = frozenset((0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR))


class AddressRace:
    """An `AddressRace` connects sockets to several addresses; `next_at` is when to try the next.

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
            with closed_unless_connected(target) as sock:
                code = sock.connect_ex(target.address)
                if code not in _UNDER_WAY:
                    raise OSError(code, os.strerror(code))
                return sock
        except OSError as error:
            self.error = error
            return None

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


def resolve(
    host: str, port: int, report: Callable[[list[Address], Exception | None], None]
) -> None:
    """Look a name up in a thread of its own, which calls `report` with what came of it.

    The lookup cannot be ended: a caller that needs it no longer ignores the report.
    """

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            report([], error)
        else:
            report([Address(item[0], item[4]) for item in found], None)

    try:
        threading.Thread(target=look_up, name="sio-client-resolver", daemon=True).start()
    except RuntimeError as error:  # there are too many threads
        report([], error)


class Connecting:
    """A `Connecting` looks a name up and tries its addresses.

    Then it calls `connected` or `failed`, once.
    `deadline` is when `go_on` is to be called. Call everything in `thread`.
    """

    def __init__(
        self,
        order: OpenPipe,
        addresses: Addresses,
        thread: IOThread,
        connected: Callable[[socket.socket], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._order = order
        self._addresses = addresses
        self._thread = thread
        self._connected = connected
        self._failed = failed
        self._race: AddressRace | None = None
        self._begun = False
        self._over = False

    @property
    def deadline(self) -> float | None:
        """When the next address is to be tried beside those that have not answered."""
        return None if self._race is None else self._race.next_at

    def go_on(self, now: float) -> None:
        """Begin, if that has not been done yet, or try another address, if it is time."""
        race = self._race
        if not self._begun:
            self._begin()
        elif race is not None and race.next_at is not None and race.next_at <= now:
            race.try_next(now)
            self._follow(race)

    def _begin(self) -> None:
        """Try the addresses of the host, which is looked up unless it is known."""
        self._begun = True
        order = self._order
        known = self._addresses.get(order.host, order.port)
        if known is not None:
            self._begin_race(known)
            return

        def report(addresses: list[Address], error: Exception | None) -> None:
            self._thread.post(partial(self._found, addresses, error))

        resolve(order.host, order.port, report)

    def give_up(self) -> None:
        """Close the sockets that are being connected."""
        self._over = True
        race, self._race = self._race, None
        for sock in () if race is None else race.close():
            self._thread.selector.unregister(sock)
            sock.close()

    def _found(self, addresses: list[Address], error: Exception | None) -> None:
        if self._over:
            return
        if error is not None:
            self._failed(error)
        else:
            order = self._order
            self._begin_race(self._addresses.keep(order.host, order.port, addresses))

    def _begin_race(self, addresses: list[Address]) -> None:
        race = self._race = AddressRace(addresses)
        race.try_next(time.monotonic())
        self._follow(race)

    def _follow(self, race: AddressRace) -> None:
        """Watch what the race waits for."""
        selector = self._thread.selector
        for sock in race.waiting:
            if sock.fileno() not in selector.get_map():
                selector.register(sock, selectors.EVENT_WRITE, partial(self._answered, sock))
        if race.failed:
            self._failed(race.error or OSError("the name has no addresses"))

    def _answered(self, sock: socket.socket, mask: int) -> None:
        race = self._race
        if race is None or sock not in race.waiting:
            return  # another pipe's data closed this one in the same moment
        self._thread.selector.unregister(sock)
        if not race.answered(sock, time.monotonic()):
            self._follow(race)
            return
        self.give_up()
        self._addresses.answered(self._order.host, self._order.port, sock)
        self._connected(sock)
