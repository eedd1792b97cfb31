"""The end of a web server: its clients are told once, whether a signal or the web server asks.

The web server goes on listening for a moment after a signal, and a client that is let in then is
cut off in the next. So new clients are turned away for as long as the end may take. A process that
is still there after that was not ended, and takes clients again.
"""

from __future__ import annotations

from typing import Any

from .signals import PassOn, SignalWatch

DRAIN = 5.0
"""Seconds in which clients are ended unless an application says otherwise."""


class End:
    """The end of a web server, in the colour of the class that derives from it."""

    def __init__(self, server: Any, drain: float) -> None:
        self.drain = drain
        self._server = server
        self._signals = SignalWatch(self._signalled)

    def _signalled(self, pass_on: PassOn) -> None:
        """The process is told to stop: `pass_on` lets the web server hear of it."""
        raise NotImplementedError


class ServerEnd(End):
    """Ends the clients of `server` within `drain` seconds, in a thread or greenlet, at a signal.

    `server` is a `Server`, or anything with a `driver`, and perhaps a method `shutdown`.
    """

    def __init__(self, server: Any, drain: float) -> None:
        super().__init__(server, drain)
        self._signals.start()
        self.watching = False

    def watch(self) -> None:
        """Watch for signals; call it with each request until it is `watching`.

        The first request looks for the handler of a web server that set it after the application
        was made.
        """
        self.watching = True
        self._signals.start()

    def _signalled(self, pass_on: PassOn) -> None:
        try:
            self._stopping()
        finally:
            pass_on()

    def _stopping(self) -> None:
        driver = self._server.driver
        ending = not driver.engine.accepting
        driver.turn_away(self.drain)
        if ending:
            return
        shutdown = getattr(self._server, "shutdown", None) or driver.shutdown
        try:
            driver.concurrency.spawn(shutdown, self.drain)
        except (RuntimeError, MemoryError) as error:
            driver.log.error("no thread can be started that disconnects clients: %s", error)
