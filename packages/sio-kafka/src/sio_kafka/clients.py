"""What the two clients of kafka-python have in common for a broker."""

from __future__ import annotations

import contextlib
from typing import Any

from kafka.errors import KafkaError

CLOSE_SECONDS = 1.0
"""Seconds that the end of a client may take."""

FAILURES = (KafkaError, OSError, ValueError, RuntimeError)
"""What kafka-python raises where a broker is away, or one of its clients was closed meanwhile."""


def describe(error: BaseException) -> str:
    """Return what an error says, or at least what it is called."""
    return str(error) or type(error).__name__


def no_topic(channel: str) -> str:
    """Return what is to be done where a topic is not there."""
    return (
        f"Kafka has no topic {channel!r}: create it, with one partition, or let the brokers create "
        "topics"
    )


def end_producer(producer: Any) -> None:
    """Close a client that publishes, at once."""
    with contextlib.suppress(*FAILURES):
        producer.close(timeout=CLOSE_SECONDS)


def end_consumer(consumer: Any) -> None:
    """Close a client that listens, at once."""
    with contextlib.suppress(*FAILURES):
        consumer.close(autocommit=False, timeout_ms=int(CLOSE_SECONDS * 1000))
