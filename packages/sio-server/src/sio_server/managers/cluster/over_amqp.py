"""What managers over a broker of AMQP are in both colours: their arguments, and their two links."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, Unpack

from sio_core.cluster import Publication
from sio_core.handlers.both_colours import blocking
from sio_core.handlers.flows import resolve

from ..local import ServerT
from .amqp_names import AmqpNames, BoundKeys, check_channel
from .anywhere import Anywhere
from .broker import BrokerError, Received
from .options import ClusterOptions, check_url

URL = "amqp://guest:guest@localhost:5672//"

BINDINGS = 128
"""Bindings that are asked for before one is answered, and that are ended at a time."""


class OverAmqp(Anywhere[ServerT], Generic[ServerT]):
    """The arguments that all these managers have."""

    def __init__(
        self,
        url: str = URL,
        channel: str = "socketio",
        write_only: bool = False,
        logger: logging.Logger | None = None,
        json: Any = None,
        **options: Unpack[ClusterOptions],
    ) -> None:
        super().__init__(channel, write_only, logger, json, **options)
        check_channel(channel)
        self._take_address(url)

    def _take_address(self, url: str) -> None:
        """Keep the address, as a library may want it. Raises `TypeError` and `ValueError`."""
        check_url(url, URL)
        self.url = url


class AmqpLinks(ABC):
    """The connections of one process to a broker: one that listens, and one that publishes.

    A link that publishes has `is_open`, `publish` and `are_strangers`; one that listens, `receive`.
    """

    routes = True
    errors: Callable[[], AbstractContextManager[None]]
    """Raises `BrokerError` for the errors of the library, which the links raise."""

    def __init__(self, settings: Any, names: AmqpNames) -> None:
        self._settings = settings
        self._names = names
        self._keys = BoundKeys(names)
        self._listener: Any = None
        self._publisher: Any = None

    # Of each library ------------------------------------------------------

    @abstractmethod
    def _listen(self) -> Any:
        """Make a link that listens, with the keys of this process."""

    @abstractmethod
    def _open(self) -> Any:
        """Make a link that publishes."""

    @abstractmethod
    def _bind(self, listener: Any, channels: Sequence[str]) -> Any:
        """Bind the queue of a link to some channels, and have `receive` say so."""

    @abstractmethod
    def _unbind(self, listener: Any) -> Any:
        """End bindings that nobody needs any more."""

    @abstractmethod
    def _end(self, link: Any) -> None:
        """Have a link closed."""

    def _ended(self) -> Any:
        """Wait until the links are closed that were to be; there is nothing to wait for here."""
        return None

    # What waits -----------------------------------------------------------

    def _drop(self, *links: Any) -> None:
        """Have links closed that are not to be used any more; None is no link."""
        for link in links:
            if link is not None:
                self._end(link)

    def _listening(self) -> Any:
        listener = self._listener
        if listener is None:
            raise BrokerError("not connected")
        return listener

    async def _by_publisher(self, do: Callable[..., Any], *args: Any) -> Any:
        """Have the link that publishes do something; it is made where there is none."""
        link = self._publisher
        if link is None or not link.is_open:
            self._publisher = None
            self._drop(link)
            with self.errors():
                link = self._publisher = await resolve(self._open())
        try:
            with self.errors():
                return await resolve(do(link, *args))
        except BrokerError:
            # What was sent on this connection is not known.
            if self._publisher is link:
                self._publisher = None
            self._drop(link)
            raise


class AmqpMethods(AmqpLinks):
    """The methods of a broker for asyncio."""

    async def connect(self) -> None:
        """Connect for `receive`. Raises `BrokerError`."""
        listener, self._listener = self._listener, None
        self._drop(listener)
        self._keys = BoundKeys(self._names)
        with self.errors():
            self._listener = await resolve(self._listen())

    async def subscribe(self, channels: Sequence[str]) -> None:
        """Ask for what is published on `channels`. Raises `BrokerError`."""
        listener = self._listening()
        self._keys.bind(channels)
        for start in range(0, len(channels), BINDINGS):
            await resolve(self._bind(listener, channels[start : start + BINDINGS]))

    async def unsubscribe(self, channels: Sequence[str]) -> None:
        """Ask for no more of `channels`. Raises `BrokerError`."""
        listener = self._listening()
        self._keys.unbind(channels)
        await resolve(self._unbind(listener))

    async def receive(self) -> Sequence[Received]:
        """Wait for what was published. Raises `BrokerError` when the connection is lost."""
        with self.errors():
            found: Sequence[Received] = await resolve(self._listening().receive())
        return found

    async def publish(self, publications: Sequence[Publication]) -> None:
        """Publish in order. Raises `BrokerError` where it is not certain that all is published."""
        await self._by_publisher(lambda link: link.publish(publications))

    async def count_subscribers(self, channels: Sequence[str]) -> Sequence[int]:
        """Return 1 and 0 where python-socketio listens to the channel of all, else 0 and 0.

        The broker cannot count, but it says whether there is anybody. Raises `BrokerError`.
        """
        return [int(await self._by_publisher(lambda link: link.are_strangers())), 0]

    async def close(self) -> None:
        """Close all connections; `receive` raises in whoever waits there."""
        links = self._listener, self._publisher
        self._listener = self._publisher = None
        self._drop(*links)
        await resolve(self._ended())


class BlockingAmqpMethods(AmqpLinks):
    """The methods of a broker for threads and greenlets."""

    connect = blocking(AmqpMethods.connect)
    subscribe = blocking(AmqpMethods.subscribe)
    unsubscribe = blocking(AmqpMethods.unsubscribe)
    receive = blocking(AmqpMethods.receive)
    publish = blocking(AmqpMethods.publish)
    count_subscribers = blocking(AmqpMethods.count_subscribers)
    close = blocking(AmqpMethods.close)
