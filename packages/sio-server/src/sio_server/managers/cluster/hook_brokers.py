"""Brokers that a manager of somebody's own is: its methods `_publish` and `_listen`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from sio_core.cluster import Publication

from .broker import BrokerError, Received


class HookBroker:
    """The methods of a `PubSubManager`, by which it publishes and listens to one channel."""

    routes = False
    only_dictionaries = True

    def __init__(self, manager: Any) -> None:
        self._manager = manager
        self._messages: Iterator[Any] | None = None

    def connect(self) -> None:
        """Begin to listen."""
        self._messages = iter(self._manager._listen())

    def subscribe(self, channels: Sequence[str]) -> None:
        """Do nothing: there is one channel."""

    def unsubscribe(self, channels: Sequence[str]) -> None:
        """Do nothing: there is one channel."""

    def receive(self) -> Sequence[Received]:
        """Return the next message."""
        assert self._messages is not None, "connect comes first"
        for message in self._messages:
            return ((self._manager.channel, message),)
        raise BrokerError("_listen() returned")

    def count_subscribers(self, channels: Sequence[str]) -> None:
        """Return None: nobody knows."""

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publish the messages that are dictionaries."""
        for publication in publications:
            if publication.message is not None:
                self._manager._publish(publication.message)

    def close(self) -> None:
        """Forget the messages; a `_listen` that waits goes on to wait."""
        self._messages = None


class AsyncHookBroker:
    """The methods of an `AsyncPubSubManager`, by which it publishes and listens to one channel."""

    routes = False
    only_dictionaries = True

    def __init__(self, manager: Any) -> None:
        self._manager = manager
        self._messages: AsyncIterator[Any] | None = None

    async def connect(self) -> None:
        """Begin to listen."""
        self._messages = aiter(self._manager._listen())

    async def subscribe(self, channels: Sequence[str]) -> None:
        """Do nothing: there is one channel."""

    async def unsubscribe(self, channels: Sequence[str]) -> None:
        """Do nothing: there is one channel."""

    async def receive(self) -> Sequence[Received]:
        """Return the next message."""
        assert self._messages is not None, "connect comes first"
        async for message in self._messages:
            return ((self._manager.channel, message),)
        raise BrokerError("_listen() returned")

    async def count_subscribers(self, channels: Sequence[str]) -> None:
        """Return None: nobody knows."""

    async def publish(self, publications: Sequence[Publication]) -> None:
        """Publish the messages that are dictionaries."""
        for publication in publications:
            if publication.message is not None:
                await self._manager._publish(publication.message)

    async def close(self) -> None:
        """Forget the messages; the task that waits for one is cancelled."""
        self._messages = None
