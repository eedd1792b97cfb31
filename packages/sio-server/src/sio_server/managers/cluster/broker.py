"""What a manager asks of a broker: the part that differs between Redis, RabbitMQ and the others.

A broker of either colour has the same methods; those of an `AsyncBroker` are coroutines. One
`connect` is followed by any number of `receive`, until one raises or `close` is called; then
`connect` comes again. `publish` makes a connection of its own when it needs one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from sio_core.cluster import Publication

Received: TypeAlias = tuple[str, bytes | str | Mapping[str, Any] | None]
"""A channel and what was published there; None says that the channel is subscribed to now."""


class BrokerError(Exception):
    """The broker cannot be reached, or refused what it was asked; the text says which and why."""


class AsyncBroker(Protocol):
    """One broker, for asyncio.

    `routes` says that channels can be subscribed to by name. Without it everything is published
    on one channel, and `subscribe` and `unsubscribe` are not called.
    """

    routes: bool

    async def connect(self) -> None:
        """Connect for `receive`. Raises `BrokerError`."""
        ...

    async def subscribe(self, channels: Sequence[str]) -> None:
        """Ask for what is published on `channels`; `receive` says when that is so.

        Raises `BrokerError`.
        """
        ...

    async def unsubscribe(self, channels: Sequence[str]) -> None:
        """Ask for no more of `channels`. Raises `BrokerError`."""
        ...

    async def receive(self) -> Sequence[Received]:
        """Wait for what was published, and return all of it that is there.

        Raises `BrokerError` when the connection is lost or `close` was called.
        """
        ...

    async def publish(self, publications: Sequence[Publication]) -> None:
        """Publish in order. Raises `BrokerError` where it is not certain that all is published."""
        ...

    async def count_subscribers(self, channels: Sequence[str]) -> Sequence[int] | None:
        """Return how many subscribe to each of `channels`, or None where the broker cannot say it.

        Raises `BrokerError`.
        """
        ...

    async def close(self) -> None:
        """Close all connections; `receive` raises in whoever waits there."""
        ...


class Broker(Protocol):
    """One broker, for threads and greenlets.

    `routes` and the methods are those of `AsyncBroker`. `receive` is called by one thread,
    `subscribe`, `unsubscribe` and `publish` by another one.
    """

    routes: bool

    def connect(self) -> None:
        """Connect for `receive`. Raises `BrokerError`."""
        ...

    def subscribe(self, channels: Sequence[str]) -> None:
        """Ask for what is published on `channels`; `receive` says when that is so.

        Raises `BrokerError`.
        """
        ...

    def unsubscribe(self, channels: Sequence[str]) -> None:
        """Ask for no more of `channels`. Raises `BrokerError`."""
        ...

    def receive(self) -> Sequence[Received]:
        """Wait for what was published, and return all of it that is there.

        Raises `BrokerError` when the connection is lost or `close` was called.
        """
        ...

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publish in order. Raises `BrokerError` where it is not certain that all is published."""
        ...

    def count_subscribers(self, channels: Sequence[str]) -> Sequence[int] | None:
        """Return how many subscribe to each of `channels`, or None where the broker cannot say it.

        Raises `BrokerError`.
        """
        ...

    def close(self) -> None:
        """Close all connections; `receive` raises in whoever waits there."""
        ...
