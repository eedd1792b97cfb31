"""Connections to RabbitMQ by aio-pika, and its errors in the words of managers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import aio_pika
from aiormq.exceptions import AMQPError
from pamqp.exceptions import PAMQPException
from yarl import URL

from sio_server.managers.cluster.amqp_names import AmqpNames
from sio_server.managers.cluster.broker import BrokerError

CONNECT_SECONDS = 5.0
"""Seconds that a connection, its channel and its exchanges may take to be made."""

CLOSE_SECONDS = 3.0
"""Seconds for which a broker is waited for at the end of a connection."""


@contextmanager
def as_broker_errors() -> Iterator[None]:
    """Raise `BrokerError` for what the libraries raise, and for a connection that ends."""
    try:
        yield
    except TimeoutError as error:
        raise BrokerError("the broker does not answer in time") from error
    except (AMQPError, PAMQPException, OSError, RuntimeError) as error:
        raise BrokerError(str(error) or type(error).__name__) from error
    except asyncio.CancelledError as error:
        # The libraries cancel what waits when a connection ends. So does whoever ends this task.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise BrokerError("the connection has ended") from error


class Link:
    """One connection with one channel, on which the exchanges of `names` exist.

    `purpose` is its name among the connections that the broker lists. Make it by `opened`.
    """

    def __init__(self, connection: Any, channel: Any, names: AmqpNames) -> None:
        self.channel = channel
        self.names = names
        self._connection = connection

    @classmethod
    async def opened(cls, address: URL, names: AmqpNames, purpose: str, *, confirms: bool) -> Link:
        """Connect, and have what a fleet needs in the broker."""
        properties: Any = {"connection_name": f"{names.base} {purpose}"}
        async with asyncio.timeout(CONNECT_SECONDS):
            connection = await aio_pika.connect(address, client_properties=properties)
            try:
                assert connection.transport is not None
                lower = connection.transport.connection
                channel: Any = await lower.channel(publisher_confirms=confirms)
                for exchange, kind in names.exchanges():
                    await channel.exchange_declare(exchange, exchange_type=kind)
                await channel.exchange_bind(names.heard, names.base)
            except BaseException:
                await cls(connection, None, names).close()
                raise
        return cls(connection, channel, names)

    @property
    def is_open(self) -> bool:
        """Whether the channel can be used."""
        return not self.channel.is_closed

    async def unblocked(self) -> None:
        """Wait until the broker takes messages: it may have said that it is full."""
        await self._connection.transport.connection.ready()

    async def close(self) -> None:
        """Close the connection; a broker that does not answer is waited for a limited time."""
        with suppress(BrokerError), as_broker_errors():
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._connection.close()
