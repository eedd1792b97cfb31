"""Publishing to RabbitMQ: many messages at once, each confirmed by the broker."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiormq.exceptions import PublishError
from pamqp.commands import Basic
from yarl import URL

from sio_core.cluster import Publication
from sio_server.managers.cluster.amqp_names import LONG_KEY, QUESTION, AmqpNames
from sio_server.managers.cluster.broker import BrokerError

from .connections import Link

PUBLISH_SECONDS = 3.0
"""Seconds that the broker may take to confirm what was published at once."""

# Each has an id already, or the library would make one for each message.
TEXT = Basic.Properties(
    content_type="text/plain", content_encoding="utf-8", delivery_mode=1, message_id="-"
)
FRAMES = Basic.Properties(content_type="application/octet-stream", delivery_mode=1, message_id="-")


class Publisher:
    """A connection of its own, which a full broker may stop without that nothing is heard.

    Its methods raise what the library does: see `as_broker_errors`.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    @classmethod
    async def opened(cls, address: URL, names: AmqpNames) -> Publisher:
        """Connect."""
        return cls(await Link.opened(address, names, "publisher", confirms=True))

    @property
    def is_open(self) -> bool:
        """Whether the connection can be used."""
        return self._link.is_open

    async def _unblocked(self) -> None:
        """Wait until the broker takes messages: nothing is sent to one that said it is full."""
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._link.unblocked()
        except TimeoutError:
            raise BrokerError("the broker is full: it takes no messages") from None

    async def publish(self, publications: Sequence[Publication]) -> None:
        """Publish in order. Raises where it is not certain that all is published."""
        await self._unblocked()
        async with asyncio.timeout(PUBLISH_SECONDS):
            await asyncio.gather(*map(self._publish, publications))

    async def _publish(self, publication: Publication) -> None:
        exchange, key = self._link.names.target(publication.channel)
        await self._link.channel.basic_publish(
            publication.payload,
            exchange=exchange,
            routing_key=key,
            properties=FRAMES if publication.message is None else TEXT,
            wait=False,
        )

    async def are_strangers(self) -> bool:
        """Return whether python-socketio listens to the channel."""
        await self._unblocked()
        properties = Basic.Properties(
            content_type="text/plain", content_encoding="utf-8", delivery_mode=1
        )
        async with asyncio.timeout(PUBLISH_SECONDS):
            try:
                await self._link.channel.basic_publish(
                    QUESTION,
                    exchange=self._link.names.base,
                    routing_key=LONG_KEY,
                    properties=properties,
                    mandatory=True,
                )
            except PublishError:  # it came back: there is nobody to have it
                return False
        return True

    async def close(self) -> None:
        """Close the connection."""
        await self._link.close()
