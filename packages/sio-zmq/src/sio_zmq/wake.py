"""Wakes the thread or greenlet that waits in a selector."""

from __future__ import annotations

import contextlib
import socket


class Wake:
    """A pair of sockets: `file` can be read once `set` was called, by any thread."""

    def __init__(self) -> None:
        self.file, self._set = socket.socketpair()
        self.file.setblocking(False)
        self._set.setblocking(False)

    def set(self) -> None:
        """End a wait, or the next one."""
        with contextlib.suppress(OSError):  # it is set already, or closed
            self._set.send(b"\0")

    def clear(self) -> None:
        """Have the next wait wait."""
        with contextlib.suppress(OSError):
            self.file.recv(4096)

    def close(self) -> None:
        """Close both sockets."""
        self.file.close()
        self._set.close()
