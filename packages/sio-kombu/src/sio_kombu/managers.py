"""`KombuManager`: the documented manager for RabbitMQ and the other brokers of kombu."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Unpack

from sio_server.managers.cluster.amqp_names import AmqpNames
from sio_server.managers.cluster.options import ClusterOptions
from sio_server.managers.cluster.over_amqp import URL, OverAmqp
from sio_server.managers.cluster.pubsub import PubSubManager
from sio_server.managers.served import BlockingServed

from .amqp_broker import AmqpBroker
from .connections import Settings
from .virtual_broker import VirtualBroker


class KombuManager(OverAmqp[BlockingServed], PubSubManager):
    """A `KombuManager` joins blocking servers, and processes that only emit, over RabbitMQ.

    For example::

        sio = Server(client_manager=KombuManager("amqp://user:password@host:5672//"))

    * `url`: an address of kombu. With `amqp://` and `amqps://` messages go only to the processes
      that they concern; the others, such as `redis://`, send everything to all.
    * `channel`: the name that all processes share; `"socketio"` by default.
    * `write_only`: True for a process that emits and has no server; False is the default.
    * `logger`: where the manager logs; None (default): where its server does.
    * `json`: an object with `dumps` and `loads`, for messages in the form of python-socketio.
    * `connection_options`: more arguments of `kombu.Connection`, such as `ssl`, `heartbeat`
      (seconds, 10 by default) and `transport_options`.
    * `exchange_options`, `queue_options`, `producer_options`: more arguments of `kombu.Exchange`,
      which all processes must share, of `kombu.Queue` and of `kombu.Producer`.
    * `options`: see `ClusterOptions`.

    With `AsyncAioPikaManager` and managers of python-socketio, from 5.14 on, it shares a channel.
    Under gevent and eventlet the standard library must be patched.

    Raises `ValueError` and `TypeError` for an address or options that cannot be.
    """

    name = "kombu"

    def __init__(
        self,
        url: str = URL,
        channel: str = "socketio",
        write_only: bool = False,
        logger: logging.Logger | None = None,
        json: Any = None,
        connection_options: Mapping[str, Any] | None = None,
        exchange_options: Mapping[str, Any] | None = None,
        queue_options: Mapping[str, Any] | None = None,
        producer_options: Mapping[str, Any] | None = None,
        **options: Unpack[ClusterOptions],
    ) -> None:
        super().__init__(url, channel, write_only, logger, json, **options)
        self.connection_options = dict(connection_options or {})
        self.exchange_options = dict(exchange_options or {})
        self.queue_options = dict(queue_options or {})
        self.producer_options = dict(producer_options or {})
        self._settings = Settings(
            url,
            channel,
            self.connection_options,
            self.exchange_options,
            self.queue_options,
            self.producer_options,
        )
        self._settings.check()

    def _make_broker(self) -> Any:
        if self._settings.is_amqp:
            return AmqpBroker(self._settings, AmqpNames(self.channel))
        return VirtualBroker(self._settings)
