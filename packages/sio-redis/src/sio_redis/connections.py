"""The clients of redis-py that a broker uses: one that publishes, one that listens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import redis
import redis.asyncio
import redis.asyncio.cluster
import redis.asyncio.retry
import redis.asyncio.sentinel
import redis.cluster
import redis.retry
import redis.sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from .addresses import Address, read_address

CONNECT_SECONDS = 5.0
"""Seconds that a connection may take to be made, unless `redis_options` say another time."""

PUBLISH_SECONDS = 5.0
"""Seconds that an answer to a publish may take, unless `redis_options` say another time."""


class Connections:
    """Makes the clients for one address.

    `module` is `redis` or `redis.asyncio`, `options` are the arguments of its connections that an
    application chose. Raises `ValueError` for an address or an option that cannot be.
    """

    def __init__(self, module: Any, url: str, options: Mapping[str, Any]) -> None:
        self.address: Address = read_address(url)
        self._module = module
        self._server: dict[str, Any] = {}
        self._pool: Any = None
        self._given = options
        self._options = {
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": PUBLISH_SECONDS,
            # RESP 3 begins with a word that a Redis with a password answers by something unclear.
            "protocol": 2,
            **({} if self.is_unix else {"socket_keepalive": True}),
            **self.address.options,
            **options,
            # What comes back are bytes, and who tries again is the manager.
            "decode_responses": False,
            "retry": module.retry.Retry(NoBackoff(), 0),
        }

    @property
    def is_unix(self) -> bool:
        """Whether connections are sockets of this machine."""
        return self.address.url.startswith("unix:")

    def publisher(self) -> Any:
        """Return a client for `publish`; its answers are waited for a limited time."""
        return self._client(self._options)

    def application(self) -> Any:
        """Return a client for commands of the application's own, with its options as they are."""
        if self.is_cluster:
            return self.cluster()
        return self._client({**self.address.options, **self._given})

    def listener(self) -> Any:
        """Return a connection that waits without limit for what is published.

        A `socket_timeout` of the application ends no delivery: that nothing comes for a second is
        no failure.
        """
        options = {**self._options, "socket_timeout": None, "health_check_interval": 0}
        options |= {"protocol": 2}  # in RESP 3, what is published comes in another form
        # Kept: a connection of sentinels asks its pool, which it does not hold, for the master.
        self._pool = self._client(options).connection_pool
        return self._pool.make_connection()

    @property
    def is_cluster(self) -> bool:
        """Whether the address is that of a cluster."""
        return self.address.kind == "cluster"

    def cluster(self) -> Any:
        """Return a client of the whole cluster, which knows what server has a channel."""
        module = self._module.cluster
        nodes = [module.ClusterNode(host, port) for host, port in self.address.hosts]
        options = {name: value for name, value in self._options.items() if name != "db"}
        return module.RedisCluster(startup_nodes=nodes, **options)

    def found(self, host: str, port: int) -> None:
        """Take the server of a cluster for the connections that are made next."""
        self._server = {"host": host, "port": port}

    def _client(self, options: Mapping[str, Any]) -> Any:
        address, module = self.address, self._module
        if address.kind == "cluster":
            return module.Redis(**options, **self._server)
        if address.kind == "single":
            return module.Redis.from_url(address.url, **options)
        sentinel = module.sentinel.Sentinel(
            address.hosts, sentinel_kwargs=self._for_sentinels(options), **options
        )
        return sentinel.master_for(address.service)

    @staticmethod
    def _for_sentinels(options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options for sentinels, which have neither databases nor these passwords."""
        return {
            name: value
            for name, value in options.items()
            if name.startswith(("socket_", "ssl")) and value is not None
        }

    @classmethod
    def check(cls, url: str, options: Mapping[str, Any]) -> None:
        """Raise `ValueError` for an address or options that cannot be; nothing is connected."""
        try:
            cls(redis, url, options).listener()
        except TypeError as error:
            # "AbstractConnection.__init__() got an unexpected keyword argument 'x'"
            raise ValueError(f"redis_options: {str(error).partition(') ')[2] or error}") from None
        except (RedisError, ValueError) as error:
            text = str(error)
            said = text if "Redis" in text else f"the address of the Redis: {text}"
            raise ValueError(said) from None
