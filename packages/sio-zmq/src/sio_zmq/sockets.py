"""The two sockets of ZeroMQ that lead to a forwarder and back, until one of them is cut off."""

from __future__ import annotations

import selectors
import time
from typing import Any

import zmq

from sio_server.managers.cluster.broker import BrokerError

from .addresses import Addresses
from .wake import Wake

HEARTBEAT_MILLISECONDS, SILENT_MILLISECONDS = 2000, 5000
"""How often a forwarder is asked whether it is there, and how long it may take to say so."""


class Sockets:
    """A pair of sockets, one that pushes and one that subscribes, for one thread at a time.

    What waits is a selector of the standard library, so greenlets wait where that is patched. Both
    connect by themselves, and once one has lost its connection, all but `close` raise
    `BrokerError`: what was sent meanwhile may be lost, which ZeroMQ does not say.
    """

    def __init__(self, addresses: Addresses, wake: Wake) -> None:
        self._addresses = addresses
        self._wake = wake
        # A context has a thread, which does not outlive a fork: so it is made with a connection.
        self._context = zmq.Context()
        self._selector = selectors.DefaultSelector()
        self._selector.register(wake.file, selectors.EVENT_READ)
        self._monitors: list[Any] = []
        try:
            self._push = self._connect(zmq.PUSH, addresses.pushed)
            self._heard = self._connect(zmq.SUB, addresses.published)
        except zmq.ZMQError:
            self.close()
            raise

    def _connect(self, kind: int, address: str) -> Any:
        made: Any = self._context.socket(kind)
        made.linger = 0
        made.ipv6 = self._addresses.are_ipv6
        made.heartbeat_ivl = HEARTBEAT_MILLISECONDS
        made.heartbeat_timeout = SILENT_MILLISECONDS
        self._monitors.append(made.get_monitor_socket(zmq.EVENT_DISCONNECTED))
        for watched in (made, self._monitors[-1]):
            self._selector.register(watched.fd, selectors.EVENT_READ)
        made.connect(address)
        return made

    def subscribe(self, beginning: bytes) -> None:
        """Ask for messages that begin so."""
        self._heard.subscribe(beginning)

    def unsubscribe(self, beginning: bytes) -> None:
        """Ask for them no more."""
        self._heard.unsubscribe(beginning)

    def send(self, frame: bytes) -> bool:
        """Send a frame, unless there is no space for it now. Returns: it is on its way."""
        try:
            self._push.send(frame, zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True

    def take(self, most: int) -> list[bytes]:
        """Take what has come, `most` frames at most; fewer only if there are no more."""
        receive = self._heard.recv
        frames: list[bytes] = []
        try:
            while len(frames) < most:
                frames.append(receive(zmq.NOBLOCK))
        except zmq.Again:
            pass
        return frames

    def wait(self, until: float | None) -> None:
        """Wait for anything, or the time `until` at most; first take all that has come.

        Raises `BrokerError` where a connection is lost.
        """
        seconds = None if until is None else max(0.0, until - time.monotonic())
        self._selector.select(seconds)
        self._wake.clear()
        # ZeroMQ's files say that there is something to look at, until it has been looked at.
        self._push.get(zmq.EVENTS)
        if any(monitor.get(zmq.EVENTS) & zmq.POLLIN for monitor in self._monitors):
            raise BrokerError("the connection to the forwarder is lost")

    def close(self) -> None:
        """Close all; what has not been sent is dropped."""
        self._selector.close()
        self._context.destroy(linger=0)
