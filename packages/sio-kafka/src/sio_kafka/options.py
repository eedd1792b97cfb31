"""The arguments of kafka-python: what an application may choose, and what the manager chooses."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from kafka import KafkaConsumer, KafkaProducer

ANSWER_SECONDS = 5.0
"""Seconds that a broker may take to answer, and a publish to be known to be done."""

OWN = frozenset(
    (
        *("bootstrap_servers", "group_id", "auto_offset_reset", "enable_auto_commit"),
        *("enable_idempotence", "transactional_id", "key_serializer", "value_serializer"),
        *("key_deserializer", "value_deserializer", "consumer_timeout_ms", "kafka_client"),
    )
)
"""Those that are not for applications."""

ANSWER_MILLISECONDS = int(ANSWER_SECONDS * 1000)
SHARED = {
    "bootstrap_timeout_ms": ANSWER_MILLISECONDS,
    "request_timeout_ms": ANSWER_MILLISECONDS,
    "reconnect_backoff_max_ms": 1000,
}
PRODUCER = {
    **SHARED,
    # A broker that starts anew has forgotten the numbers of an idempotent producer, and refuses it.
    "enable_idempotence": False,
    "acks": 1,
    # Keeps messages in order where a request is sent a second time.
    "max_in_flight_requests_per_connection": 1,
    "delivery_timeout_ms": ANSWER_MILLISECONDS,
    "max_block_ms": ANSWER_MILLISECONDS,
    # What a message may have is an option of the manager, and of the topic.
    "max_request_size": 64 * 1024 * 1024,
}
CONSUMER = {
    **SHARED,
    "group_id": None,
    "auto_offset_reset": "latest",
    "enable_auto_commit": False,
}


def read_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments for both clients. Raises `ValueError` for one that cannot be."""
    names = {*KafkaConsumer.DEFAULT_CONFIG, *KafkaProducer.DEFAULT_CONFIG} - OWN
    for name in options:
        if name in OWN:
            raise ValueError(f"kafka_options: {name!r} is the manager's own")
        if name not in names:
            close = get_close_matches(name, names, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ValueError(f"kafka_options: kafka-python has no option {name!r}{hint}")
    return dict(options)


def for_consumer(servers: list[str], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of the client that listens."""
    known = {name: options[name] for name in options if name in KafkaConsumer.DEFAULT_CONFIG}
    return {**CONSUMER, **known, "bootstrap_servers": servers}


def for_producer(servers: list[str], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of the client that publishes."""
    known = {name: options[name] for name in options if name in KafkaProducer.DEFAULT_CONFIG}
    return {**PRODUCER, **known, "bootstrap_servers": servers}
