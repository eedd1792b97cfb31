"""Redis and Valkey for threads and greenlets: what a manager publishes and subscribes to."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from redis.connection import SSLConnection

from sio_core.handlers.both_colours import blocking, run_to_end

from .async_broker import AsyncRedisBroker
from .links import Links, as_broker_errors

TLS_SECONDS = 0.05
"""Seconds between two looks at what is to be subscribed to, where one thread has to do all."""


class RedisBroker(Links):
    """One Redis, by the connections of redis-py for threads.

    `subscribe` writes to the connection that another thread reads from. TLS does not allow that:
    there the reading thread writes, too.
    """

    def __init__(self, connections: Any, channel: str) -> None:
        super().__init__(connections, channel)
        self._asked: deque[tuple[Any, str, Sequence[str]]] = deque()

    async def _ask(self, command: str, channels: Sequence[str]) -> None:
        if isinstance(self._listener, SSLConnection):
            self._asked.append((self._listener, command, channels))
        else:
            await super()._ask(command, channels)

    def _read(self, listener: Any) -> Any:
        # The errors that are named: `close` of another thread took the socket away.
        with as_broker_errors(ValueError, AttributeError):
            tls = isinstance(listener, SSLConnection)
            while tls and not listener.can_read(TLS_SECONDS):
                while self._asked:
                    connection, command, channels = self._asked.popleft()
                    if connection is listener:  # else it was asked of a connection before
                        run_to_end(super()._ask(command, channels))
            return listener.read_response(timeout=None, push_request=True, disable_decoding=True)

    def _cut_off(self, connection: Any) -> None:
        connection.disconnect()

    def _begin(self, cluster: Any) -> None:
        """Do nothing: it is begun when it is made."""

    def _end(self, client: Any) -> None:
        client.close()

    connect = blocking(AsyncRedisBroker.connect)
    subscribe = blocking(AsyncRedisBroker.subscribe)
    unsubscribe = blocking(AsyncRedisBroker.unsubscribe)
    receive = blocking(AsyncRedisBroker.receive)
    publish = blocking(AsyncRedisBroker.publish)
    count_subscribers = blocking(AsyncRedisBroker.count_subscribers)
    close = blocking(AsyncRedisBroker.close)
