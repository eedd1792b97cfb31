"""ZeroMQ for threads and greenlets: what a manager publishes and subscribes to."""

from __future__ import annotations

from collections.abc import Sequence

from sio_core.cluster import Publication
from sio_server.managers.cluster.broker import Received

from .addresses import Addresses
from .listener import Listener
from .messages import Messages, topic
from .publisher import Publisher


class ZmqBroker:
    """One forwarder, by a link that listens and a link that publishes."""

    routes = True

    def __init__(self, addresses: Addresses, messages: Messages) -> None:
        self._messages = messages
        self._listener = Listener(addresses, messages)
        self._publisher = Publisher(addresses)

    def connect(self) -> None:
        """Connect for `receive`. Raises `BrokerError`."""
        self._listener.connect()

    def subscribe(self, channels: Sequence[str]) -> None:
        """Ask for what is published on `channels`. Raises `BrokerError`."""
        self._listener.subscribe(channels)

    def unsubscribe(self, channels: Sequence[str]) -> None:
        """Ask for no more of `channels`. Raises `BrokerError`."""
        self._listener.unsubscribe(channels)

    def receive(self) -> Sequence[Received]:
        """Wait for what was published. Raises `BrokerError` when the connection is lost."""
        return self._listener.receive()

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publish in order. Raises `BrokerError` where it is not certain that all is published."""
        self._publisher.publish([self._messages.write(each) for each in publications])

    def count_subscribers(self, channels: Sequence[str]) -> Sequence[int] | None:
        """Return how many subscribe to each of `channels`, or None where nobody says it.

        Whoever hears everything, as python-socketio does, counts for the first, that of all
        servers. Raises `BrokerError`.
        """
        found = self._publisher.count([topic(channel) for channel in channels])
        if not found:
            return None
        everything, base, *others = found
        return [base + everything, *others]

    def close(self) -> None:
        """Close all connections; `receive` raises in whoever waits there."""
        self._listener.close()
        self._publisher.close()
