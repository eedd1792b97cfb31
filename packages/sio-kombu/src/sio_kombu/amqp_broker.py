"""RabbitMQ for threads and greenlets: what a manager publishes and subscribes to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from sio_core.cluster import Publication
from sio_core.handlers.both_colours import run_to_end
from sio_server.managers.cluster.over_amqp import BINDINGS, BlockingAmqpMethods

from .amqp_listener import AmqpListener
from .amqp_publisher import AmqpPublisher
from .connections import as_broker_errors


class AmqpBroker(BlockingAmqpMethods):
    """One RabbitMQ, by two connections of kombu.

    `receive` reads from one; everything else is done by the other, of another thread.
    """

    errors = staticmethod(as_broker_errors)

    def _listen(self) -> AmqpListener:
        return AmqpListener(self._settings, self._keys)

    def _open(self) -> AmqpPublisher:
        return AmqpPublisher(self._settings, self._names)

    def _bind(self, listener: AmqpListener, channels: Sequence[str]) -> Any:
        return self._by_publisher(AmqpPublisher.bind, listener.queue, channels)

    async def _unbind(self, listener: AmqpListener) -> None:
        """End some of the bindings that nobody needs; others are published to meanwhile."""
        for key in islice(self._keys.unwanted(), BINDINGS):
            await self._by_publisher(AmqpPublisher.unbind, listener.queue, key)

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publish in order. Raises `BrokerError` where it is not certain that all is published."""
        super().publish(publications)
        if self._listener is not None:
            run_to_end(self._unbind(self._listener))

    def _end(self, link: AmqpListener | AmqpPublisher) -> None:
        link.end()
