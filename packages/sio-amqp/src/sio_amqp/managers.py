"""`AsyncAioPikaManager`: the documented manager for RabbitMQ and asyncio."""

from __future__ import annotations

from typing import Any

from sio_server.managers.cluster.amqp_names import AmqpNames
from sio_server.managers.cluster.async_pubsub import AsyncPubSubManager
from sio_server.managers.cluster.library_log import quiet
from sio_server.managers.cluster.over_amqp import OverAmqp
from sio_server.managers.served import AsyncServed

from .addresses import read_address
from .async_broker import AsyncAmqpBroker


class AsyncAioPikaManager(OverAmqp[AsyncServed], AsyncPubSubManager):
    """An `AsyncAioPikaManager` joins asyncio servers, and processes that only emit, over RabbitMQ.

    For example::

        sio = AsyncServer(client_manager=AsyncAioPikaManager("amqp://user:password@host:5672//"))

    * `url`: `amqp://`, or `amqps://` for TLS; the second slash is the virtual host. Its query may
      have what aio-pika takes there, such as `heartbeat` (seconds, 10 by default) and `cafile`.
    * `channel`: the name that all processes share; `"socketio"` by default.
    * `write_only`: True for a process that emits and has no server; False is the default.
    * `logger`: where the manager logs; None (default): where its server does.
    * `json`: an object with `dumps` and `loads`, for messages in the form of python-socketio.
    * `options`: see `ClusterOptions`.

    With `KombuManager` and managers of python-socketio, from 5.14 on, it shares a channel. The log
    `aiormq` is silent unless the application gives it a level: the manager says what matters.

    Raises `ValueError` and `TypeError` for an address or options that cannot be.
    """

    name = "asyncaiopika"

    def _take_address(self, url: str) -> None:
        super()._take_address(url)
        self._address = read_address(url)
        quiet("aiormq")

    def _make_broker(self) -> Any:
        return AsyncAmqpBroker(self._address, AmqpNames(self.channel))
