"""Listens to one topic, from its end."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from sio_server.managers.cluster.broker import BrokerError, Received

from .clients import FAILURES, describe, end_consumer, no_topic
from .options import ANSWER_MILLISECONDS

POLL_MILLISECONDS = 250
"""How long one look for messages waits: the longest that `close` takes to be noticed."""

QUIET_SECONDS = 1.0
"""Seconds without a message after which the broker is asked whether it is still there."""


LOOK_MILLISECONDS = 2000
"""How long a broker may take to say where the topic ends."""


class Listener:
    """One consumer of kafka-python, without a group, whose thread alone uses it.

    kafka-python says nothing of a connection that is lost, and makes it again by itself. A broker
    whose topic then is a new, shorter one says nothing either, and never sends anything again. That
    is why it is asked where the topic ends. `options` are the arguments of the consumer.
    """

    def __init__(self, channel: str, options: Mapping[str, Any]) -> None:
        self._channel = channel
        self._options = options
        self._consumer: Any = None
        self._begins = False
        self._is_closed = False
        self._quiet_since = 0.0

    def connect(self) -> None:
        """Connect, and find the end of the topic. Raises `BrokerError`."""
        self._leave()
        self._is_closed = False
        try:
            self._consumer = consumer = KafkaConsumer(**self._options)
            found = consumer.partitions_for_topic(self._channel)
            if not found:
                raise BrokerError(no_topic(self._channel))
            partitions = [TopicPartition(self._channel, number) for number in sorted(found)]
            consumer.assign(partitions)
            consumer.seek_to_end(*partitions)
            for partition in partitions:  # which is looked up once it is asked for
                consumer.position(partition, timeout_ms=ANSWER_MILLISECONDS)
        except FAILURES as error:
            self._leave()
            raise BrokerError(describe(error)) from error
        except BrokerError:
            self._leave()
            raise
        self._begins = True
        self._quiet_since = time.monotonic()

    def receive(self) -> Sequence[Received]:
        """Wait for messages. Raises `BrokerError` if the broker is away, and after `close`."""
        consumer = self._consumer
        if consumer is None:
            raise BrokerError("not connected")
        if self._begins:
            self._begins = False
            return ((self._channel, None),)
        try:
            while not self._is_closed:
                polled = consumer.poll(timeout_ms=POLL_MILLISECONDS)
                if polled:
                    self._quiet_since = time.monotonic()
                    return [
                        (self._channel, record.value)
                        for records in polled.values()
                        for record in records
                        if record.value is not None
                    ]
                if time.monotonic() - self._quiet_since >= QUIET_SECONDS:
                    self._look_for_end(consumer)
                    self._quiet_since = time.monotonic()
        except FAILURES as error:
            self._leave()
            raise BrokerError(describe(error)) from error
        self._leave()
        raise BrokerError("closed")

    def _look_for_end(self, consumer: Any) -> None:
        partitions = consumer.assignment()
        ends = consumer.end_offsets(partitions, timeout_ms=LOOK_MILLISECONDS)
        for partition in partitions:
            end = ends[partition]
            position = consumer.position(partition, timeout_ms=ANSWER_MILLISECONDS)
            # One more than the end is no sign: Tansu has been seen to deliver a message before it
            # counts it, and to stay one behind from then on.
            if position > end + 1:
                raise RuntimeError(
                    f"the topic {self._channel!r} has begun anew: partition {partition.partition} "
                    f"ends at offset {end}, and {position} was the next to read"
                )

    def close(self) -> None:
        """Have `receive` close the connection and raise; may be called from any thread."""
        self._is_closed = True

    def _leave(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            end_consumer(consumer)
