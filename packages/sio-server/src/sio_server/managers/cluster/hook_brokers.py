"""Brokers that a manager of somebody's own is: its methods `_publish` and `_listen`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sio_core.cluster import Publication, greeting
from sio_core.handlers.both_colours import blocking

from .broker import BrokerError, Received

PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds between two greetings of a process to itself, until it hears one."""

OVER = object()
"""What comes after the last message."""


class Hooks:
    """The methods of a manager, by which it publishes and listens to one channel."""

    routes = False
    only_dictionaries = True
    _begin: Any
    """Makes an iterator of what `_listen` returned."""
    _next: Any
    """Takes the next message of it, or else the second argument."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager
        self._waits = manager.waits
        self._messages: Any = None
        self._hears: Any = None

    async def _call_publish(self, message: dict[str, Any]) -> None:
        try:
            await self._waits(self._manager._publish(message))
        except Exception as error:
            raise BrokerError(described("_publish", error)) from error


class AsyncHookBroker(Hooks):
    """The methods of an `AsyncPubSubManager`, by which it publishes and listens to one channel.

    Nobody says when `_listen` hears: messages to this process itself are published until one comes.
    """

    _begin: Any = staticmethod(aiter)
    _next: Any = staticmethod(anext)

    async def connect(self) -> None:
        """Begin to listen."""
        self._hears = self._manager._new_flag()
        self._messages = self._begin(self._manager._listen())

    async def subscribe(self, channels: Sequence[str]) -> None:
        """Publish until something is heard, for a short time."""
        hears = self._hears
        for seconds in PAUSES:
            if hears is None or hears.is_set():
                return
            await self._call_publish(greeting(self._manager.host_id))
            await self._waits(hears.wait(seconds))

    async def unsubscribe(self, channels: Sequence[str]) -> None:
        """Do nothing: there is one channel."""

    async def receive(self) -> Sequence[Received]:
        """Return the next message. Raises `BrokerError` for what `_listen` raises."""
        messages, hears, channel = self._messages, self._hears, self._manager.channel
        if messages is None:
            raise BrokerError("not connected")
        try:
            message = await self._waits(self._next(messages, OVER))
        except Exception as error:
            raise BrokerError(described("_listen", error)) from error
        if message is OVER:
            raise BrokerError("_listen() returned")
        if hears.is_set():
            return ((channel, message),)
        hears.set()
        return ((channel, None), (channel, message))

    async def count_subscribers(self, channels: Sequence[str]) -> None:
        """Return None: nobody knows."""

    async def publish(self, publications: Sequence[Publication]) -> None:
        """Publish the messages. Raises `BrokerError` for what `_publish` raises."""
        for publication in publications:
            if publication.message is not None:
                await self._call_publish(publication.message)

    async def close(self) -> None:
        """Forget the messages; a `_listen` that waits ends with the next one."""
        self._messages = None
        inner = self._manager.take_inner_broker()
        if inner is not None:
            await self._waits(inner.close())


class HookBroker(Hooks):
    """The methods of a `PubSubManager`, as `AsyncHookBroker` has those of the other colour."""

    _begin: Any = staticmethod(iter)
    _next: Any = staticmethod(next)

    connect = blocking(AsyncHookBroker.connect)
    subscribe = blocking(AsyncHookBroker.subscribe)
    unsubscribe = blocking(AsyncHookBroker.unsubscribe)
    receive = blocking(AsyncHookBroker.receive)
    count_subscribers = blocking(AsyncHookBroker.count_subscribers)
    publish = blocking(AsyncHookBroker.publish)
    close = blocking(AsyncHookBroker.close)


def described(method: str, error: Exception) -> str:
    """Return what to say of an error of a method of the application's."""
    return f"{method} raised {type(error).__name__}: {error}"
