"""RabbitMQ for asyncio: what a manager publishes and subscribes to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from yarl import URL

from sio_server.managers.cluster.amqp_names import AmqpNames
from sio_server.managers.cluster.over_amqp import AmqpMethods

from .connections import as_broker_errors
from .listener import Listener
from .publisher import Publisher


class AsyncAmqpBroker(AmqpMethods):
    """One RabbitMQ, by two connections of aio-pika: one that listens, one that publishes."""

    errors = staticmethod(as_broker_errors)

    def __init__(self, address: URL, names: AmqpNames) -> None:
        super().__init__(address, names)
        self._ending: set[asyncio.Task[None]] = set()

    def _listen(self) -> Any:
        return Listener.opened(self._settings, self._names, self._keys)

    def _open(self) -> Any:
        return Publisher.opened(self._settings, self._names)

    def _bind(self, listener: Listener, channels: Sequence[str]) -> Any:
        return listener.bind(channels)

    def _unbind(self, listener: Listener) -> None:
        listener.unbind()

    def _end(self, link: Listener | Publisher) -> None:
        """Have a connection closed; nobody waits for it."""
        task = asyncio.create_task(link.close())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _ended(self) -> Any:
        return asyncio.gather(*self._ending)
