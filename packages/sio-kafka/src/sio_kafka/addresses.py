"""The addresses of Kafka that a manager takes."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

PORT = 9092


def read_addresses(url: str | Sequence[str]) -> list[str]:
    """Return `host:port` of each broker that `url` names. Raises `ValueError`."""
    texts = [url] if isinstance(url, str) else url
    hosts = [host.strip() for text in texts for host in _rest(text).split(",")]
    if not hosts:
        raise ValueError("the address of the Kafka names no broker")
    return [_read(host) for host in hosts]


def _rest(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if not separator or scheme != "kafka":
        shown = repr(scheme) if separator else "what has no ://"
        raise ValueError(f"{shown} is no address of a Kafka: use kafka://host:port,host:port")
    return rest.rstrip("/")


def _read(text: str) -> str:
    if "@" in text:
        raise ValueError("the address of the Kafka has a password: use kafka_options for it")
    try:
        parts = urlsplit(f"kafka://{text}")
        host, port = parts.hostname or "localhost", parts.port
        valid = port != 0 and not parts.path and not parts.query
    except ValueError:
        host, port, valid = "", 0, False
    if not valid:
        raise ValueError("the address of the Kafka has no valid host and port: kafka://host:9092")
    return f"[{host}]:{port or PORT}" if ":" in host else f"{host}:{port or PORT}"
