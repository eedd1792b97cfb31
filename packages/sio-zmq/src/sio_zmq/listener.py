"""Listens to the channels of one cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from sio_server.managers.cluster.broker import BrokerError, Received

from .addresses import Addresses
from .link import Link
from .messages import Messages

CONNECT_SECONDS = 5.0
"""Seconds that a forwarder may take to answer."""


class Listener:
    """One link, whose thread is that which receives; others say what it is to subscribe to."""

    def __init__(self, addresses: Addresses, messages: Messages) -> None:
        self._addresses = addresses
        self._messages = messages
        self._link: Link | None = None
        self._wanted: deque[tuple[bool, Sequence[str]]] = deque()
        self._asked: deque[tuple[int, Sequence[str]]] = deque()

    def connect(self) -> None:
        """Connect for `receive`. Raises `BrokerError`."""
        self.close()
        self._wanted.clear()
        self._asked.clear()
        self._messages.forget()
        link = self._link = Link(self._addresses)
        try:
            with link.used():
                link.connect(CONNECT_SECONDS)
        except BrokerError:
            self.close()
            raise

    def subscribe(self, channels: Sequence[str]) -> None:
        """Ask for what is published on `channels`. Raises `BrokerError`."""
        self._want(channels, there=True)

    def unsubscribe(self, channels: Sequence[str]) -> None:
        """Ask for no more of `channels`. Raises `BrokerError`."""
        self._want(channels, there=False)

    def _want(self, channels: Sequence[str], *, there: bool) -> None:
        link = self._link
        if link is None:
            raise BrokerError("not connected")
        self._wanted.append((there, channels))
        link.wake()

    def receive(self) -> Sequence[Received]:
        """Wait for what was published. Raises `BrokerError` when the connection is lost."""
        link = self._link
        if link is None:
            raise BrokerError("not connected")
        try:
            with link.used():
                while True:
                    self._subscribe(link)
                    received = self._take(link)
                    if received:
                        return received
                    link.wait()
        except BrokerError:
            self.close()
            raise

    def _subscribe(self, link: Link) -> None:
        while self._wanted:
            there, channels = self._wanted.popleft()
            if there:
                mark = link.subscribe(self._messages.subscribe(channels))
                self._asked.append((mark, channels))
            else:
                link.unsubscribe(self._messages.unsubscribe(channels))

    def _take(self, link: Link) -> list[Received]:
        received = [
            message for message in map(self._messages.read, link.take()) if message is not None
        ]
        while self._asked and link.has_heard(self._asked[0][0]):
            received += [(channel, None) for channel in self._asked.popleft()[1]]
        return received

    def close(self) -> None:
        """Close the connection; `receive` raises in whoever waits there."""
        link, self._link = self._link, None
        if link is not None:
            link.close()
