"""RabbitMQ for threads and greenlets: what a manager publishes and subscribes to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Concatenate, ParamSpec, TypeVar

from sio_core.cluster import Publication
from sio_server.managers.cluster.amqp_names import AmqpNames, BoundKeys
from sio_server.managers.cluster.broker import BrokerError, Received

from .amqp_listener import AmqpListener
from .amqp_publisher import AmqpPublisher
from .connections import Settings

P = ParamSpec("P")
T = TypeVar("T")

BINDINGS = 128
"""Bindings that are asked for before one is answered, and that are ended at a time."""


class AmqpBroker:
    """One RabbitMQ, by two connections of kombu.

    `receive` reads from one; everything else is done by the other, of another thread.
    """

    routes = True

    def __init__(self, settings: Settings, names: AmqpNames) -> None:
        self._settings = settings
        self._names = names
        self._keys = BoundKeys(names)
        self._listener: AmqpListener | None = None
        self._publisher: AmqpPublisher | None = None

    def connect(self) -> None:
        """Connect for `receive`. Raises `BrokerError`."""
        old = self._listener
        self._listener = None
        if old is not None:
            old.end()
        self._keys = BoundKeys(self._names)
        self._listener = AmqpListener(self._settings, self._names, self._keys)

    def receive(self) -> Sequence[Received]:
        """Wait for what was published. Raises `BrokerError` when the connection is lost."""
        return self._listening().receive()

    def _listening(self) -> AmqpListener:
        listener = self._listener
        if listener is None:
            raise BrokerError("not connected")
        return listener

    def subscribe(self, channels: Sequence[str]) -> None:
        """Ask for what is published on `channels`. Raises `BrokerError`."""
        queue = self._listening().queue
        self._keys.bind(channels)
        for start in range(0, len(channels), BINDINGS):
            some = channels[start : start + BINDINGS]
            self._by_publisher(AmqpPublisher.bind, queue, some)

    def unsubscribe(self, channels: Sequence[str]) -> None:
        """Ask for no more of `channels`. Raises `BrokerError`."""
        self._keys.unbind(channels)
        self._unbind()

    def _unbind(self) -> None:
        """End some of the bindings that nobody needs; others are published to meanwhile."""
        listener = self._listener
        if listener is None:
            return
        for key in islice(self._keys.unwanted(), BINDINGS):
            self._by_publisher(AmqpPublisher.unbind, listener.queue, key)

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publish, in order. Raises `BrokerError` if that cannot be known to be done."""
        self._by_publisher(AmqpPublisher.publish, publications)
        self._unbind()

    def count_subscribers(self, channels: Sequence[str]) -> Sequence[int]:
        """Return 1 and 0 where python-socketio listens to the channel of all, else 0 and 0.

        The broker cannot count, but it says whether there is anybody. Raises `BrokerError`.
        """
        return [int(self._by_publisher(AmqpPublisher.are_strangers)), 0]

    def _by_publisher(
        self, do: Callable[Concatenate[AmqpPublisher, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        publisher = self._publisher
        if publisher is None:
            publisher = self._publisher = AmqpPublisher(self._settings, self._names)
        try:
            return do(publisher, *args, **kwargs)
        except BrokerError:
            # What was sent on this connection is not known.
            if self._publisher is publisher:
                self._publisher = None
            publisher.end()
            raise

    def close(self) -> None:
        """Close all connections; `receive` raises in whoever waits there."""
        listener, self._listener = self._listener, None
        publisher, self._publisher = self._publisher, None
        for link in (listener, publisher):
            if link is not None:
                link.end()
