"""The client of redis-py that programs find at a manager, and those that their subclasses make.

Programs use `manager.redis` for commands of their own. A subclass may have a `_redis_connect` that
sets it: for a Redis that no address names, or for one that a test has in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock
from typing import Any

from sio_server.managers.cluster.broker import BrokerError
from sio_server.managers.cluster.options import check_url
from sio_server.managers.cluster.own_handlers import has_own

from .connections import Connections

URL = "redis://localhost:6379/0"


class OwnClient:
    """What a manager over a Redis has for programs, in both colours.

    `redis_module` is the one whose clients it makes.
    """

    redis_url: str = URL
    redis_options: Mapping[str, Any] = {}
    redis_module: Any
    pubsub: Any = None
    """What `_redis_connect` made to listen with. The manager has a connection of its own."""

    _runner: Any
    _client: Any = None
    _is_connecting = False
    _first_use = RLock()

    @property
    def redis(self) -> Any:
        """A client of redis-py for commands of the application's own, made when it is first used.

        It has the `redis_options` as they are. The end of the manager closes it.
        """
        with self._first_use:
            if self._client is None and not self._is_connecting:
                self._is_connecting = True
                try:
                    self._redis_connect()
                finally:
                    self._is_connecting = False
            return self._client

    @redis.setter
    def redis(self, client: Any) -> None:
        self._client = client

    @property
    def connected(self) -> bool:
        """Whether there is a connection to the Redis; to set it does nothing."""
        runner = self._runner
        if runner is None:
            return False
        health = runner.node.health()
        return bool(health.connected or health.healthy)

    @connected.setter
    def connected(self, value: bool) -> None:
        """Take what a `_redis_connect` of a subclass says."""

    def _redis_connect(self) -> None:
        """Make the clients `redis` and `pubsub`.

        A subclass may make others, which the manager then uses: it calls this for each connection
        that it makes.
        """
        self.redis = self._connections().application()
        self.pubsub = self.redis.pubsub(ignore_subscribe_messages=True)

    def _take_address(self, url: str, options: Mapping[str, Any] | None) -> None:
        check_url(url, URL)
        self.redis_url = url
        self.redis_options = dict(options or {})
        Connections.check(url, self.redis_options)

    def _choose_connections(self) -> Any:
        if has_own(self, OwnClient, "_redis_connect"):
            return OwnConnections(self)
        return self._connections()

    def _connections(self) -> Connections:
        return Connections(self.redis_module, self.redis_url, self.redis_options)

    def _take_client(self) -> Any:
        """Return the client, which is to be closed, and forget it; None if there is none."""
        client, self._client = self._client, None
        return client


class OwnConnections:
    """The connections of a client that the `_redis_connect` of a subclass makes."""

    is_cluster = False

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    def publisher(self) -> Any:
        """Return the client for `publish`. Raises `BrokerError`."""
        self._pool()
        return self._manager.redis

    def listener(self) -> Any:
        """Return a connection to listen with, of a new client. Raises `BrokerError`."""
        self._manager._redis_connect()
        return self._pool().make_connection()

    def _pool(self) -> Any:
        pool = getattr(self._manager.redis, "connection_pool", None)
        if pool is None:
            raise BrokerError("_redis_connect has to set self.redis to a client of one Redis")
        return pool
