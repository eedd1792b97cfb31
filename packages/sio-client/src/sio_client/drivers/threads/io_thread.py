"""The thread for all the I/O of one blocking client: it sleeps in a selector until it is rung.

It begins with a connection and ends with the last.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

LONGEST_PAUSE = 3600.0
"""Seconds after which the thread looks again, with nothing due."""


class ThreadWork(Protocol):
    """A `ThreadWork` is what the thread for I/O does; it calls these in turn."""

    def prepare(self) -> float | None:
        """Do what is due. Returns how many seconds the thread may sleep; None: it is to end."""
        ...

    def act(self, ready: Sequence[tuple[selectors.SelectorKey, int]]) -> None:
        """Act on the sockets that are ready, and on what became due meanwhile."""
        ...

    def fail(self, error: Exception) -> None:
        """End everything, because of an error in this package."""
        ...


class IOThread:
    """An `IOThread` runs the thread for the I/O of one client, and wakes it.

    `idle` is set while there is no such thread, and nothing is under way.
    What `selector` has as data is to be called, with the lock held, when a socket is ready.
    """

    def __init__(self, work: ThreadWork) -> None:
        self.idle = threading.Event()
        self.idle.set()
        self.selector: selectors.BaseSelector
        self.rung = False
        """Whether the thread will wake soon. Look at it with the lock held."""
        self._work = work
        self._running: threading.Thread | None = None
        self._unstarted: threading.Thread | None = None
        self._launching = threading.Lock()
        self._ident = 0
        self._bell: socket.socket | None = None
        self._receiver: socket.socket
        self.posts: deque[Callable[[], None]] = deque()
        """The calls that the thread is to make, with the lock held."""

    # Any thread -----------------------------------------------------------------

    def stand_by(self) -> None:
        """Have a thread ready. Call it with the lock held, then `launch` without it."""
        if not self.idle.is_set():
            return
        receiver, self._bell = socket.socketpair()
        self.idle.clear()
        self.rung = False
        self.posts.clear()  # those calls were for the thread before
        receiver.setblocking(False)
        self._bell.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(receiver, selectors.EVENT_READ, partial(self._heard, receiver))
        self._receiver = receiver
        self._running = self._unstarted = threading.Thread(
            target=self._main, name="sio-client-io", daemon=True
        )

    def launch(self) -> None:
        """Start the thread if it does not run yet. It begins with taking the lock."""
        with self._launching:
            thread = self._unstarted
            if thread is None or thread.ident is not None:
                return
            try:
                thread.start()
            except RuntimeError as error:  # there are too many threads
                self._work.fail(error)
                self._running = self._unstarted = None
                self.selector.close()
                self._receiver.close()
                raise

    @property
    def awake(self) -> bool:
        """True if the thread looks at what is due before it sleeps. Call it with the lock held."""
        return self.rung or self._unstarted is not None or threading.get_ident() == self._ident

    @property
    def launched(self) -> bool:
        """False while a thread stands by and is to be launched."""
        return self._unstarted is None

    @property
    def is_current(self) -> bool:
        """True if it is the thread that asks."""
        return threading.get_ident() == self._ident

    def wait_idle(self, seconds: float) -> None:
        """Wait until the thread has nothing to do and has ended, at most `seconds`."""
        deadline = time.monotonic() + seconds
        running = self._running
        if self.idle.wait(max(0.0, seconds)) and running is not None:
            running.join(max(0.0, deadline - time.monotonic()))

    def ring(self) -> None:
        """Wake the thread; safe anywhere, even in a signal handler."""
        bell = self._bell
        if bell is not None:
            # A full buffer wakes the thread as well; the thread of a closed one has ended.
            with contextlib.suppress(OSError):
                bell.send(b"\0")

    def post(self, call: Callable[[], None]) -> None:
        """Have the thread make a call, with the lock held; safe in a signal handler."""
        self.posts.append(call)
        self.ring()

    # The thread, with the lock held -----------------------------------------------

    def finish(self) -> None:
        """Set `idle`: the thread has nothing to do any more."""
        bell, self._bell = self._bell, None
        if bell is not None:
            bell.close()
        self.rung = False
        self._ident = 0
        self.idle.set()

    def _main(self) -> None:
        self._ident = threading.get_ident()
        self._unstarted = None
        selector, receiver, work = self.selector, self._receiver, self._work
        try:
            while (pause := work.prepare()) is not None:
                # No selector takes a time without end, and some none of weeks.
                work.act(selector.select(min(pause, LONGEST_PAUSE)))
        except Exception as error:
            work.fail(error)
        selector.close()
        receiver.close()

    def _heard(self, receiver: socket.socket, mask: int) -> None:
        self.rung = False
        with contextlib.suppress(BlockingIOError):
            receiver.recv(4096)
