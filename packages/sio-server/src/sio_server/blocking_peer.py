"""What the blocking driver keeps about one client, and about one poll that waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from .concurrency import Concurrency, Flag, Lock
from .environs import EnvironKeeper, EnvironSource


class Poll:
    """A polling request that is suspended, as the driver of its exchange."""

    __slots__ = ("_gone", "_lost", "_ready", "wake")

    def __init__(self, ready: Flag, gone: Callable[[], bool]) -> None:
        self._ready = ready
        self._gone = gone
        self._lost = False
        self.wake = ready.set
        """The exchange can go on."""

    def claim(self) -> bool:
        """There is nothing to take: whoever waits for the poll does that."""
        return True

    def flush(self) -> None:
        """The same as `wake`."""
        self._ready.set()

    def look(self) -> None:
        """End the waiting if the client is gone."""
        if not self._ready.is_set() and self._gone():
            self._lost = True
            self._ready.set()

    def wait(self) -> bool:
        """Wait for `wake`. Returns false if the client was gone first."""
        self._ready.wait()
        return not self._lost


class BlockingPeer(EnvironKeeper):
    """The driver's side of one session.

    `environ` is one dictionary for the life of the connection, made when it
    is first asked for. While `limit` or more of the client's events are being
    handled or wait for it, whoever reads from it waits in `room`. `queue` are
    the handlers that wait for their turn where they run in order, and `busy`
    says that somebody is running them.
    """

    __slots__ = ("_lock", "_new_flag", "_room", "busy", "limit", "pending", "queue", "thirsty")

    def __init__(
        self, source: EnvironSource, limit: int, concurrency: Concurrency, lock: Lock
    ) -> None:
        super().__init__(source)
        self.pending = 0
        self.limit = limit
        self.queue: deque[Callable[[], None]] | None = None
        self.busy = False
        self._lock = lock
        self._new_flag = concurrency.event
        self._room: Flag | None = None
        self.thirsty: Flag | None = None

    def begun(self) -> None:
        """One more event of the client is being handled."""
        with self._lock:
            self.pending += 1

    def ended(self) -> None:
        """One event of the client was handled."""
        with self._lock:
            room = self.leave()
        if room is not None:
            room.set()

    def leave(self) -> Flag | None:
        """`ended` with the driver's lock held. Returns what is to be set after that."""
        self.pending -= 1
        if self._room is None or self.pending >= self.limit:
            return None
        room, self._room = self._room, None
        return room

    def room(self) -> None:
        """Wait until less than `limit` events are being handled."""
        while self.pending >= self.limit:
            with self._lock:
                if self.pending < self.limit:
                    return
                if self._room is None:
                    self._room = self._new_flag()
                room = self._room
            room.wait()

    def take_turn(self, work: Callable[[], None]) -> bool:
        """Queue `work`. Returns true if the caller is the one to run the queue now."""
        with self._lock:
            if self.queue is None:
                self.queue = deque()
            self.queue.append(work)
            if self.busy:
                return False
            self.busy = True
            return True

    def next_turn(self) -> Callable[[], None] | None:
        """The next of the queue, or None: then nobody runs it any more."""
        with self._lock:
            if self.queue:
                return self.queue.popleft()
            self.busy = False
            return None

    def drained(self) -> None:
        """Output of the client was taken, or it is over."""
        if self.thirsty is None:
            return
        with self._lock:
            thirsty, self.thirsty = self.thirsty, None
        if thirsty is not None:
            thirsty.set()

    def drain(self, congested: Callable[[], bool]) -> None:
        """Wait until the output is no longer `congested()`."""
        while True:
            with self._lock:
                if not congested():
                    return
                if self.thirsty is None:
                    self.thirsty = self._new_flag()
                thirsty = self.thirsty
            thirsty.wait()
