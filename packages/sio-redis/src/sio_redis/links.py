"""The two connections to one Redis, and what is asked on them: the same in both colours."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from redis.exceptions import RedisError

from sio_core.cluster import Publication
from sio_core.handlers.flows import resolve
from sio_server.managers.cluster.broker import BrokerError

from .channels import channels_of


@contextmanager
def as_broker_errors(*errors: type[Exception]) -> Iterator[None]:
    """Raise `BrokerError` for what redis-py raises, and for `errors`."""
    caught: tuple[type[Exception], ...] = (RedisError, OSError, *errors)
    try:
        yield
    except caught as error:
        raise BrokerError(str(error)) from error


class Links(ABC):
    """The connections of one process to a Redis.

    `connections` makes them: `Connections`, or `OwnConnections` of a subclass. What waits is a
    coroutine, which threads run, too.
    """

    routes = True

    def __init__(self, connections: Any, channel: str) -> None:
        self._connections = connections
        self._channels = channels_of(channel, cluster=connections.is_cluster)
        self._channel = channel
        self._listener: Any = None
        self._publisher: Any = None

    # Of each colour -------------------------------------------------------

    @abstractmethod
    def _read(self, listener: Any) -> Any:
        """Read what was published."""

    @abstractmethod
    def _cut_off(self, connection: Any) -> Any:
        """Close one connection at once."""

    @abstractmethod
    def _begin(self, cluster: Any) -> Any:
        """Have a client of a cluster know its servers."""

    @abstractmethod
    def _end(self, client: Any) -> Any:
        """Close a client."""

    # What waits -----------------------------------------------------------

    async def _ask(self, command: str, channels: Sequence[str]) -> None:
        if self._listener is None:
            raise BrokerError("not connected")
        with as_broker_errors():
            names = self._channels.names_of(channels)
            await resolve(self._listener.send_command(command, *names, check_health=False))

    async def _publish(self, publications: Sequence[Publication]) -> None:
        commands = [self._channels.pack(publications)]
        with as_broker_errors():
            pool = (await self._writer()).connection_pool
            connection = await resolve(pool.get_connection())
            try:
                await resolve(connection.send_packed_command(commands))
                for _ in publications:
                    await resolve(connection.read_response())
            except BaseException:
                # Answers that were not read would be those of the next publish.
                await resolve(self._cut_off(connection))
                raise
            finally:
                await resolve(pool.release(connection))

    async def _leave_publisher(self) -> None:
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            await resolve(self._end(publisher))

    async def _writer(self) -> Any:
        if self._publisher is None:
            await self._locate()
            self._publisher = self._connections.publisher()
        return self._publisher

    async def _locate(self) -> None:
        """Find the server of a cluster that has the channels, for the connections that follow."""
        if self._connections.is_cluster:
            cluster = self._connections.cluster()
            try:
                await resolve(self._begin(cluster))
                node = cluster.get_node_from_key(self._channels.name_of(self._channel))
                self._connections.found(node.host, node.port)
            finally:
                await resolve(self._end(cluster))
