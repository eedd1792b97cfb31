"""Redis and Valkey for threads and greenlets: what a manager publishes and subscribes to."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import redis
import redis.cluster
import redis.sentinel
from redis.exceptions import RedisError
from redis.retry import Retry

from sio_core.cluster import Publication
from sio_server.managers.cluster.broker import BrokerError, Received

from .channels import channels_of
from .connections import Connections

TLS_SECONDS = 0.05
"""Seconds between two looks at what is to be subscribed to, where one thread has to do all."""


class RedisBroker:
    """One Redis, by the connections of redis-py for threads.

    `subscribe` writes to the connection that another thread reads from. TLS does not allow that:
    there the reading thread writes, too.
    """

    routes = True

    def __init__(self, url: str, channel: str, options: Mapping[str, Any]) -> None:
        self._connections = Connections(redis, Retry, url, options)
        self._channels = channels_of(channel, cluster=self._connections.is_cluster)
        self._channel = channel
        self._one_thread = self._connections.is_tls
        self._asked: deque[tuple[str, Sequence[str]]] = deque()
        self._listener: Any = None
        self._publisher: Any = None

    def connect(self) -> None:
        """Connect for `receive`. Raises `BrokerError`."""
        try:
            self._locate()
            listener = self._connections.listener()
            listener.connect()
        except (RedisError, OSError) as error:
            raise BrokerError(str(error)) from error
        self._asked.clear()
        self._listener = listener

    def subscribe(self, channels: Sequence[str]) -> None:
        """Ask for what is published on `channels`. Raises `BrokerError`."""
        self._ask(self._channels.subscribe, channels)

    def unsubscribe(self, channels: Sequence[str]) -> None:
        """Ask for no more of `channels`. Raises `BrokerError`."""
        self._ask(self._channels.unsubscribe, channels)

    def _ask(self, command: str, channels: Sequence[str]) -> None:
        if self._one_thread:
            self._asked.append((command, channels))
        else:
            self._write(command, channels)

    def _write(self, command: str, channels: Sequence[str]) -> None:
        listener = self._listener
        if listener is None:
            raise BrokerError("not connected")
        try:
            listener.send_command(command, *self._channels.names_of(channels))
        except (RedisError, OSError) as error:
            raise BrokerError(str(error)) from error

    def receive(self) -> Sequence[Received]:
        """Wait for what was published. Raises `BrokerError` when the connection is lost."""
        listener = self._listener
        if listener is None:
            raise BrokerError("not connected")
        try:
            while self._one_thread and not listener.can_read(TLS_SECONDS):
                while self._asked:
                    self._write(*self._asked.popleft())
            reply = listener.read_response(push_request=True)
        except (RedisError, OSError, ValueError, AttributeError) as error:
            # The last two: `close` of another thread took the socket away.
            raise BrokerError(str(error)) from error
        return self._channels.read(reply)

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publish, in order. Raises `BrokerError` if that cannot be known to be done."""
        commands = [self._channels.pack(publications)]
        try:
            pool = self._writer().connection_pool
            connection = pool.get_connection()
            try:
                connection.send_packed_command(commands)
                for _ in publications:
                    connection.read_response()
            except BaseException:
                # Answers that were not read would be those of the next publish.
                connection.disconnect()
                raise
            finally:
                pool.release(connection)
        except (RedisError, OSError) as error:
            raise BrokerError(str(error)) from error

    def count_subscribers(self, channels: Sequence[str]) -> Sequence[int]:
        """Return how many connections subscribe to each of `channels`. Raises `BrokerError`."""
        names = self._channels.names_of(channels)
        try:
            client = self._writer()
            found = client.execute_command(self._channels.count, *names)
        except (RedisError, OSError) as error:
            raise BrokerError(str(error)) from error
        return [int(count) for _, count in found] if isinstance(found[0], tuple) else found[1::2]

    def _writer(self) -> Any:
        if self._publisher is None:
            self._locate()
            self._publisher = self._connections.publisher()
        return self._publisher

    def _locate(self) -> None:
        """Find the server of a cluster that has the channels, for the connections that follow."""
        if self._connections.is_cluster:
            cluster = self._connections.cluster()
            try:
                node = cluster.get_node_from_key(self._channels.name_of(self._channel))
                self._connections.found(node.host, node.port)
            finally:
                cluster.close()

    def close(self) -> None:
        """Close all connections; `receive` raises in whoever waits there."""
        listener, self._listener = self._listener, None
        publisher, self._publisher = self._publisher, None
        if listener is not None:
            listener.disconnect()
        if publisher is not None:
            publisher.close()
