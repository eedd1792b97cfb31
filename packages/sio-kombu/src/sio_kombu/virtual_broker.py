"""The other brokers of kombu, such as Redis and memory: one fanout exchange, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from kombu.messaging import Consumer

from sio_core.cluster import Publication
from sio_server.managers.cluster.broker import BrokerError, Received

from .connections import Settings, as_broker_errors, end_connection

WAIT_SECONDS = 0.5
"""Seconds between two looks at whether the connection is still wanted."""


class VirtualBroker:
    """One broker by kombu. All messages are those of python-socketio, and go to all."""

    routes = False
    only_dictionaries = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._errors: tuple[type[Exception], ...] = ()
        self._found: list[Received] = []
        self._listener: Any = None
        self._publisher: Any = None
        self._producer: Any = None

    def connect(self) -> None:
        """Connect for `receive`. Raises `BrokerError`."""
        self._found = []
        connection = self._connected()
        with as_broker_errors(self._errors):
            channel = connection.channel()
            queue = self._settings.queue(self._settings.exchange())
            consumer = Consumer(channel, [queue], no_ack=True, on_message=self._came)
            consumer.consume()
            with suppress(TimeoutError):
                connection.drain_events(timeout=0.01)  # some subscribe here
        self._found.append((self._settings.channel, None))
        self._listener = connection

    def _connected(self) -> Any:
        connection = self._settings.connection(heartbeat=0)
        self._errors = (*connection.connection_errors, *connection.channel_errors)
        with as_broker_errors(self._errors):
            connection.connect()
        return connection

    def _came(self, message: Any) -> None:
        self._found.append((self._settings.channel, message.body))

    def subscribe(self, channels: Sequence[str]) -> None:
        """Do nothing: there is one channel."""

    def unsubscribe(self, channels: Sequence[str]) -> None:
        """Do nothing: there is one channel."""

    def count_subscribers(self, channels: Sequence[str]) -> None:
        """Return None: nobody knows."""

    def receive(self) -> Sequence[Received]:
        """Wait for what was published. Raises `BrokerError` when the connection is lost."""
        listener = self._listener
        with as_broker_errors(self._errors):
            while not self._found:
                if listener is None or self._listener is not listener:
                    raise BrokerError("not connected")
                try:
                    listener.drain_events(timeout=WAIT_SECONDS)
                except TimeoutError:
                    continue
        found, self._found = self._found, []
        return found

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publish in order. Raises `BrokerError` where it is not certain that all is published."""
        try:
            if self._publisher is None:
                self._publisher = self._connected()
                self._producer = self._publisher.Producer(
                    exchange=self._settings.exchange(), **self._settings.producer_options
                )
            with as_broker_errors(self._errors):
                for publication in publications:
                    self._producer.publish(publication.payload.decode())
        except BrokerError:
            self._end(self._publisher)
            self._publisher = None
            raise

    def _end(self, connection: Any) -> None:
        if connection is not None:
            end_connection(connection, self._errors)

    def close(self) -> None:
        """Close all connections; `receive` raises in whoever waits there, soon."""
        listener, self._listener = self._listener, None
        publisher, self._publisher = self._publisher, None
        self._end(listener)
        self._end(publisher)
