"""`AsyncAioPikaManager`: the documented manager for RabbitMQ and asyncio."""

from __future__ import annotations

import logging
from typing import Any, Unpack

from sio_server.managers.cluster.amqp_names import AmqpNames, check_channel
from sio_server.managers.cluster.async_pubsub import AsyncPubSubManager
from sio_server.managers.cluster.library_log import quiet
from sio_server.managers.cluster.options import ClusterOptions

from .addresses import read_address
from .async_broker import AsyncAmqpBroker

URL = "amqp://guest:guest@localhost:5672//"


class AsyncAioPikaManager(AsyncPubSubManager):
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
        self.url = url
        self._address = read_address(url)
        quiet("aiormq")

    def _make_broker(self) -> Any:
        return AsyncAmqpBroker(self._address, AmqpNames(self.channel))
