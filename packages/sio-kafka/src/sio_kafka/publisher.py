"""Publishes to one topic."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kafka import KafkaProducer
from kafka.errors import MessageSizeTooLargeError, RecordListTooLargeError

from sio_core.cluster import Publication
from sio_server.managers.cluster.broker import BrokerError

from .clients import FAILURES, describe, end_producer, no_topic
from .options import ANSWER_SECONDS

TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class Publisher:
    """One producer of kafka-python; it begins with the first message.

    `options` are its arguments; `log` returns where to say what is lost.
    """

    def __init__(
        self, channel: str, options: Mapping[str, Any], log: Callable[[], logging.Logger]
    ) -> None:
        self._channel = channel
        self._options = options
        self._log = log
        self._producer: Any = None
        self._partition: int | None = None

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publish in order. Raises `BrokerError` where it is not certain that all is published."""
        until = time.monotonic() + ANSWER_SECONDS
        try:
            producer = self._producer
            if producer is None:
                producer = self._producer = KafkaProducer(**self._options)
                # One partition for all channels: Kafka keeps the order within a partition alone.
                found = producer.partitions_for(self._channel)
                self._partition = random.choice(sorted(found)) if found else None
            if self._partition is None:
                raise RuntimeError(no_topic(self._channel))
            # All are on their way before the first is waited for.
            sent = [
                producer.send(self._channel, publication.payload, partition=self._partition)
                for publication in publications
            ]
            for publication, future in zip(publications, sent, strict=True):
                try:
                    future.get(timeout=max(0.1, until - time.monotonic()))
                except TOO_LARGE:
                    self._log().error(
                        "a message of %d bytes for other processes is lost, which Kafka does not "
                        "take: see max_publish_size, and max.message.bytes of the topic",
                        len(publication.payload),
                    )
        except FAILURES as error:
            self.close()
            raise BrokerError(describe(error)) from error

    def close(self) -> None:
        """Close the connection, which the next message makes again."""
        producer, self._producer = self._producer, None
        if producer is not None:
            end_producer(producer)
