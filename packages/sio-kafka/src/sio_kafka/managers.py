"""`KafkaManager` and `AsyncKafkaManager`: the managers for Kafka."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Generic, Unpack

from sio_server.managers.cluster.anywhere import Anywhere
from sio_server.managers.cluster.async_pubsub import AsyncPubSubManager
from sio_server.managers.cluster.in_threads import InThreads
from sio_server.managers.cluster.library_log import quiet
from sio_server.managers.cluster.options import ClusterOptions, check_url
from sio_server.managers.cluster.pubsub import PubSubManager
from sio_server.managers.local import ServerT
from sio_server.managers.served import AsyncServed, BlockingServed

from .addresses import read_addresses
from .broker import KafkaBroker
from .options import read_options

URL = "kafka://localhost:9092"


class OverKafka(Anywhere[ServerT], Generic[ServerT]):
    """The arguments of both managers."""

    def __init__(
        self,
        url: str | Sequence[str] = URL,
        channel: str = "socketio",
        write_only: bool = False,
        logger: logging.Logger | None = None,
        json: Any = None,
        kafka_options: Mapping[str, Any] | None = None,
        **options: Unpack[ClusterOptions],
    ) -> None:
        super().__init__(channel, write_only, logger, json, **options)
        quiet("kafka")
        check_url(url, URL, several=True)
        self.kafka_urls = read_addresses(url)
        self.kafka_options = read_options(kafka_options or {})

    def _make_broker(self) -> Any:
        return KafkaBroker(self.kafka_urls, self.channel, self.kafka_options, self._get_logger)


class KafkaManager(OverKafka[BlockingServed], PubSubManager):
    """A `KafkaManager` joins blocking servers, and processes that only emit, over Kafka.

    For example::

        sio = Server(client_manager=KafkaManager("kafka://localhost:9092"))

    * `url`: `kafka://host:port`; several brokers of one Kafka by commas, or as a list of addresses.
    * `channel`: the topic that all processes share; `"socketio"` by default. It has to be there, or
      the brokers create it. Give it one partition: messages are in order within a partition.
    * `write_only`: True for a process that emits and has no server; False is the default.
    * `logger`: where the manager logs; None (default): where its server does.
    * `json`: an object with `dumps` and `loads`, for messages in the form of python-socketio.
    * `kafka_options`: more arguments of the clients of kafka-python, such as `security_protocol`,
      `ssl_cafile` and `sasl_mechanism`.
    * `options`: see `ClusterOptions`. Set `routing=False` where servers of python-socketio share
      the topic.

    Under gevent and eventlet the standard library must be patched. The log `kafka` is silent unless
    the application gives it a level: the manager says what matters.

    Raises `ValueError` and `TypeError` for an address or options that cannot be.
    """

    name = "kafka"


class AsyncKafkaManager(OverKafka[AsyncServed], AsyncPubSubManager):
    """An `AsyncKafkaManager` joins asyncio servers, and processes that only emit, over Kafka.

    For example::

        sio = AsyncServer(client_manager=AsyncKafkaManager("kafka://localhost:9092"))

    `url`, `channel`, `write_only`, `logger`, `json`, `kafka_options` and `options` are those of
    `KafkaManager`. The clients of kafka-python run in two threads of their own.

    Raises `ValueError` and `TypeError` for an address or options that cannot be.
    """

    name = "asynckafka"

    def _make_broker(self) -> Any:
        return InThreads(super()._make_broker())
