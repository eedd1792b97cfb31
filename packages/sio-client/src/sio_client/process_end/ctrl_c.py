"""Ctrl-C: clients that are connected say goodbye before the program is interrupted.

One handler for the process, there while a client asks for it, in front of the one
that was there. Python has handlers changed by the main thread alone: one whose last
client has ended elsewhere stays until that thread uses a client, or drops its last
reference to one, and only calls the other until then.
"""

from __future__ import annotations

import inspect
import os
import signal
import threading
import time
from types import FrameType
from typing import Any, Protocol
from weakref import ref

from ..attempts import time_limits

STEP = 0.005


class Interruptible(Protocol):
    """An `Interruptible` is a client, as a signal handler sees it."""

    def interrupt(self) -> threading.Event | None:
        """Have the client disconnect. Returns what is set once it has; None: do not wait."""
        ...


class CtrlC:
    """A `CtrlC` handles SIGINT for all clients of the process."""

    def __init__(self) -> None:
        # No WeakSet: other threads may leave while it is read. What is done to a dict is atomic.
        self._clients: dict[int, ref[Interruptible]] = {}
        self._previous: Any = None
        self._installed = False

    def add(self, client: Interruptible) -> None:
        """Have `client` say goodbye; only from the main thread, elsewhere nothing happens."""
        if threading.current_thread() is not threading.main_thread():
            return
        key = id(client)
        self._clients[key] = ref(client, lambda gone: self._forget(key, gone))
        if not self._installed:
            previous = signal.getsignal(signal.SIGINT)
            if previous in (None, signal.SIG_IGN):
                return  # the handler is not Python's own, or SIGINT is ignored
            self._previous = previous
            signal.signal(signal.SIGINT, self._interrupted)
            self._installed = True

    def discard(self, client: Interruptible) -> None:
        """The client has ended."""
        self._clients.pop(id(client), None)
        self._restore()

    def _forget(self, key: int, gone: ref[Interruptible]) -> None:
        if self._clients.get(key) is gone:
            del self._clients[key]
        self._restore()

    def _restore(self) -> None:
        """Put back the handler that was there if no client needs ours and this thread may."""
        main = threading.current_thread() is threading.main_thread()
        # A handler that was installed after ours may call ours, which then has to stay.
        if (
            main
            and self._installed
            and not self._clients
            and signal.getsignal(signal.SIGINT) == self._interrupted
        ):
            self._installed = False
            signal.signal(signal.SIGINT, self._previous)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        clients = [client for known in list(self._clients.values()) if (client := known())]
        self._clients.clear()
        ends = [end for client in clients if (end := client.interrupt()) is not None]
        # Where threads are greenlets this may be the loop that runs them all.
        if inspect.isbuiltin(time.sleep):
            deadline = time.monotonic() + time_limits.CTRL_C
            # Not `end.wait`: what was interrupted may have been that very call, with its lock.
            while not all(end.is_set() for end in ends) and time.monotonic() < deadline:
                time.sleep(STEP)
        self._restore()
        if callable(self._previous):
            self._previous(number, frame)
        else:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)


CTRL_C = CtrlC()
