"""A link of a manager with a forwarder, over which it hears what it says itself."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import zmq

from sio_server.managers.cluster.broker import BrokerError

from .addresses import Addresses
from .sockets import Sockets
from .wake import Wake
from .words import ANSWER, END, MARK, QUESTION

FIRST_SECONDS, MOST_SECONDS = 0.005, 0.25
"""Seconds after which a mark is sent again for the first time, and at most."""

MOST_AT_ONCE = 1000
"""Messages that are taken at a time."""


class Link:
    """A connection to a forwarder, which one thread at a time uses.

    A subscription of ZeroMQ is not confirmed, and what is published before it has arrived is lost
    without a word. So a topic that nobody else has is subscribed to last, and a mark is published
    there until it comes back: by then the forwarder has all subscriptions. In the same way a mark
    behind messages says that the forwarder has published them.

    Methods other than `close` are for `with link.used():`. They raise `BrokerError` once a
    connection is lost, and after `close`, which any thread may call.
    """

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._lock = threading.Lock()
        self._is_closed = False
        self._name = MARK + secrets.token_hex(8).encode() + b"."
        self._topic = b""
        self._marks = self._heard = 0
        self._subscribed: set[bytes] = set()
        self._again_at: float | None = None
        self._again_in = FIRST_SECONDS
        self.answer: list[int] | None = None
        self._wake = Wake()
        try:
            self._sockets = Sockets(addresses, self._wake)
        except zmq.ZMQError as error:
            self._wake.close()
            raise BrokerError(str(error)) from error

    @contextmanager
    def used(self) -> Iterator[None]:
        """Use this link alone, meanwhile."""
        with self._lock:
            self._raise_if_closed()
            try:
                yield
            except zmq.ZMQError as error:
                raise BrokerError(str(error)) from error

    def close(self) -> None:
        """Close the connection; whoever uses it is told."""
        self._is_closed = True
        self._wake.set()
        with self._lock:
            self._sockets.close()
            self._wake.close()

    def wake(self) -> None:
        """Have whoever waits look at once; may be called from any thread."""
        self._wake.set()

    # Subscriptions ----------------------------------------------------------

    def connect(self, seconds: float) -> None:
        """Wait until the forwarder answers, for `seconds` at most. Raises `BrokerError`."""
        until = time.monotonic() + seconds
        mark = self.subscribe(())
        while not self.has_heard(mark):
            if time.monotonic() >= until:
                raise BrokerError(f"no forwarder of ZeroMQ answers at {self._addresses.shown}")
            self.wait(until)
            self.take()

    def subscribe(self, beginnings: Sequence[bytes]) -> int:
        """Ask for messages that begin so. Returns the mark that is heard once that is so."""
        for beginning in beginnings:
            if beginning not in self._subscribed:
                self._subscribed.add(beginning)
                self._sockets.subscribe(beginning)
        before = self._topic
        self._topic = b"%s%d%s" % (self._name, self._marks + 1, END)
        self._sockets.subscribe(self._topic)
        if before:
            self._sockets.unsubscribe(before)
        self._again_in = FIRST_SECONDS
        self._again_at = time.monotonic() + self._again_in
        self._marks += 1
        self._sockets.send(self._mark())
        return self._marks

    def unsubscribe(self, beginnings: Sequence[bytes]) -> None:
        """Ask for no more messages that begin so."""
        for beginning in beginnings:
            if beginning in self._subscribed:
                self._subscribed.remove(beginning)
                self._sockets.unsubscribe(beginning)

    # What is sent -----------------------------------------------------------

    def send(self, frame: bytes, until: float) -> None:
        """Send a frame, once there is space for it, until a time at most."""
        while not self._sockets.send(frame):
            if time.monotonic() >= until:
                raise BrokerError("the forwarder of ZeroMQ takes no more")
            self.wait(until)
            self.take()

    def mark(self, until: float) -> int:
        """Send a mark to oneself, as `send` does. Returns its number."""
        self._marks += 1
        self.send(self._mark(), until)
        return self._marks

    def _mark(self) -> bytes:
        return b"%s%d" % (self._topic, self._marks)

    def ask(self, topics: Sequence[bytes], until: float) -> None:
        """Ask how many subscribe to everything, and to each topic.

        The `answer` comes before the next mark; it is None where the forwarder has none.
        """
        self.answer = None
        self.send(b"".join((QUESTION, self._topic, *topics)), until)

    # What comes -------------------------------------------------------------

    def has_heard(self, mark: int) -> bool:
        """Return whether a mark, or a later one, has come back."""
        return self._heard >= mark

    def take(self) -> list[bytes]:
        """Return the messages that have come; marks and answers among them are noted here."""
        frames: list[bytes] = []
        for frame in self._sockets.take(MOST_AT_ONCE):
            if frame.startswith(MARK):
                self._hear(frame)
            else:
                frames.append(frame)
        return frames

    def _hear(self, frame: bytes) -> None:
        _, _, content = frame.partition(END)
        if content.isdigit():
            self._heard = max(self._heard, int(content))
            if self._heard == self._marks:
                self._again_at = None
        elif content.startswith(ANSWER):
            self.answer = [int(count) for count in content[1:].split(b",") if count.isdigit()]

    def wait(self, until: float | None = None) -> None:
        """Wait for anything, or a time at most; first take all that has come."""
        if self._again_at is not None:
            if time.monotonic() >= self._again_at:
                self._sockets.send(self._mark())
                self._again_in = min(2 * self._again_in, MOST_SECONDS)
                self._again_at = time.monotonic() + self._again_in
            until = self._again_at if until is None else min(until, self._again_at)
        self._sockets.wait(until)
        self._raise_if_closed()

    def _raise_if_closed(self) -> None:
        if self._is_closed:
            raise BrokerError("closed")
