"""Kafka for threads and greenlets: what a manager publishes and listens to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sio_core.cluster import Publication
from sio_server.managers.cluster.broker import Received

from .listener import Listener
from .options import for_consumer, for_producer
from .publisher import Publisher


class KafkaBroker:
    """One topic of Kafka, whose name is `channel`.

    `servers` are `host:port` each, `options` those of an application for kafka-python; `log`
    returns where to say what is lost.
    """

    routes = False

    def __init__(
        self,
        servers: list[str],
        channel: str,
        options: Mapping[str, Any],
        log: Callable[[], logging.Logger],
    ) -> None:
        self._listener = Listener(channel, for_consumer(servers, options))
        self._publisher = Publisher(channel, for_producer(servers, options), log)

    def connect(self) -> None:
        """Connect for `receive`, from the end of the topic. Raises `BrokerError`."""
        self._listener.connect()

    def receive(self) -> Sequence[Received]:
        """Wait for what was published. Raises `BrokerError` when the broker does not answer."""
        return self._listener.receive()

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publish in order. Raises `BrokerError` where it is not certain that all is published."""
        self._publisher.publish(publications)

    def subscribe(self, channels: Sequence[str]) -> None:
        """Do nothing: there is one topic."""

    def unsubscribe(self, channels: Sequence[str]) -> None:
        """Do nothing: there is one topic."""

    def count_subscribers(self, channels: Sequence[str]) -> None:
        """Return None: Kafka does not know."""

    def close(self) -> None:
        """Close all connections; `receive` raises in whoever waits there, a little later."""
        self._listener.close()
        self._publisher.close()
