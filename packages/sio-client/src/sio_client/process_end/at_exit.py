"""The end of the interpreter: clients that are connected say goodbye, in a moment or not at all."""

from __future__ import annotations

import atexit
import os
import time
from weakref import WeakSet

from ..attempts import time_limits
from .ctrl_c import Interruptible


class AtExit:
    """An `AtExit` disconnects the connected clients when the interpreter ends."""

    def __init__(self) -> None:
        self._clients: WeakSet[Interruptible] = WeakSet()
        self._process = 0

    def add(self, client: Interruptible) -> None:
        """Have `client` say goodbye at the end."""
        if self._process != os.getpid():
            # In a forked child the parent's clients must not say goodbye.
            self._process = os.getpid()
            self._clients = WeakSet()
            atexit.unregister(self._leave)
            atexit.register(self._leave)
        self._clients.add(client)

    def discard(self, client: Interruptible) -> None:
        """The client has ended."""
        self._clients.discard(client)

    def _leave(self) -> None:
        if self._process != os.getpid():
            return
        ends = [end for client in list(self._clients) if (end := client.interrupt()) is not None]
        deadline = time.monotonic() + time_limits.PROCESS_END
        for end in ends:
            end.wait(max(0.0, deadline - time.monotonic()))


AT_EXIT = AtExit()
